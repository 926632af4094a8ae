/**
 * The load generator itself: its packets, its window and pace, and its book of acknowledgements, against a small server
 * that can be told how to answer, and against a real broker.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Aedes } from 'aedes';
import fc from 'fast-check';
import { generate, parser, type IPublishPacket } from 'mqtt-packet';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoadJob, LoadReport } from './main.ts';
import { AnswerReader, PublishWriter } from './packets.ts';
import { openPublishers, type PublisherOptions, type Publishers } from './publisher.ts';
import { readingSource } from './readings.ts';

interface Received {
  readonly client: string;
  readonly payload: string;
  readonly id: number;
  readonly isDuplicate: boolean;
  ack(): void;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A server that takes everybody but "nobody" in and hands every PUBLISH to `onPublish`. */
async function startServer(onPublish: (received: Received, socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let client = '';
    const packets = parser({ protocolVersion: 4 });
    packets.on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        client = packet.clientId;
        socket.write(generate({ cmd: 'connack', returnCode: client === 'nobody' ? 4 : 0, sessionPresent: false }));
      } else if (packet.cmd === 'publish') {
        const id = packet.messageId ?? 0;
        const ack = (): void => void socket.write(generate({ cmd: 'puback', messageId: id }));
        onPublish({ client, payload: packet.payload.toString(), id, isDuplicate: packet.dup, ack }, socket);
      }
    });
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  open.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return listen(server);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const accounts = (count: number): PublisherOptions['clients'] =>
  Array.from({ length: count }, (_, index) => ({ username: `line-${String(index)}`, password: 'secret', topic: `t/${String(index)}` }));

async function publishersTo(port: number, options: Partial<PublisherOptions>): Promise<Publishers> {
  const nextPayload = (client: number, n: number): string => `${String(client)}:${String(n)}`;
  const publishers = await openPublishers({ host: '127.0.0.1', port, clients: accounts(1), inFlight: 10, nextPayload, ...options });
  open.push(publishers);
  return publishers;
}

/** A promise and what resolves it once it has been called that often. */
function countdown(times: number): { done: Promise<void>; count: () => void } {
  let left = times;
  let resolve: () => void = () => undefined;
  const done = new Promise<void>((accept) => (resolve = accept));
  return {
    done,
    count: () => {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}

describe('packets', () => {
  test('are what a full MQTT library reads', () => {
    const message = fc.record({
      id: fc.integer({ min: 1, max: 65_535 }),
      dup: fc.boolean(),
      payload: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(80, 127, 128, 16_300, 16_384, 200_000).map((size) => 'é'.repeat(size / 2)),
      ),
    });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
        fc.array(message),
        fc.boolean(),
        (topic, messages, asBytes) => {
          const writer = new PublishWriter(topic);
          for (const { id, dup, payload } of messages) writer.add(id, asBytes ? Buffer.from(payload) : payload, dup);
          const seen: IPublishPacket[] = [];
          const packets = parser({ protocolVersion: 4 });
          packets.on('packet', (packet) => seen.push(packet as IPublishPacket));
          packets.parse(writer.take());
          expect(
            seen.map(({ cmd, qos, retain, topic: name, messageId, dup, payload }) => ({
              cmd,
              qos,
              retain,
              name,
              messageId,
              dup,
              payload: payload.toString(),
            })),
          ).toEqual(
            messages.map(({ id, dup, payload }) => ({ cmd: 'publish', qos: 1, retain: false, name: topic, messageId: id, dup, payload })),
          );
        },
      ),
    );
  });

  test('are read however the stream is cut', () => {
    const ids = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 9 }), (sent, step) => {
        const other = generate({ cmd: 'publish', topic: 'x', payload: 'y'.repeat(300), qos: 0, retain: false, dup: false });
        const connack = generate({ cmd: 'connack', returnCode: 5, sessionPresent: false });
        const stream = Buffer.concat([connack, other, ...sent.map((messageId) => generate({ cmd: 'puback', messageId })), other]);
        const seen: number[] = [];
        const codes: number[] = [];
        const reader = new AnswerReader(
          (code) => codes.push(code),
          (id) => seen.push(id),
        );
        for (let at = 0; at < stream.length; at += step) reader.take(stream.subarray(at, at + step));
        expect([codes, seen]).toEqual([[5], sent]);
      }),
    );
  });
});

