/** What must hold at every door of the broker, and not at the first one alone; and what opens where it is told to be open. */
import { createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { connect } from 'node:net';
import { once } from 'node:events';
import mqtt, { type IClientOptions } from 'mqtt';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { certificate, tlsWith } from './certificate.suite.ts';
import { connectOf, device, Peer, publication, signIn, startRig, topic, type Rig } from './rig.suite.ts';

const anyPort = { host: '127.0.0.1', port: 0 };
const levels = (count: number): string => Array.from({ length: count }, () => 'a').join('/');

/** Every door there is, with the address of each. */
async function doors(options: Parameters<typeof startRig>[0] = {}): Promise<{ name: string; url: string; rig: Rig }[]> {
  const [plain, secure] = await Promise.all([
    startRig({ ws: anyPort, ...options }),
    startRig({ ws: anyPort, tls: certificate, ...options }),
  ]);
  const at = (rig: Rig, isWs: boolean): string => `127.0.0.1:${String(isWs ? rig.broker.wsAddress?.port : rig.port)}`;
  return [
    { name: 'TCP', url: `mqtt://${at(plain, false)}`, rig: plain },
    { name: 'WebSocket', url: `ws://${at(plain, true)}`, rig: plain },
    { name: 'TLS', url: `mqtts://${at(secure, false)}`, rig: secure },
    { name: 'WebSocket in TLS', url: `wss://${at(secure, true)}`, rig: secure },
  ];
}

async function enter(url: string, options: IClientOptions): Promise<string> {
  const usual = { reconnectPeriod: 0, rejectUnauthorized: false, connectTimeout: 5000 };
  try {
    const client = await mqtt.connectAsync(url, { ...usual, ...options });
    await client.endAsync(true);
    return 'let in';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('every door', () => {
  it('is shut for the anonymous, for a foreign client id and for a wrong password, and open for the line’s own device', async () => {
    for (const { name, url, rig } of await doors()) {
      const password = rig.accounts.get('emb-1')?.password ?? '';
      expect(await enter(url, { clientId: 'emb-1' }), name).toMatch(/identifier rejected/i);
      expect(await enter(url, { clientId: '' }), name).toMatch(/identifier rejected/i);
      expect(await enter(url, { clientId: 'emb-2', username: 'emb-1', password }), name).toMatch(/identifier rejected/i);
      expect(await enter(url, { clientId: 'emb-1', username: 'emb-1', password: 'guess' }), name).toMatch(/bad username or password/i);
      expect(await enter(url, { clientId: 'emb-1', username: 'emb-1', password }), name).toBe('let in');
    }
  });

  it('is shut on a session within a second of its account being revoked', async () => {
    for (const [index, { name, url, rig }] of (await doors()).entries()) {
      const line = `emb-${String(index + 1)}`;
      const password = rig.accounts.get(line)?.password ?? '';
      const options = { clientId: line, username: line, password, reconnectPeriod: 0, rejectUnauthorized: false };
      const client = await mqtt.connectAsync(url, options);
      const closed = new Promise<void>((resolve) => client.once('close', resolve));
      const begun = performance.now();
      rig.devices.revoke(line);
      await closed;
      expect(performance.now() - begun, name).toBeLessThan(1000);
      expect(await enter(url, options), name).toMatch(/bad username or password/i);
    }
  });

  it('lets one peer in so many times, counted before anything has been said', async () => {
    const [tcp, , tls] = await doors({ limits: { connectionsPerAddress: 3 } });
    for (const rig of [tcp?.rig, tls?.rig]) {
      // Two doors of one house: what knocks at one takes room at the other.
      const ports = [rig?.port ?? 0, rig?.broker.wsAddress?.port ?? 0];
      const silent = [...ports, ...ports].map((port) => connect(port, '127.0.0.1').on('error', () => undefined));
      await Promise.race(silent.map((socket) => once(socket.resume(), 'close')));
      expect(rig?.broker.refusals()).toEqual({ 'too-many-connections': 1 });
      for (const socket of silent) socket.destroy();
    }
  });

  it('is shut again after a while of silence', async () => {
    const limits = { connectTimeoutMs: 500 };
    const [tcp, , tls] = await doors({ limits });
    const ports = [tcp?.rig.port, tls?.rig.port, tcp?.rig.broker.wsAddress?.port, tls?.rig.broker.wsAddress?.port];
    const silent = ports.map((port) =>
      connect(port ?? 0, '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    const upgraded = new WebSocket(`ws://127.0.0.1:${String(ports[2])}`, 'mqtt');
    const begun = performance.now();
    await Promise.all([...silent.map((socket) => once(socket, 'close')), once(upgraded, 'close')]);
    // What looks after silent sockets only now and then would let them stay for twice as long.
    expect(performance.now() - begun).toBeLessThan(1.8 * limits.connectTimeoutMs);
  });

  it.each<[SecureVersion, string]>([
    ['TLSv1.1', 'refused'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3', 'TLSv1.3'],
  ])('speaks no TLS older than 1.2: %s', async (version, outcome) => {
    const rig = await startRig({ tls: certificate, ws: anyPort });
    expect(await tlsWith(version, rig.port)).toBe(outcome);
    expect(await tlsWith(version, rig.broker.wsAddress?.port ?? 0)).toBe(outcome);
  });

  it('would have been seen to speak TLS 1.1, if it did', async () => {
    const old = createTlsServer({ ...certificate, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }).listen(0, '127.0.0.1');
    onTestFinished(() => void old.close());
    await once(old, 'listening');
    expect(await tlsWith('TLSv1.1', (old.address() as { port: number }).port)).toBe('TLSv1.1');
  });
});

describe('a signed-in device', () => {
  it('is not let in with a will elsewhere, however it is written', async () => {
    const rig = await startRig();
    const own = topic('emb-1', 'status');
    const wills = [
      levels(101),
      `${own}\0`,
      `${own}\n`,
      `${own}\ufffd`,
      topic('+', 'status'),
      '#',
      topic('emb-1', 'telemetry'),
      '__proto__',
    ];
    for (const on of wills) {
      const peer = new Peer(rig.port);
      peer.say(connectOf(rig, 'emb-1', { will: { topic: on, payload: 'x', qos: 1, retain: true } }));
      expect(await peer.heard('connack'), on).toMatchObject({ returnCode: 5 });
      await peer.closed();
    }
    expect(rig.broker.refusals()).toEqual({ will: wills.length });
  });

  it('is granted nothing but its own command, however it asks, and hears nothing else', async () => {
    const rig = await startRig();
    const own = topic('emb-1', 'command');
    for (const line of ['emb-1', 'emb-2']) rig.broker.bus.publish(topic(line, 'command'), 'stop', { retain: true });
    const odd = [
      levels(101),
      `${levels(100)}/#`,
      `${own}\0`,
      `${own}\ufffd`,
      `${own}/#`,
      `${own}/`,
      '+/+/+/+/+/+/+',
      '#',
      '$SYS/#',
      '$SYS/broker/#',
      `$share/group/${own}`,
      '$share/group/#',
      `$queue/${own}`,
      '__proto__',
      '',
    ];
    for (const filter of odd) {
      const peer = await signIn(rig, 'emb-1');
      peer.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] });
      await Promise.race([peer.closed(), peer.heard('suback')]);
      for (const packet of peer.of('suback')) expect(packet, filter).toMatchObject({ granted: [128] });
      if (!peer.isClosed) {
        peer.say(publication('emb-1', 1, '{}'));
        await peer.heard('puback');
      }
      expect(peer.of('publish'), filter).toEqual([]);
    }
  });

  it('is cut off when it publishes what MQTT forbids', async () => {
    const rig = await startRig();
    const forbidden = [
      generate({ ...publication('emb-1', 1, '{}'), topic: levels(101) } as Packet),
      withIdZero(publication('emb-1', 1, '{}')),
      generate({ ...publication('emb-1', 1, '{}', 0), dup: true } as Packet),
    ];
    for (const bytes of forbidden) {
      const peer = await signIn(rig, 'emb-1');
      peer.say(bytes);
      await peer.closed();
      expect(peer.of('puback')).toEqual([]);
    }
    expect(rig.journal.records).toEqual([]);
  });

  it('is cut off within a second of its account being revoked', async () => {
    const rig = await startRig();
    const peer = await signIn(rig, 'emb-1');
    const begun = performance.now();
    rig.devices.revoke('emb-1');
    await peer.closed();
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

/** The library refuses to write packet id 0; here it is put in afterwards, before a payload of two bytes. */
function withIdZero(packet: Packet): Buffer {
  const bytes = generate(packet);
  bytes.writeUInt16BE(0, bytes.length - 4);
  return bytes;
}

describe('an open broker', () => {
  const anonymous: IConnectPacket = {
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4 },
    ...{ clean: true, keepalive: 60, clientId: 'a' },
  };

  it('lets anybody in, on every topic, and keeps nothing of it in the journal', async () => {
    const rig = await startRig({ isOpen: true });
    const [one, other] = [new Peer(rig.port), new Peer(rig.port)];
    one.say({ ...anonymous, clientId: '' });
    other.say({ ...anonymous, clientId: 'any Name', will: { topic: 'last/words', payload: Buffer.from('gone'), qos: 1 } });
    await Promise.all([one.heard('connack'), other.heard('connack')]);
    one.say({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 2 }] });
    await one.heard('suback');
    other.say({ cmd: 'publish', topic: '/Any/topic at all/', qos: 1, messageId: 1, payload: 'x', dup: false, retain: true });
    other.say(publication('emb-1', 2, '{}'));
    await Promise.all([other.heard('puback', 2), one.heard('publish', 2)]);
    other.socket.resetAndDestroy();
    expect(await one.heard('publish', 3)).toMatchObject({ topic: 'last/words' });
    expect(rig.journal.records).toEqual([]);
  });

  it('still takes readings from the devices that sign in, and from nobody in their name', async () => {
    const rig = await startRig({ isOpen: true });
    const client = await device(rig, 'emb-1');
    await client.publishAsync(topic('emb-1', 'telemetry'), '{}', { qos: 1 });
    const peer = new Peer(rig.port);
    peer.say(connectOf(rig, 'emb-2', { password: Buffer.from('guess') }), publication('emb-2', 1, '{}'));
    await peer.heard('puback');
    expect(rig.journal.records.map((record) => record.topic)).toEqual([topic('emb-1', 'telemetry')]);
  });

  it('refuses what MQTT refuses', async () => {
    const rig = await startRig({ isOpen: true });
    const unclean = generate({ ...anonymous, clientId: '' });
    // Connect flags: clean session is bit 1. Without an id, there is nothing to come back to.
    unclean.writeUInt8(unclean.readUInt8(9) & ~2, 9);
    for (const bytes of [unclean, generate({ ...anonymous, clientId: 'a\0b' }), generate({ ...anonymous, clientId: 'a\u0007b' })]) {
      const peer = new Peer(rig.port);
      peer.say(bytes);
      expect(await peer.heard('connack')).toMatchObject({ returnCode: 2, sessionPresent: false });
      await peer.closed();
    }
    const packets: Packet[] = [
      ...['$SYS/x', 'a\0b', 'a\ufffdb', 'a\u0001b', 'a/+'].map((on): Packet => ({ ...publication('emb-1', 1, 'x'), topic: on }) as Packet),
      ...['a+', 'a/b+/c', 'a#', 'a/#/b', '+a', 'a\0'].map((filter): Packet => ({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [{ topic: filter, qos: 1 }],
      })),
    ];
    for (const packet of packets) {
      const peer = new Peer(rig.port);
      peer.say({ ...anonymous }, packet);
      await Promise.race([peer.closed(), peer.heard('suback')]);
      expect(peer.of('puback')).toEqual([]);
      for (const answer of peer.of('suback')) expect(answer).toMatchObject({ granted: [128] });
    }
  });
});
