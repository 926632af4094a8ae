/** Telemetry over real sockets: acknowledged when it is safe, journaled as it came, bounded while the journal waits. */
import { describe, expect, it, vi } from 'vitest';
import { device, passwordOf, Peer, publication, signIn, startRig, topic, type Rig } from './rig.suite.ts';
import { HandClock } from '../contract/clock.suite.ts';

function journaled(rig: Rig): string[] {
  return rig.journal.records.map(({ payload }) => Buffer.from(payload).toString());
}

describe('acknowledgement', () => {
  it('waits for the journal, packet by packet, while more come in', async () => {
    const rig = await startRig();
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1');
    for (let id = 1; id <= 50; id += 1) peer.say(publication('emb-1', id, `{"seq":${String(id)}}`));
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(50);
    });
    peer.say({ cmd: 'pingreq' });
    await peer.heard('pingresp');
    expect(peer.of('puback')).toEqual([]);
    rig.journal.sync(3);
    await peer.heard('puback', 3);
    peer.say({ cmd: 'pingreq' });
    await peer.heard('pingresp', 2);
    expect(peer.of('puback').map(({ messageId }) => messageId)).toEqual([1, 2, 3]);
    rig.journal.sync();
    await peer.heard('puback', 50);
    expect(journaled(rig)).toEqual(Array.from({ length: 50 }, (_, index) => `{"seq":${String(index + 1)}}`));
  });

  it('never comes where the journal fails: the connection ends instead', async () => {
    const rig = await startRig();
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1');
    peer.say(publication('emb-1', 1, '{}'));
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(1);
    });
    rig.journal.fail();
    await peer.closed();
    expect(peer.of('puback')).toEqual([]);
  });

  it('keeps a connection alive for as long as it is withheld', async () => {
    const rig = await startRig();
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1', { keepalive: 1 });
    const packets = Array.from({ length: 10 }, (_, index) => publication('emb-1', index + 1, '{}'));
    peer.say(...packets);
    // A silent one that came later measures the time after which this one would have been cut.
    const silent = await signIn(rig, 'emb-2', { keepalive: 1 });
    while (!silent.isClosed) {
      const pings = peer.of('pingresp').length;
      peer.say({ cmd: 'pingreq' });
      await peer.heard('pingresp', pings + 1);
    }
    rig.journal.sync();
    await peer.heard('puback', 10);
  });

  it('is not needed for QoS 0, and comes as PUBREC for QoS 2', async () => {
    const rig = await startRig();
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1');
    peer.say(publication('emb-1', 0, 'zero', 0), publication('emb-1', 5, 'two', 2));
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBe(2);
    });
    expect(peer.of('pubrec')).toEqual([]);
    rig.journal.sync();
    await peer.heard('pubrec');
    peer.say({ cmd: 'pubrel', messageId: 5 });
    await peer.heard('pubcomp');
    expect(journaled(rig)).toEqual(['zero', 'two']);
  });
});

describe('records', () => {
  it('hold topic, time of receipt and payload as they came', async () => {
    const clock = new HandClock();
    const rig = await startRig({ clock });
    const client = await device(rig, 'emb-2');
    const payload = Buffer.from([0, 255, 0xc3, 0x28]);
    await client.publishAsync(topic('emb-2', 'telemetry'), payload, { qos: 1 });
    await client.publishAsync(topic('emb-2', 'telemetry'), '', { qos: 1, retain: true });
    const common = { kind: 'telemetry', topic: topic('emb-2', 'telemetry'), receivedAt: clock.now() };
    expect(rig.journal.records).toEqual([
      { ...common, payload, payloadBytes: 4 },
      { ...common, payload: Buffer.alloc(0), payloadBytes: 0 },
    ]);
  });

  it('are made for a line that is no longer in the plant', async () => {
    const rig = await startRig();
    const client = await device(rig, 'gone-1', {
      will: { topic: topic('gone-1', 'status'), payload: Buffer.from('offline'), retain: true, qos: 1 },
    });
    await client.publishAsync('bobbin/v1/emb/f9/w9/gone-1/telemetry', '{}', { qos: 1 });
    await client.publishAsync(topic('gone-1', 'status'), 'online', { qos: 1, retain: true });
    expect(rig.journal.records.map((record) => record.topic)).toEqual(['bobbin/v1/emb/f9/w9/gone-1/telemetry']);
    const kept: string[] = [];
    await rig.broker.bus.subscribe('#', (on) => kept.push(on));
    expect(kept).toEqual([]);
  });
});

