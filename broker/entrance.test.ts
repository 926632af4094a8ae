/** Who gets in, over TCP, TLS and WebSocket, and how everybody else is turned away. */
import { connect as connectTls } from 'node:tls';
import mqtt from 'mqtt';
import { generate, type IConnectPacket } from 'mqtt-packet';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import WebSocket from 'ws';
import { connectOf, device, passwordOf, Peer, publication, signIn, startRig, topic } from './rig.suite.ts';
import { certificate } from './certificate.suite.ts';

/** The return code of CONNACK, or "closed" where there is none. */
async function answer(port: number, packet: IConnectPacket | Buffer): Promise<unknown> {
  const peer = new Peer(port);
  peer.say(packet);
  await Promise.race([peer.closed(), peer.heard('connack')]);
  const [connack] = peer.of('connack');
  return connack?.cmd === 'connack' ? connack.returnCode : 'closed';
}

describe('signing in', () => {
  it('lets a line’s own device in', async () => {
    const rig = await startRig();
    expect(rig.broker.isConnected('emb-1')).toBe(false);
    const peer = await signIn(rig, 'emb-1');
    expect(peer.of('connack')).toMatchObject([{ returnCode: 0, sessionPresent: false }]);
    await vi.waitFor(() => {
      expect(rig.broker.isConnected('emb-1')).toBe(true);
    });
    expect(rig.broker.sessions()).toBe(1);
    peer.socket.destroy();
    await vi.waitFor(() => {
      expect([rig.broker.sessions(), rig.broker.isConnected('emb-1')]).toEqual([0, false]);
    });
  });

  const own = topic('emb-1', 'status');
  const refusals: [string, Partial<IConnectPacket>, number, string][] = [
    ['a wrong password', { password: Buffer.from('wrong') }, 4, 'password'],
    ['an unknown name', { clientId: 'emb-9', username: 'emb-9' }, 4, 'password'],
    ['a client id that is another line’s', { clientId: 'emb-2' }, 2, 'identifier'],
    ['a client id of its own', { clientId: 'sensor' }, 2, 'identifier'],
    ['no client id', { clientId: '' }, 2, 'identifier'],
    ['control characters', { clientId: 'emb\0-1', username: 'emb\0-1' }, 2, 'identifier'],
    ['bad UTF-8, as it is read', { clientId: '\ufffd', username: '\ufffd' }, 2, 'identifier'],
    ['__proto__', { clientId: '__proto__', username: '__proto__' }, 2, 'identifier'],
    ['a will elsewhere', { will: { topic: topic('emb-2', 'status'), payload: 'offline', qos: 1 } }, 5, 'will'],
    ['a will in telemetry', { will: { topic: topic('emb-1', 'telemetry'), payload: '{}', qos: 1 } }, 5, 'will'],
    ['a will of 1,025 bytes', { will: { topic: own, payload: Buffer.alloc(1025), qos: 1 } }, 5, 'will'],
    ['a will in $SYS', { will: { topic: '$SYS/x', payload: 'x', qos: 1 } }, 5, 'will'],
  ];
  it.each(refusals)('refuses %s', async (_what, changes, code, reason) => {
    const rig = await startRig();
    const other = await signIn(rig, 'emb-2');
    expect(await answer(rig.port, connectOf(rig, 'emb-1', changes))).toBe(code);
    expect(rig.broker.refusals()).toEqual({ [reason]: 1 });
    other.say(publication('emb-2', 1, '{}'));
    await other.heard('puback');
  });

  it('refuses the anonymous, and other versions of the protocol', async () => {
    const rig = await startRig();
    const { username: _name, password: _password, ...anonymous } = connectOf(rig, 'emb-1');
    expect(await answer(rig.port, anonymous)).toBe(2);
    const { password: _secret, ...withoutPassword } = connectOf(rig, 'emb-1');
    expect(await answer(rig.port, withoutPassword)).toBe(4);
    expect(await answer(rig.port, generate(connectOf(rig, 'emb-1', { protocolVersion: 5 })))).not.toBe(0);
    expect(rig.broker.sessions()).toBe(0);
  });

  it('takes no session over for anybody but the account itself', async () => {
    const rig = await startRig();
    const first = await signIn(rig, 'emb-1');
    expect(await answer(rig.port, connectOf(rig, 'emb-2', { clientId: 'emb-1' }))).toBe(2);
    expect(await answer(rig.port, connectOf(rig, 'emb-1', { password: Buffer.from('x') }))).toBe(4);
    first.say(publication('emb-1', 1, '{}'));
    await first.heard('puback');
    const second = await signIn(rig, 'emb-1');
    await first.closed();
    second.say(publication('emb-1', 2, '{}'));
    await second.heard('puback');
    expect([rig.broker.sessions(), rig.broker.isConnected('emb-1')]).toEqual([1, true]);
  });

  it('promises no session to come back to', async () => {
    const rig = await startRig();
    await device(rig, 'emb-1', { clean: false });
    const again = await signIn(rig, 'emb-1', { clean: false });
    expect(again.of('connack')).toMatchObject([{ returnCode: 0, sessionPresent: false }]);
  });

  it('lets what follows CONNECT at once wait for it', async () => {
    const rig = await startRig();
    const peer = new Peer(rig.port);
    const many = Array.from({ length: 100 }, (_, index) => publication('emb-1', index + 1, '{}'));
    peer.say(connectOf(rig, 'emb-1'), ...many);
    await peer.heard('puback', 100);
    const bad = new Peer(rig.port);
    bad.say(connectOf(rig, 'emb-2', { password: Buffer.from('wrong') }), publication('emb-2', 1, '{}'));
    await bad.closed();
    expect(rig.journal.records).toHaveLength(100);
  });
});

