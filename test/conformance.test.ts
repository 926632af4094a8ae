/**
 * MQTT 3.1.1 as others understand it: mosquitto's clients, paho and MQTT.js as devices, and the standard's own statements one by one, told
 * to the broker by a peer that says exactly the bytes it is given. docs/mqtt.md names what is otherwise here, and why.
 */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectOf, device, passwordOf, Peer, publication, signIn, startRig, topic, type Rig } from '../broker/rig.suite.ts';

const run = promisify(execFile);
const missing = (command: string, args: readonly string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status !== 0;
const python = '/usr/bin/python3';
const noMosquitto = missing('which', ['mosquitto_pub', 'mosquitto_sub'])
  ? ' (skipped: mosquitto_pub and mosquitto_sub are not installed)'
  : '';
const noPaho = missing(python, ['-c', 'import paho.mqtt.client']) ? ' (skipped: python3-paho-mqtt is not installed)' : '';

const payloads = (rig: Rig): string[] => rig.journal.records.map(({ payload }) => Buffer.from(payload).toString());

describe(`mosquitto's clients${noMosquitto}`, () => {
  const as = (rig: Rig, line: string): string[] => [
    ...['-h', '127.0.0.1', '-p', String(rig.port), '-V', 'mqttv311', '-i', line],
    ...['-u', line, '-P', passwordOf(rig, line)],
  ];

  test.skipIf(noMosquitto !== '')('publish with every QoS, also 300 KB, and in one go what is read line by line', async () => {
    const rig = await startRig();
    const on = ['-t', topic('emb-1', 'telemetry')];
    for (const qos of ['0', '1', '2']) await run('mosquitto_pub', [...as(rig, 'emb-1'), ...on, '-q', qos, '-m', `{"seq":${qos}}`]);
    await run('mosquitto_pub', [...as(rig, 'emb-1'), ...on, '-q', '1', '-m', 'x'.repeat(100_000)]);
    await run('sh', ['-c', `seq 1 200 | mosquitto_pub "$@" -l`, 'sh', ...as(rig, 'emb-1'), ...on, '-q', '1']);
    await vi.waitFor(() => {
      expect(rig.journal.records).toHaveLength(204);
    });
    expect(payloads(rig).slice(0, 3)).toEqual(['{"seq":0}', '{"seq":1}', '{"seq":2}']);
    expect(payloads(rig).slice(4)).toEqual(Array.from({ length: 200 }, (_, index) => String(index + 1)));
  });

  test.skipIf(noMosquitto !== '')('leave their will when they are lost, and hear their command, kept or new, over and over', async () => {
    const rig = await startRig();
    const [own, command] = [topic('emb-1', 'status'), topic('emb-1', 'command')];
    const said: string[] = [];
    await rig.broker.bus.subscribe(own, (_on, payload) => said.push(Buffer.from(payload).toString()));
    rig.broker.bus.publish(command, 'kept', { retain: true });
    const will = ['--will-topic', own, '--will-payload', 'offline', '--will-qos', '1', '--will-retain'];
    // -c asks for a session that outlives the connection; there is none, and it must work all the same.
    const listening = execFile('mosquitto_sub', [...as(rig, 'emb-1'), ...will, '-c', '-q', '2', '-C', '3', '-v', '-t', command]);
    const heard: string[] = [];
    listening.stdout?.on('data', (text: Buffer) => heard.push(...text.toString().trim().split('\n')));
    await vi.waitFor(() => {
      expect(heard).toEqual([`${command} kept`]);
    }, 5000);
    rig.broker.bus.publish(command, 'new', { retain: false });
    await vi.waitFor(() => {
      expect(heard).toEqual([`${command} kept`, `${command} new`]);
    }, 5000);
    listening.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(said).toEqual(['offline']);
    }, 5000);
  });

  test.skipIf(noMosquitto !== '')('are told in MQTT’s own words why they are not let in', async () => {
    const rig = await startRig();
    const elsewhere = (...args: string[]): Promise<unknown> =>
      run('mosquitto_pub', [...as(rig, 'emb-1'), ...args, '-q', '1', '-t', 'a', '-m', 'x']);
    await expect(elsewhere('-P', 'wrong')).rejects.toThrow(/bad user name or password/i);
    await expect(elsewhere('-i', 'other')).rejects.toThrow(/identifier rejected/i);
    await expect(elsewhere('--will-topic', 'a', '--will-payload', 'x')).rejects.toThrow(/not authori[sz]ed/i);
    await expect(elsewhere('-V', 'mqttv5')).rejects.toThrow(/protocol version|unsupported/i);
  });
});

