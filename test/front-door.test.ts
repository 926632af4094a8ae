/** From a device's packet to every answer the product gives about it, through its ports alone. */
import mqtt, { type MqttClient } from 'mqtt';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BatchRecord, StateSpan, UtilizationRecord } from '../contract/figures.ts';
import type { ClientEvents, Delta, LiveRecord, ServerEvents, Snapshot } from '../contract/live.ts';
import type { Rejection } from '../contract/reading.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';

const folder = dataFolder();
const line = 'emb-0001';
let product: Product;
let admin: Client;
let device: MqttClient;
let topic: string;
/** Readings sent so far; the accounts must agree. */
let sent = 0;

beforeAll(async () => {
  product = await startProduct(folder.path);
  admin = await new Client(product).signIn();
  const { park, firm, workshop } = await admin.get<LiveRecord>(`/lines/${line}`);
  topic = `bobbin/v1/${park}/${firm}/${workshop}/${line}/telemetry`;
  const { username, password } = await admin.issue(line);
  device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(product.mqttPort)}`, {
    clientId: username,
    username,
    password,
    reconnectPeriod: 0,
  });
}, 60_000);

afterAll(async () => {
  await device.endAsync(true);
  expect(await product.stop()).toBe(0);
  folder.remove();
});

/** Publishes at QoS 1 and waits for the PUBACK. `readings` is how many of them that is. */
async function publish(payload: string | Buffer, readings = 1): Promise<void> {
  await device.publishAsync(topic, payload, { qos: 1 });
  sent += readings;
}

async function rejected(): Promise<Record<string, number>> {
  return (await admin.settled(sent)).readings.rejected;
}

test('a reading is live, stored, and in every answer about its line', async () => {
  const socket: Socket<ServerEvents, ClientEvents> = io(`${product.http}/live`, {
    transports: ['websocket'],
    extraHeaders: { cookie: admin.cookie, origin: product.http },
  });
  const snapshot = await new Promise<Snapshot>((resolve, reject) => {
    socket.on('connect_error', reject);
    socket.emit('watch', { line }, (answer) => {
      if ('error' in answer) reject(new Error(answer.error.message));
      else resolve(answer);
    });
  });
  expect(snapshot.lines).toHaveLength(1);
  expect(snapshot.lines[0]).toMatchObject({ id: line, state: 'unknown', ts: null });

  const from = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  const seen = new Promise<Delta>((resolve) => {
    socket.on('delta', (delta) => {
      if (delta.lines.some((one) => one.state === 'stopped')) resolve(delta);
    });
  });
  await publish(JSON.stringify([{ ts: from, state: 'running', design: 'peony-5', m: { speed: 700, stitches: 1000 } }]));
  await publish(JSON.stringify({ ts: from + 10_000, stop: 'thread-break', hold: 300, m: { speed: 0, stitches: 1100, breakHead: 7 } }));
  const delta = await seen;
  expect(delta.seq).toBeGreaterThan(snapshot.seq);
  expect(delta.lines[0]).toMatchObject({ id: line, state: 'stopped', stop: 'thread-break', since: from + 10_000 });
  socket.close();

  await admin.settled(sent);
  const window = `from=${String(from - 10_000)}&to=${String(from + 50_000)}`;
  expect(await admin.get<StateSpan[]>(`/lines/${line}/states?${window}`)).toEqual([
    { from: from - 10_000, to: from, state: 'unknown', stop: null },
    { from, to: from + 10_000, state: 'running', stop: null },
    { from: from + 10_000, to: from + 50_000, state: 'stopped', stop: 'thread-break' },
  ]);
  const figures = await admin.get<UtilizationRecord>(`/lines/${line}/utilization?${window}`);
  expect(figures.busySeconds).toBeCloseTo(
    figures.runningSeconds +
      figures.setupSeconds +
      figures.idleSeconds +
      figures.stoppedSeconds +
      figures.faultSeconds +
      figures.unknownSeconds,
    9,
  );
  const { points } = await admin.get<{ points: number[][] }>(`/lines/${line}/metrics/speed?${window}&points=10`);
  expect(points.map(([, min, max, mean]) => [min, max, mean])).toEqual([
    [700, 700, 700],
    [0, 0, 0],
  ]);
  expect(await admin.get<BatchRecord[]>(`/lines/${line}/batches`)).toEqual([]);
  expect(await admin.get<LiveRecord>(`/lines/${line}`)).toMatchObject({ state: 'stopped', design: 'peony-5', metrics: { breakHead: 7 } });
});

test('every kind of bad input is counted by its name; the rest of the packet is stored, the connection stays', async () => {
  const now = Date.now();
  const good = (offset: number): object => ({ ts: now - 100_000 + offset, state: 'running', m: { speed: 1 } });
  const before = await admin.settled(sent);
  const bad: [reason: string, payload: string | Buffer, readings: number, stored: number][] = [
    ['too-large', JSON.stringify(Array.from({ length: 1001 }, (_, index) => good(1000 + index))), 1001, 0],
    ['not-json', 'speed=7', 1, 0],
    ['not-json', '', 1, 0],
    ['not-json', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 1, 0],
    ['not-json', '{"ts": NaN, "m": {}}', 1, 0],
    ['bad-shape', '17', 1, 0],
    ['bad-shape', '[]', 1, 0],
    ['bad-shape', JSON.stringify({ ts: 'yesterday', m: {} }), 1, 0],
    ['bad-shape', JSON.stringify({ ts: now, m: { speed: { value: 7 } } }), 1, 0],
    ['bad-value', JSON.stringify({ ts: now, state: 'dancing', m: {} }), 1, 0],
    ['bad-value', JSON.stringify({ ts: now, stop: 'no-such-stop', m: {} }), 1, 0],
    ['bad-value', '{"ts": 1e999, "m": {}}', 1, 0],
    ['bad-value', JSON.stringify({ ts: -5, m: {} }), 1, 0],
    ['future', JSON.stringify({ ts: now + 6 * 60_000, state: 'running', m: {} }), 1, 0],
    ['bad-value', JSON.stringify([good(1), { ts: now, state: 'dancing' }, good(2), { ts: now, hold: -1 }, good(3)]), 5, 3],
    ['too-large', `{"m": {"note": "${'x'.repeat(10 * 1024 * 1024)}"}}`, 1, 0],
    ['not-json', '['.repeat(100_000), 1, 0],
    [
      'too-many-metrics',
      JSON.stringify({ ts: now, m: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`own${String(index)}`, 1])) }),
      1,
      0,
    ],
  ];
  const expected: Record<string, number> = { ...before.readings.rejected };
  let stored = before.readings.stored;
  for (const [reason, payload, readings, kept] of bad) {
    await publish(payload, readings);
    expected[reason] = (expected[reason] ?? 0) + readings - kept;
    stored += kept;
    expect(await rejected(), `${reason}: ${payload.toString().slice(0, 60)}`).toEqual(expected);
  }
  await publish('{"ts": ' + String(now) + ', "__proto__": {"polluted": 1}, "constructor": 1, "m": {"speed": 2}}');
  const after = await admin.settled(sent);
  expect(after.readings.stored).toBe(stored + 1);
  expect(device.connected).toBe(true);
  expect(Object.prototype).not.toHaveProperty('polluted');
  const kept = await admin.get<Rejection[]>(`/lines/${line}/rejections?limit=1000`);
  expect(kept[0]).toMatchObject({ line, reason: 'too-many-metrics' });
  expect(new Set(kept.map((one) => one.reason))).toEqual(
    new Set(['not-json', 'bad-shape', 'bad-value', 'future', 'too-large', 'too-many-metrics']),
  );
});

test('the same reading twice is one reading and one duplicate', async () => {
  const before = (await admin.settled(sent)).readings;
  const payload = JSON.stringify({ ts: Date.now() - 50_000, state: 'running', m: { speed: 3 } });
  await publish(payload);
  await publish(payload);
  await publish(payload);
  const after = (await admin.settled(sent)).readings;
  expect([after.stored - before.stored, after.duplicate - before.duplicate]).toEqual([1, 2]);
});

test('a late reading corrects states and figures within five seconds, on screen and in the store', async () => {
  const base = Math.floor(Date.now() / 1000) * 1000;
  await publish(JSON.stringify({ ts: base - 40_000, state: 'running', hold: 300, m: {} }));
  await publish(JSON.stringify({ ts: base - 1_000, state: 'running', hold: 300, m: {} }));
  const shiftBefore = (await admin.get<LiveRecord>(`/lines/${line}`)).hour.faultSeconds;
  await publish(
    JSON.stringify([
      { ts: base - 30_000, state: 'fault', stop: 'machine-error', m: {} },
      { ts: base - 20_000, state: 'running', hold: 300, m: {} },
    ]),
    2,
  );
  await admin.settled(sent);
  await expect
    .poll(async () => (await admin.get<LiveRecord>(`/lines/${line}`)).hour.faultSeconds, { timeout: 5_000, interval: 100 })
    .toBe(shiftBefore + 10);
  const spans = await admin.get<StateSpan[]>(`/lines/${line}/states?from=${String(base - 35_000)}&to=${String(base - 15_000)}`);
  expect(spans.map(({ state, from, to }) => [state, (to - from) / 1000])).toEqual([
    ['running', 5],
    ['fault', 10],
    ['running', 5],
  ]);
});

test('a port that is taken is said in a sentence, with the setting to change', async () => {
  const other = dataFolder();
  const taken = { BOBBIN_HTTP: new URL(product.http).host };
  await expect(startProduct(other.path, taken)).rejects.toThrow(
    /Cannot listen on 127\.0\.0\.1:\d+: another program listens there already\. Set BOBBIN_HTTP /,
  );
  other.remove();
});