describe('publishers', () => {
  test('keep to their window, and book acknowledgements in any order', async () => {
    const received: Received[] = [];
    const full = countdown(8);
    const port = await startServer((message) => {
      received.push(message);
      full.count();
    });
    const acked = countdown(3);
    const publishers = await publishersTo(port, { inFlight: 8, onAck: acked.count });
    publishers.start();
    await full.done;
    expect(received.map(({ payload }) => payload)).toEqual(['0:0', '0:1', '0:2', '0:3', '0:4', '0:5', '0:6', '0:7']);
    for (const index of [5, 0, 2]) received[index]?.ack();
    await acked.done;
    expect(publishers.acknowledged(0)).toEqual({ before: 1, also: new Set([2, 5]) });
    expect(publishers.acked).toBe(3);
    await expect.poll(() => received.length).toBe(11);
    const stopped = publishers.stop();
    for (const index of [1, 3, 4, 6, 7, 8, 9, 10]) received[index]?.ack();
    await stopped;
    expect(publishers.acknowledged(0)).toEqual({ before: 11, also: new Set() });
    expect(publishers.latencies.count).toBe(11);
    expect(received.length).toBe(11);
  });

  test('survive a broken connection, and send again exactly what was not acknowledged', async () => {
    const first: Received[] = [];
    const again: Received[] = [];
    let firstSocket: Socket | null = null;
    const port = await startServer((message, socket) => {
      firstSocket ??= socket;
      if (socket !== firstSocket) {
        again.push(message);
        message.ack();
        return;
      }
      first.push(message);
      if (first.length !== 6) return;
      first[1]?.ack();
      socket.end();
    });
    const broken = countdown(1);
    const publishers = await publishersTo(port, { inFlight: 6, onBroken: broken.count });
    publishers.start();
    await broken.done;
    expect(publishers).toMatchObject({ connected: 0, acked: 1 });
    await publishers.stop();
    await publishers.reconnect();
    await expect.poll(() => publishers.acknowledged(0)).toEqual({ before: 7, also: new Set() });
    // The acknowledgement of message 1 made room for message 6, just before the end.
    expect(again.map(({ payload, id, isDuplicate }) => [payload, id, isDuplicate])).toEqual(
      [0, 2, 3, 4, 5, 6].map((n) => [`0:${String(n)}`, n + 1, true]),
    );
    expect(publishers).toMatchObject({ sent: 7, resent: 6, acked: 7, connected: 1 });
  });

  test('go on past the last packet id', async () => {
    const total = 70_000;
    const seen = new Set<string>();
    const port = await startServer((message) => {
      seen.add(message.payload);
      message.ack();
    });
    const acked = countdown(total);
    const publishers = await publishersTo(port, { inFlight: 500, onAck: acked.count });
    publishers.start();
    await acked.done;
    await publishers.stop();
    expect(publishers.acknowledged(0)).toEqual({ before: publishers.sent, also: new Set() });
    expect(seen.size).toBe(publishers.sent);
  });

  test('at a fixed rate send no message before it is due, and share the rate evenly', async () => {
    const port = await startServer((message) => {
      message.ack();
    });
    const acked = countdown(800);
    const startedAt = performance.now();
    let early = 0;
    const publishers = await publishersTo(port, {
      clients: accounts(4),
      ratePerSecond: 2_000,
      onAck: () => {
        if (publishers.sent > 4 + (performance.now() - startedAt) * 2) early += 1;
        acked.count();
      },
    });
    publishers.start();
    await acked.done;
    await publishers.stop();
    expect(early).toBe(0);
    const shares = [0, 1, 2, 3].map((client) => publishers.acknowledged(client).before);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  test('say who is refused', async () => {
    const port = await startServer(() => undefined);
    const clients = [{ username: 'nobody', password: '', topic: 't' }];
    await expect(publishersTo(port, { clients })).rejects.toThrow('nobody refused with code 4');
  });

  test('and a real broker agree on every message', async () => {
    const port = await startAedes((payload) => seen.push(payload));
    const seen: string[] = [];
    const acked = countdown(5_000);
    const publishers = await publishersTo(port, { clients: accounts(20), onAck: acked.count });
    publishers.start();
    await acked.done;
    await publishers.stop();
    const shares = Array.from({ length: 20 }, (_, client) => publishers.acknowledged(client).before);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(publishers.sent);
    const expected = shares.flatMap((share, client) => Array.from({ length: share }, (_, n) => `${String(client)}:${String(n)}`));
    expect(seen.sort()).toEqual(expected.sort());
  });
});

test('as a process of its own the generator reports what it did', async () => {
  const seen: string[] = [];
  const port = await startAedes((payload) => seen.push(payload));
  const child = spawn(process.execPath, ['--import', 'tsx', new URL('./main.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  open.push({ close: () => child.kill() });
  const job: LoadJob = { port, clients: [...accounts(3)], inFlight: 2, timing: { from: 1_763_886_000_000, stepMs: 1000 } };
  child.stdin.write(`${JSON.stringify(job)}\n`);
  const reports: LoadReport[] = [];
  for await (const line of createInterface(child.stdout)) {
    const report = JSON.parse(line) as LoadReport;
    reports.push(report);
    if (report.kind === 'progress' && report.acked > 0) child.stdin.write('stop\n');
  }
  const done = reports.at(-1);
  expect(reports[0]).toEqual({ kind: 'ready' });
  expect(done).toMatchObject({ kind: 'done', acked: seen.length, sent: seen.length, resent: 0, connected: 3 });
  const readings = seen.map((payload) => JSON.parse(payload) as { ts: number; seq: number });
  expect(readings.every(({ ts, seq }) => ts === 1_763_886_000_000 + seq * 1000)).toBe(true);
});

test('readings made at once still have time stamps of their own', () => {
  const source = readingSource('now', () => 1_000);
  const stamps = [source(0, 0), source(0, 1), source(1, 0), source(0, 2)].map((payload) => (JSON.parse(payload) as { ts: number }).ts);
  expect(stamps).toEqual([1_000, 1_001, 1_000, 1_002]);
});

async function startAedes(onPayload: (payload: string) => void): Promise<number> {
  const broker = await Aedes.createBroker();
  broker.on('publish', (packet, client) => {
    if (client) onPayload(packet.payload.toString());
  });
  const server = createServer({ noDelay: true }, (socket) => broker.handle(socket));
  open.push({
    close: async () => {
      await new Promise<void>((resolve) => {
        broker.close(resolve);
      });
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return listen(server);
}