describe(`paho${noPaho}`, () => {
  test.skipIf(noPaho !== '')('lives a device’s life', async () => {
    const rig = await startRig();
    rig.broker.bus.publish(topic('emb-1', 'command'), 'kept', { retain: true });
    const place = topic('emb-1', 'x').slice(0, -2);
    const args = [join(import.meta.dirname, 'life.py'), String(rig.port), 'emb-1', passwordOf(rig, 'emb-1'), place];
    const { stdout } = await run(python, args, { timeout: 60_000 });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      ['wrong password', 4],
      ['connected', [0, 0]],
      ['published', [0, true]],
      ['published', [1, true]],
      ['published', [2, true]],
      ['granted', [2, 128]],
      ['heard', [topic('emb-1', 'command'), 'kept', 1, 1]],
      ['cut off', true],
    ]);
    expect(payloads(rig)).toEqual(['{"seq": 0}', '{"seq": 1}', '{"seq": 2}']);
  });
});

describe('MQTT.js', () => {
  test.each(['mqtt', 'ws'] as const)(
    'lives a device’s life over %s, and sends again what was not acknowledged when the line broke',
    async (way) => {
      const rig = await startRig({ ws: { host: '127.0.0.1', port: 0 } });
      const port = way === 'ws' ? rig.broker.wsAddress?.port : rig.port;
      rig.journal.isHeld = true;
      const credentials = { clientId: 'emb-1', username: 'emb-1', password: passwordOf(rig, 'emb-1') };
      const client = await mqtt.connectAsync(`${way}://127.0.0.1:${String(port)}`, { ...credentials, reconnectPeriod: 50, clean: false });
      onTestFinished(() => client.endAsync(true));
      const published = client.publishAsync(topic('emb-1', 'telemetry'), '{"seq":1}', { qos: 1 });
      await vi.waitFor(() => {
        expect(rig.journal.records).toHaveLength(1);
      });
      client.stream.destroy();
      await vi.waitFor(() => {
        expect(payloads(rig)).toEqual(['{"seq":1}', '{"seq":1}']);
      }, 5000);
      rig.journal.isHeld = false;
      rig.journal.sync();
      await published;
      const [grant] = await client.subscribeAsync(topic('emb-1', 'command'), { qos: 1 });
      expect(grant?.qos).toBe(1);
    },
  );
});

/** What is said after CONNECT is answered, or instead of it; and what must come of it. */
interface Statement {
  readonly said: Packet | Buffer;
  readonly instead?: boolean;
  readonly comes: 'end' | Packet['cmd'];
}

const header = (first: number, ...body: number[]): Buffer => Buffer.from([first, body.length, ...body]);
const text = (words: string): number[] => [0, words.length, ...Buffer.from(words)];
const connect = (protocol: string, level: number, flags: number, ...rest: number[]): Buffer =>
  header(0x10, ...text(protocol), level, flags, 0, 60, ...rest);