describe('too large a payload', () => {
  it('of 10 MB is acknowledged, journaled as its beginning and its length, and the connection goes on', async () => {
    const rig = await startRig();
    const client = await device(rig, 'emb-1');
    const large = Buffer.alloc(10_000_000, '{"a":');
    await client.publishAsync(topic('emb-1', 'telemetry'), large, { qos: 1 });
    await client.publishAsync(topic('emb-1', 'telemetry'), '{}', { qos: 1 });
    await client.publishAsync(topic('emb-1', 'telemetry'), Buffer.alloc(262_144), { qos: 1 });
    await client.publishAsync(topic('emb-1', 'telemetry'), Buffer.alloc(262_145), { qos: 1 });
    expect(rig.journal.records.map(({ payload, payloadBytes }) => [payload.length, payloadBytes])).toEqual([
      [1024, 10_000_000],
      [2, 2],
      [262_144, 262_144],
      [1024, 262_145],
    ]);
    expect(Buffer.from(rig.journal.records[0]?.payload ?? []).equals(large.subarray(0, 1024))).toBe(true);
    expect(client.connected).toBe(true);
    expect(rig.broker.refusals()).toEqual({});
  });

  it('is not counted before it has come to its end', async () => {
    const rig = await startRig();
    const peer = await signIn(rig, 'emb-1');
    peer.say(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(2_000_000));
    peer.socket.end();
    await peer.closed();
    expect(rig.journal.records).toEqual([]);
  });
});

describe('while the journal takes nothing', () => {
  it('a connection is read no further than its window, and goes on afterwards', async () => {
    const rig = await startRig({ limits: { windowBytes: 100_000 } });
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1');
    const packets = 400;
    for (let id = 1; id <= packets; id += 1) peer.say(publication('emb-1', id, Buffer.alloc(10_000)));
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBeGreaterThanOrEqual(10);
    });
    const other = await signIn(rig, 'emb-2');
    other.say(publication('emb-2', 1, '{}'));
    await vi.waitFor(() => {
      expect(rig.journal.records.at(-1)?.topic).toBe(topic('emb-2', 'telemetry'));
    });
    // The window, and what one chunk off the wire and the stream's own buffer hold at most.
    expect(rig.journal.waiting).toBeLessThan(40);
    rig.journal.isHeld = false;
    rig.journal.sync();
    await peer.heard('puback', packets);
    await other.heard('puback');
    expect(rig.journal.records).toHaveLength(packets + 1);
  });

  it('all connections together are read no further than the common bound', async () => {
    const rig = await startRig({ limits: { pendingBytes: 100_000 } });
    rig.journal.isHeld = true;
    const lines = ['emb-1', 'emb-2', 'emb-3', 'emb-4'];
    const peers = await Promise.all(lines.map((line) => signIn(rig, line)));
    peers.forEach((peer, index) => {
      for (let id = 1; id <= 100; id += 1) peer.say(publication(lines[index] ?? '', id, Buffer.alloc(10_000)));
    });
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBeGreaterThanOrEqual(10);
    });
    const late = new Peer(rig.port);
    late.say({ cmd: 'connect', clientId: 'gone-1', username: 'gone-1', password: Buffer.from(passwordOf(rig, 'gone-1')), keepalive: 0 });
    await late.heard('connack');
    expect(rig.journal.waiting).toBeLessThan(80);
    rig.journal.isHeld = false;
    rig.journal.sync();
    await Promise.all(peers.map((peer) => peer.heard('puback', 100)));
  });

  it('a QoS 0 flood is held back too', async () => {
    const rig = await startRig({ limits: { windowBytes: 100_000 } });
    rig.journal.isHeld = true;
    const peer = await signIn(rig, 'emb-1');
    const packet = Buffer.alloc(10_000);
    for (let count = 0; count < 2000; count += 1) peer.say(publication('emb-1', 0, packet, 0));
    await vi.waitFor(() => {
      expect(rig.journal.waiting).toBeGreaterThanOrEqual(10);
    });
    expect(peer.socket.writableLength).toBeGreaterThan(1_000_000);
    expect(rig.journal.waiting).toBeLessThan(40);
    rig.journal.isHeld = false;
    rig.journal.sync();
    await vi.waitFor(
      () => {
        expect(rig.journal.records).toHaveLength(2000);
      },
      { timeout: 5000 },
    );
  });
});