describe('revocation', () => {
  it('cuts the session at once, sends its will, and keeps it out', async () => {
    const rig = await startRig();
    const peer = await signIn(rig, 'emb-1', { will: { topic: topic('emb-1', 'status'), payload: 'offline', qos: 1, retain: true } });
    const status = new Promise((resolve) => {
      void rig.broker.bus.subscribe(topic('emb-1', 'status'), (_on, payload) => {
        resolve(Buffer.from(payload).toString());
      });
    });
    rig.devices.revoke('emb-1');
    await peer.closed();
    expect(await status).toBe('offline');
    expect(await answer(rig.port, connectOf(rig, 'emb-1'))).toBe(4);
  });

  it('cuts a session whose account has been issued anew', async () => {
    const rig = await startRig();
    const peer = await signIn(rig, 'emb-1');
    rig.devices.issue('emb-1');
    await peer.closed();
  });
});

describe('silence', () => {
  it('instead of CONNECT is cut in time, and so is half a CONNECT', async () => {
    const rig = await startRig({ limits: { connectTimeoutMs: 150 } });
    const [silent, half] = [new Peer(rig.port), new Peer(rig.port)];
    half.say(generate(connectOf(rig, 'emb-1')).subarray(0, 20));
    await Promise.all([silent.closed(), half.closed()]);
    expect(rig.broker.refusals()).toEqual({ protocol: 2 });
  });

  it('longer than one and a half keep-alives is cut, unless none was promised', async () => {
    const rig = await startRig();
    const [quiet, patient] = await Promise.all([signIn(rig, 'emb-1', { keepalive: 1 }), signIn(rig, 'emb-2', { keepalive: 0 })]);
    await quiet.closed();
    expect(rig.broker.refusals()).toEqual({ protocol: 1 });
    patient.say({ cmd: 'pingreq' });
    await patient.heard('pingresp');
  });
});

describe('room', () => {
  it('for so many of one address, and for more when some have left', async () => {
    const rig = await startRig({ limits: { connectionsPerAddress: 2 } });
    const first = await signIn(rig, 'emb-1');
    await signIn(rig, 'emb-2');
    expect(await answer(rig.port, connectOf(rig, 'emb-3'))).toBe('closed');
    first.socket.destroy();
    await vi.waitFor(() => {
      expect(rig.broker.sessions()).toBe(1);
    });
    await signIn(rig, 'emb-3');
    expect(rig.broker.refusals()).toEqual({ 'too-many-connections': 1 });
  });
});

describe('WebSocket', () => {
  it('carries MQTT like TCP does, up to a message’s bound', async () => {
    const rig = await startRig({ ws: { host: '127.0.0.1', port: 0 } });
    const url = `ws://127.0.0.1:${String(rig.broker.wsAddress?.port)}`;
    const credentials = { clientId: 'emb-1', username: 'emb-1', password: passwordOf(rig, 'emb-1'), reconnectPeriod: 0 };
    const client = await mqtt.connectAsync(url, credentials);
    onTestFinished(() => client.endAsync(true));
    await client.publishAsync(topic('emb-1', 'telemetry'), '{}', { qos: 1 });
    await client.publishAsync(topic('emb-1', 'telemetry'), Buffer.alloc(400_000), { qos: 1 });
    expect(rig.journal.records.map(({ payloadBytes }) => payloadBytes)).toEqual([2, 400_000]);
    await expect(mqtt.connectAsync(url, { ...credentials, password: 'wrong' })).rejects.toThrow(/bad username or password/i);
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    client.on('error', () => undefined).publish(topic('emb-1', 'telemetry'), Buffer.alloc(600_000), { qos: 1 });
    await closed;
    expect(rig.journal.records).toHaveLength(2);
  });

  it('takes little from those it does not know', async () => {
    const rig = await startRig({ ws: { host: '127.0.0.1', port: 0 } });
    const port = String(rig.broker.wsAddress?.port);
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'mqtt');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('open', () => {
      // The first part of a message that never ends: nothing of it comes through to be judged.
      socket.send(Buffer.alloc(400_000), { fin: false });
    });
    await closed;
    expect(rig.broker.refusals()).toEqual({});
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(426);
  });
});

describe('TLS', () => {
  it('wraps MQTT where a certificate is given, and then nothing else is heard', async () => {
    const rig = await startRig({ tls: certificate, limits: { connectTimeoutMs: 300 } });
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${String(rig.port)}`, {
      ...{ clientId: 'emb-1', username: 'emb-1', password: passwordOf(rig, 'emb-1'), reconnectPeriod: 0, rejectUnauthorized: false },
    });
    onTestFinished(() => client.endAsync(true));
    await client.publishAsync(topic('emb-1', 'telemetry'), Buffer.alloc(1_000_000), { qos: 1 });
    expect(rig.journal.records.map(({ payloadBytes }) => payloadBytes)).toEqual([1_000_000]);
    expect(await answer(rig.port, connectOf(rig, 'emb-2'))).toBe('closed');
    const silent = connectTls({ port: rig.port, host: '127.0.0.1', rejectUnauthorized: false });
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.on('close', resolve));
  });
});
