/**
 * Those who stop reading, and those who all come at once: a frozen browser, a frozen MQTT subscriber, hundreds of devices coming back. Everybody else
 * is served as if nothing had happened, and memory stays bounded. `npm run prove -- crowd` does it with ten thousand.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import { io, type Socket as LiveSocket } from 'socket.io-client';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { HealthAnswer } from '../../contract/api.ts';
import type { Delta } from '../../contract/live.ts';
import { openPublishers, type Publishers } from '../load/publisher.ts';
import { openCrowd, stampede, type Crowd } from './crowd.ts';

const devices = 420;
const systemPassword = 'a secret of the system';
/** Bulky enough to fill what the kernel buffers for who does not read within a second or two. */
const bulky = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`note${String(n)}`, '汝'.repeat(80)]));
const senders = 100;
/** Four a second. */
const roundsEach = 28;
/** Whoever waits for somebody frozen waits for tens of seconds; a busy machine makes nobody wait this long. How fast it is, the bench tells. */
const stalledMs = 8_000;
const patience = { timeout: 30_000, interval: 50 };
let crowd: Crowd;

beforeAll(async () => {
  crowd = await openCrowd(devices, { BOBBIN_SYSTEM_PASSWORD: systemPassword });
}, 120_000);
afterAll(async () => {
  await crowd.close();
});

function residentBytes(): number {
  const status = readFileSync(`/proc/${String(crowd.product.process.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** So many lines tell much, each four times a second: what everybody gets to see. */
async function flood(): Promise<Publishers> {
  const { accounts, product } = crowd;
  const clients = accounts.slice(0, senders).map(({ username, password, telemetry }) => ({ username, password, topic: telemetry }));
  const latest: number[] = [];
  const publishers = await openPublishers({
    ...{ host: '127.0.0.1', port: product.mqttPort, clients, inFlight: 20, ratePerSecond: 4 * senders },
    nextPayload: (client, n) => {
      const ts = (latest[client] = Math.max(Date.now(), (latest[client] ?? 0) + 1));
      return JSON.stringify({ ts, state: 'running', m: { ...bulky, stitches: n } });
    },
  });
  publishers.start();
  // Whatever becomes of the test: nobody would ever read what they go on to write.
  onTestFinished(() => {
    publishers.close();
  });
  return publishers;
}

async function watcher(): Promise<{ socket: LiveSocket; deltas: number[] }> {
  const { product, admin } = crowd;
  const headers = { cookie: admin.cookie, origin: product.http };
  const socket = io(`${product.http}/live`, { transports: ['websocket'], extraHeaders: headers, forceNew: true, reconnection: false });
  await once(socket as never, 'connect');
  const deltas: number[] = [];
  socket.on('delta', ({ seq }: Delta) => deltas.push(seq));
  onTestFinished(() => {
    socket.disconnect();
  });
  await socket.emitWithAck('watch', {});
  return { socket, deltas };
}

/** The connection below a socket, in Node. */
function wireOf(socket: LiveSocket): Socket {
  return (socket.io.engine.transport as unknown as { ws: { _socket: Socket } }).ws._socket;
}

async function frozenSubscriber(): Promise<Socket> {
  const socket = connect(crowd.product.mqttPort, '127.0.0.1');
  const sign = { clientId: 'system-dashboard', username: 'system-dashboard', password: Buffer.from(systemPassword) };
  socket.write(generate({ cmd: 'connect', ...sign, clean: true, keepalive: 0 }));
  await once(socket, 'data');
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bobbin/v1/+/+/+/+/live', qos: 0 }] }));
  await once(socket, 'data');
  socket.pause();
  return socket;
}

test('a frozen browser and a frozen subscriber cost nobody else anything, and little memory', { timeout: 120_000 }, async () => {
  const lively = await watcher();
  const publishers = await flood();
  // A while without them, for memory to become what it is anyway.
  await expect.poll(() => publishers.acked, patience).toBeGreaterThan(roundsEach * senders);
  const before = residentBytes();
  const frozen = await watcher();
  const wire = wireOf(frozen.socket);
  wire.pause();
  const subscriber = await frozenSubscriber();
  publishers.latencies.reset();
  const [acked, seen, frozenSeen] = [publishers.acked, lively.deltas.length, frozen.deltas.length];
  await expect.poll(() => publishers.acked, patience).toBeGreaterThan(acked + roundsEach * senders);
  // Seven seconds of it: screens and acknowledgements go on as before.
  expect(lively.deltas.length - seen).toBeGreaterThan(4);
  expect(publishers.latencies.percentile(99) / 1000).toBeLessThan(stalledMs);
  expect(residentBytes() - before).toBeLessThan(120e6);
  expect(frozen.deltas.length - frozenSeen).toBeLessThan(5);
  // A peer that has not read for two seconds is cut; what it was sent ends, and then the connection does.
  const cut = once(subscriber, 'close');
  subscriber.on('error', () => undefined).resume();
  await cut;
  await publishers.stop();
  const settled = await crowd.admin.settled(publishers.sent);
  expect(settled.readings satisfies HealthAnswer['readings']).toMatchObject({ stored: publishers.sent, rejected: {} });
  // Awake again, the browser finds the gap in the sequence, and goes on.
  wire.resume();
  await expect.poll(() => frozen.deltas.at(-1) === lively.deltas.at(-1) || !frozen.socket.connected, patience).toBe(true);
});

test(
  'hundreds of devices that come back at once are back within seconds, and whoever stayed noticed nothing',
  { timeout: 120_000 },
  async () => {
    const { seconds, stayers, memoryMb, wrong } = await stampede(crowd, 6);
    expect(wrong).toEqual([]);
    expect(seconds).toBeLessThan(60);
    expect(stayers.p99).toBeLessThan(stalledMs);
    expect(memoryMb.peak - memoryMb.before).toBeLessThan(250);
  },
);
