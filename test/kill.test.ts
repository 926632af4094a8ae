/**
 * SIGKILL at random moments under load, twenty times in a row: every acknowledged reading is stored once, and once only.
 * The devices keep exact books of what was acknowledged; what was not, they send again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BatchRecord } from '../contract/figures.ts';
import type { IssuedDevice } from '../contract/devices.ts';
import type { LiveRecord } from '../contract/live.ts';
import { openPublishers, type Publishers } from './load/publisher.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';

const kills = 20;
const lines = Array.from({ length: 40 }, (_, index) => `load-${String(index + 1).padStart(3, '0')}`);
const folder = dataFolder();
let product: Product;
let devices: (IssuedDevice & { topic: string })[];
let publishers: Publishers;

/** Every start after the first takes the same ports, as a restarted service does. */
const ports = (): Record<string, string> => ({
  BOBBIN_MQTT: `127.0.0.1:${String(product.mqttPort)}`,
  BOBBIN_HTTP: new URL(product.http).host,
});

/** mulberry32, public domain: the same moments every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

beforeAll(async () => {
  product = await startProduct(folder.path);
  const admin = await new Client(product).signIn();
  devices = await Promise.all(
    lines.map(async (line) => {
      const { park, firm, workshop } = await admin.get<LiveRecord>(`/lines/${line}`);
      return { ...(await admin.issue(line)), topic: `bobbin/v1/${park}/${firm}/${workshop}/${line}/telemetry` };
    }),
  );
}, 60_000);

afterAll(async () => {
  publishers.close();
  await product.stop();
  folder.remove();
});

test('every acknowledged reading survives, and none is stored twice', { timeout: 400_000 }, async () => {
  const base = Date.now() - 3_600_000;
  const next = random(20_261_123);
  let killAt = Number.POSITIVE_INFINITY;
  let reached: () => void = () => undefined;
  publishers = await openPublishers({
    host: '127.0.0.1',
    port: product.mqttPort,
    clients: devices,
    inFlight: 5,
    nextPayload: (_, n) =>
      `{"ts":${String(base + n * 10)},"seq":${String(n)},"state":"running","batch":"kill","m":{"stitches":${String(n)}}}`,
    onAck: () => {
      if (publishers.acked >= killAt) reached();
    },
  });
  publishers.start();
  for (let kill = 0; kill < kills; kill += 1) {
    await new Promise<void>((resolve) => {
      reached = resolve;
      killAt = publishers.acked + 200 + Math.floor(next() * 6000);
    });
    killAt = Number.POSITIVE_INFINITY;
    await product.kill();
    product = await startProduct(folder.path, ports());
    await publishers.reconnect();
  }
  await publishers.stop();
  expect(publishers.acked).toBe(publishers.sent);
  expect(publishers.resent).toBeGreaterThan(0);

  const admin = await new Client(product).signIn();
  await expect.poll(async () => (await admin.health()).readings.pending, { timeout: 60_000, interval: 100 }).toBe(0);
  const { stored, duplicate, rejected, received } = (await admin.health()).readings;
  expect({ stored, rejected, sum: stored + duplicate }).toEqual({ stored: publishers.sent, rejected: {}, sum: received });
  for (const [index, line] of lines.entries()) {
    const sent = publishers.acknowledged(index);
    await expect
      .poll(async () => (await admin.get<BatchRecord[]>(`/lines/${line}/batches`))[0]?.readings.total, { timeout: 20_000, interval: 100 })
      .toBe(sent.before);
  }
});
