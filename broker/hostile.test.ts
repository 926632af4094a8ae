/** Peers that mean no good, and another vendor's clients that do: each gets what it deserves, and nobody else notices. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { connectOf, passwordOf, Peer, publication, signIn, startRig, topic } from './rig.suite.ts';

/** A PUBLISH whose topic is these very bytes. */
function rawPublish(on: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([on.length >> 8, on.length & 0xff]), on, Buffer.from([0, 1, 0x7b, 0x7d])]);
  if (body.length > 127) return Buffer.concat([Buffer.from([0x32, (body.length & 0x7f) | 0x80, body.length >> 7]), body]);
  return Buffer.concat([Buffer.from([0x32, body.length]), body]);
}

describe('publishing elsewhere', () => {
  const own = Buffer.from(topic('emb-1', 'telemetry'));
  it.each([
    ['another line’s telemetry', Buffer.from(topic('emb-2', 'telemetry'))],
    ['its own live', Buffer.from(topic('emb-1', 'live'))],
    ['its own command', Buffer.from(topic('emb-1', 'command'))],
    ['$SYS', Buffer.from('$SYS/broker/clients')],
    ['a wildcard', Buffer.from(topic('+', 'telemetry'))],
    ['everything', Buffer.from('#')],
    ['nothing', Buffer.alloc(0)],
    ['__proto__', Buffer.from('__proto__')],
    ['a NUL behind its own', Buffer.concat([own, Buffer.from([0])])],
    ['bad UTF-8 in its own', Buffer.concat([own.subarray(0, -1), Buffer.from([0xc3])])],
    ['five hundred levels', Buffer.from('a/'.repeat(500))],
    ['a topic of 8,000 bytes', Buffer.alloc(8000, 'a')],
  ])('on %s ends the connection, unacknowledged', async (_what, on) => {
    const rig = await startRig();
    const heard: string[] = [];
    await rig.broker.bus.subscribe('bobbin/#', (where) => heard.push(where));
    const peer = await signIn(rig, 'emb-1');
    peer.say(rawPublish(on));
    await peer.closed();
    expect(peer.of('puback')).toEqual([]);
    expect(rig.journal.records).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('or too long a status ends the connection', async () => {
    const rig = await startRig();
    const peer = await signIn(rig, 'emb-1');
    const status = { cmd: 'publish', topic: topic('emb-1', 'status'), qos: 1, dup: false, retain: true } as const;
    peer.say({ ...status, messageId: 1, payload: Buffer.alloc(1024) });
    await peer.heard('puback');
    peer.say({ ...status, messageId: 2, payload: Buffer.alloc(1025) });
    await peer.closed();
    expect(rig.broker.refusals()).toEqual({ publish: 1 });
  });
});

describe('bytes that are no MQTT', () => {
  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a CONNECT of 60 MB', Buffer.from([0x10, 0x80, 0x8e, 0xce, 0x1c])],
    ['a CONNECT of 5 KB', Buffer.concat([Buffer.from([0x10, 0x88, 0x27]), Buffer.alloc(5000)])],
    ['a PUBLISH first', Buffer.from([0x30, 5, 0, 1, 0x61, 0x7b, 0x7d])],
    ['a length without end', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['an empty CONNECT', Buffer.from([0x10, 0])],
    ['a broken CONNECT', Buffer.from([0x10, 4, 0, 4, 0x4d, 0x51])],
    ['a CONNECT of another protocol', generate({ cmd: 'connect', clientId: 'a' }).fill('X', 4, 8)],
  ])('end the connection: %s', async (_what, bytes) => {
    const rig = await startRig({ limits: { connectTimeoutMs: 300 } });
    const peer = new Peer(rig.port);
    peer.say(bytes);
    await peer.closed();
    expect(peer.received).toEqual([]);
  });

  it.each<[string, Packet | Buffer]>([
    ['a second CONNECT', { cmd: 'connect', clientId: 'emb-1' }],
    ['a SUBSCRIBE of 5 KB', { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a'.repeat(5000), qos: 1 }] }],
    ['an empty SUBSCRIBE', Buffer.from([0x82, 2, 0, 1])],
    ['what only a server says', { cmd: 'suback', messageId: 1, granted: [0] }],
    ['QoS 3', Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1])],
    ['flags on a PUBREL', Buffer.from([0x60, 2, 0, 1])],
    ['a topic longer than its packet', Buffer.from([0x32, 4, 0, 200, 0x61, 0x61])],
    ['a wildcard in the middle', { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a/#/b', qos: 1 }] }],
  ])('after CONNECT end it too: %s', async (_what, bytes) => {
    const rig = await startRig();
    const [peer, other] = await Promise.all([signIn(rig, 'emb-1'), signIn(rig, 'emb-2')]);
    peer.say(bytes);
    await peer.closed();
    other.say(publication('emb-2', 1, '{}'));
    await other.heard('puback');
  });
});

describe('half-finished QoS 2', () => {
  it('holds ids only, and not without end', async () => {
    const rig = await startRig({ limits: { inflightQos2: 5 } });
    const peer = await signIn(rig, 'emb-1');
    for (let id = 1; id <= 5; id += 1) peer.say(publication('emb-1', id, '{}', 2));
    peer.say({ ...publication('emb-1', 5, '{}', 2), dup: true } as Packet);
    await peer.heard('pubrec', 6);
    peer.say(publication('emb-1', 6, '{}', 2));
    await peer.closed();
    expect(rig.journal.records).toHaveLength(7);
  });
});

describe('a crowd of dying connections', () => {
  it('leaves nothing behind', async () => {
    const rig = await startRig();
    for (let round = 0; round < 20; round += 1) {
      const peers = [new Peer(rig.port), new Peer(rig.port)];
      for (const peer of peers) {
        peer.say(connectOf(rig, 'emb-1'), publication('emb-1', 1, '{}'));
        peer.socket.resetAndDestroy();
      }
      await Promise.all(peers.map((peer) => peer.closed()));
    }
    const peer = await signIn(rig, 'emb-1');
    peer.say(publication('emb-1', 1, '{}'));
    await peer.heard('puback');
    await vi.waitFor(() => {
      expect(rig.broker.sessions()).toBe(1);
    });
  });
});

function hasMosquitto(): boolean {
  try {
    execFileSync('which', ['mosquitto_pub', 'mosquitto_sub'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const mosquitto = hasMosquitto();

describe(`mosquitto's clients${mosquitto ? '' : ' (skipped: mosquitto_pub and mosquitto_sub are not installed)'}`, () => {
  it.runIf(mosquitto)('publish, and subscribe to their own command', async () => {
    const rig = await startRig();
    const as = (line: string): string[] => [
      '-h',
      '127.0.0.1',
      '-p',
      String(rig.port),
      '-V',
      'mqttv311',
      '-i',
      line,
      '-u',
      line,
      '-P',
      passwordOf(rig, line),
    ];
    const run = promisify(execFile);
    for (const qos of ['0', '1', '2'])
      await run('mosquitto_pub', [...as('emb-1'), '-q', qos, '-t', topic('emb-1', 'telemetry'), '-m', `{"seq":${qos}}`]);
    await vi.waitFor(() => {
      expect(rig.journal.records.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['{"seq":0}', '{"seq":1}', '{"seq":2}']);
    });
    rig.broker.bus.publish(topic('emb-1', 'command'), 'stop', { retain: true });
    const { stdout } = await run('mosquitto_sub', [...as('emb-1'), '-q', '1', '-C', '1', '-W', '5', '-t', topic('emb-1', 'command')]);
    expect(stdout).toBe('stop\n');
    await expect(run('mosquitto_pub', [...as('emb-1'), '-P', 'wrong', '-t', 'a', '-m', 'x'])).rejects.toThrow(/bad user name or password/i);
    const denied = await run('mosquitto_sub', [...as('emb-1'), '-W', '5', '-t', '#']);
    expect(denied.stderr).toMatch(/denied/);
  });
});