const statements: Record<string, Statement> = {
  '3.1.0-1: the first packet is CONNECT': { said: { cmd: 'pingreq' }, instead: true, comes: 'end' },
  '3.1.0-2: a second CONNECT is a violation': { said: { cmd: 'connect', clientId: 'emb-1' }, comes: 'end' },
  '3.1.2-1: another protocol name': { said: connect('MQTX', 4, 2, ...text('a')), instead: true, comes: 'end' },
  '3.1.2-2: level 5 is answered with return code 1': { said: connect('MQTT', 5, 2, 0, ...text('a')), instead: true, comes: 'connack' },
  '3.1.2-3: the reserved flag is 0': { said: connect('MQTT', 4, 3, ...text('a')), instead: true, comes: 'end' },
  '3.1.2-13: no will, no QoS of a will': { said: connect('MQTT', 4, 2 | 8, ...text('a')), instead: true, comes: 'end' },
  '3.1.2-15: no will, nothing to keep of it': { said: connect('MQTT', 4, 2 | 32, ...text('a')), instead: true, comes: 'end' },
  '3.1.2-22: no password without a name': {
    said: connect('MQTT', 4, 2 | 64, ...text('emb-1'), ...text('x')),
    instead: true,
    comes: 'connack',
  },
  '3.1.3-8: no id, and yet a session to keep': { said: connect('MQTT', 4, 0, ...text('')), instead: true, comes: 'connack' },
  '2.2.2-2: flags that are reserved': { said: header(0x61, 0, 1), comes: 'end' },
  '2.3.1-1: a packet id of 0': { said: header(0x32, ...text(topic('emb-1', 'telemetry')), 0, 0, 0x7b, 0x7d), comes: 'end' },
  '3.3.1-2: QoS 0 is never sent again': { said: header(0x38, ...text(topic('emb-1', 'telemetry')), 0x7b, 0x7d), comes: 'end' },
  '3.3.1-4: there is no QoS 3': { said: header(0x36, ...text('a'), 0, 1), comes: 'end' },
  '3.3.2-2: no wildcard in a topic name': { said: header(0x32, ...text('a/+'), 0, 1), comes: 'end' },
  '3.6.1-1: the flags of PUBREL are 0010': { said: header(0x60, 0, 1), comes: 'end' },
  '4.3.3-2: PUBREL is answered, known or not': { said: { cmd: 'pubrel', messageId: 7 }, comes: 'pubcomp' },
  '3.8.1-1: the flags of SUBSCRIBE are 0010': { said: header(0x80, 0, 1, ...text('a'), 0), comes: 'end' },
  '3.8.3-3: SUBSCRIBE names a filter': { said: header(0x82, 0, 1), comes: 'end' },
  '3.8.3-4: QoS in SUBSCRIBE is 0, 1 or 2': { said: header(0x82, 0, 1, ...text('a'), 3), comes: 'end' },
  '3.8.4-1: SUBSCRIBE is answered': { said: { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 1 }] }, comes: 'suback' },
  '3.10.3-2: UNSUBSCRIBE names a filter': { said: header(0xa2, 0, 1), comes: 'end' },
  '3.10.4-5: UNSUBSCRIBE is answered, known or not': {
    said: { cmd: 'unsubscribe', messageId: 1, unsubscriptions: ['a'] },
    comes: 'unsuback',
  },
  '3.12.4-1: PINGREQ is answered': { said: { cmd: 'pingreq' }, comes: 'pingresp' },
  '3.14.4-2: DISCONNECT ends it': { said: { cmd: 'disconnect' }, comes: 'end' },
  '4.7.1-2: # is the last level': { said: { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#/b', qos: 1 }] }, comes: 'end' },
  '4.7.3-1: a topic has a character': { said: header(0x32, 0, 0, 0, 1), comes: 'end' },
  '1.5.3-1: ill-formed UTF-8 in a topic': { said: header(0x32, 0, 2, 0x61, 0xed, 0, 1), comes: 'end' },
  '1.5.3-2: U+0000 in a topic': { said: header(0x32, 0, 2, 0x61, 0, 0, 1), comes: 'end' },
};

test.each(Object.entries(statements))('[MQTT-%s', async (_statement, { said, instead, comes }) => {
  const rig = await startRig();
  const peer = instead ? new Peer(rig.port) : await signIn(rig, 'emb-1');
  peer.say(said);
  if (comes !== 'end') await peer.heard(comes);
  if (comes === 'end' || comes === 'connack') await peer.closed();
  if (instead) expect(peer.of('connack').every((packet) => packet.cmd === 'connack' && packet.returnCode !== 0)).toBe(true);
  expect(rig.journal.records).toEqual([]);
});

test('there is no QoS 3 for a will [3.1.2-14]', async () => {
  const rig = await startRig();
  const peer = new Peer(rig.port);
  const named = [...text(topic('emb-1', 'status')), ...text('offline'), ...text('emb-1'), ...text(passwordOf(rig, 'emb-1'))];
  peer.say(connect('MQTT', 4, 0b1101_1110, ...text('emb-1'), ...named));
  await peer.closed();
  expect(peer.of('connack')).toEqual([]);
});

test('level 5 is told that it is the level, an id with no session that it is the id', async () => {
  const rig = await startRig();
  for (const [said, code] of [
    [connect('MQTT', 5, 2, 0, ...text('a')), 1],
    [connect('MQTT', 4, 0, ...text('')), 2],
  ] as const) {
    const peer = new Peer(rig.port);
    peer.say(said);
    expect(await peer.heard('connack')).toMatchObject({ returnCode: code, sessionPresent: false });
  }
});

test('QoS 2 is taken once, however often it is said before PUBREL, and its id is free again after PUBCOMP', async () => {
  const rig = await startRig();
  const peer = await signIn(rig, 'emb-1');
  peer.say(publication('emb-1', 9, '{"seq":1}', 2));
  await peer.heard('pubrec');
  peer.say({ cmd: 'pubrel', messageId: 9 });
  await peer.heard('pubcomp');
  peer.say({ ...publication('emb-1', 9, '{"seq":2}', 2) });
  await peer.heard('pubrec', 2);
  expect(payloads(rig)).toEqual(['{"seq":1}', '{"seq":2}']);
});

test('acknowledgements come in the order of the packets they are for, with the ids they are for [4.6.0-2, 4.6.0-3]', async () => {
  const rig = await startRig();
  const peer = await signIn(rig, 'emb-1');
  const ids = [5, 3, 9, 65_535, 1, 7];
  peer.say(...ids.map((id) => publication('emb-1', id, '{}')));
  await peer.heard('puback', ids.length);
  expect(peer.of('puback').map((packet) => packet.messageId)).toEqual(ids);
});

test('a filter asked for again is granted anew, and what is kept on it is sent again [3.8.4-3]', async () => {
  const rig = await startRig();
  rig.broker.bus.publish(topic('emb-1', 'command'), 'kept', { retain: true });
  const client = await device(rig, 'emb-1');
  const heard: string[] = [];
  client.on('message', (_on, payload) => heard.push(payload.toString()));
  for (const qos of [1, 1, 0] as const) await client.subscribeAsync(topic('emb-1', 'command'), { qos });
  await vi.waitFor(() => {
    expect(heard).toEqual(['kept', 'kept', 'kept']);
  });
});

test('a will is sent after a protocol violation and after keep-alive ran out, and not after DISCONNECT [3.1.2-8, 3.1.2-24, 3.14.4-3]', async () => {
  const rig = await startRig();
  const said: string[] = [];
  await rig.broker.bus.subscribe(topic('emb-1', 'status'), (_on, payload) => said.push(Buffer.from(payload).toString()));
  const life = async (word: string, packet: Packet | Buffer | null, changes: Partial<IConnectPacket> = {}): Promise<void> => {
    const peer = await signIn(rig, 'emb-1', { will: { topic: topic('emb-1', 'status'), payload: Buffer.from(word), qos: 1 }, ...changes });
    if (packet) peer.say(packet);
    await peer.closed();
  };
  await life('politely', { cmd: 'disconnect' });
  await life('badly', generate(connectOf(rig, 'emb-1')));
  await life('silently', null, { keepalive: 1 });
  await vi.waitFor(() => {
    expect(said).toEqual(['badly', 'silently']);
  });
});
