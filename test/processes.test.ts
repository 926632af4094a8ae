/**
 * Broker, collector and dashboard as processes of their own, with a real Redis and a real InfluxDB, as docker-compose.yml has
 * them. Under load each is killed in turn and started again: nothing is lost, nothing counted twice, every figure is right.
 */
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HealthAnswer } from '../contract/api.ts';
import type { BatchRecord, StateSpan, UtilizationRecord } from '../contract/figures.ts';
import type { ClientEvents, Delta, LiveRecord, ServerEvents } from '../contract/live.ts';
import type { Reading } from '../contract/reading.ts';
import { topicOf } from '../contract/topics.ts';
import { loadPlant } from '../plants/loader.ts';
import { compose, type Composition } from './compose.ts';
import { reasonAgainstInflux } from './influx.ts';
import { openPublishers, type Publishers } from './load/publisher.ts';
import { naiveFigures, naiveStates } from './naive.ts';
import { adminPassword, Client, dataFolder, startProduct } from './product.ts';
import { reasonAgainstRedis } from './redis.ts';
import { root } from './sources.ts';

const missing = reasonAgainstRedis() + reasonAgainstInflux();
const plantFile = join(root, 'test', 'plants', 'always.yaml');
const plant = loadPlant({ plantFile, equipmentFolder: join(root, 'equipment') });
const lines = Array.from({ length: 6 }, (_, index) => `load-00${String(index + 1)}`);
const influxPassword = 'for-influxdb-only';
/** A part is back within 10 s of being started again, on a machine that has not much else to do; loading a program takes seconds on others. */
const backWithinMs = (loadavg()[0] ?? 0) < availableParallelism() ? 10_000 : 30_000;
const perSecond = 300;
/** On a whole minute, so far back that no reading is from the future, however many there are. */
const base = Math.floor(Date.now() / 60_000) * 60_000 - 6 * 3_600_000;

/** Reading n of a line: stops now and then, a counter that goes on. */
function readingOf(line: number, n: number): Omit<Reading, 'line' | 'receivedAt'> & { m: Record<string, number> } {
  const phase = (n + line * 37) % 90;
  const said = phase < 12 ? { state: 'stopped' as const, stop: 'thread-break' } : { state: 'running' as const };
  const metrics = { speed: phase < 12 ? 0 : 700, stitches: n * 13, pieces: n };
  return { ts: base + n * 1000, seq: n, ...said, hold: 5, ...(n === 0 ? { batch: 'kill' } : {}), m: metrics, metrics };
}

describe.skipIf(missing !== '')(`processes of their own${missing}`, () => {
  let stack: Composition;
  let admin: Client;
  let publishers: Publishers;
  const ends: (() => unknown)[] = [];

  const secrets = { BOBBIN_REDIS_PASSWORD: 'for-redis-only', BOBBIN_INFLUX_PASSWORD: influxPassword };
  const values = { ...secrets, BOBBIN_SYSTEM_PASSWORD: 'for each other only', BOBBIN_ADMIN_PASSWORD: adminPassword, BOBBIN_LOG: 'warn' };
  const printed = (): string =>
    ['broker', 'collector', 'dashboard'].map((name) => `${name}:\n${stack.service(name).printed.join('')}`).join('\n');

  beforeAll(async () => {
    stack = await compose(values, { BOBBIN_PLANT: plantFile });
    ends.unshift(() => stack.remove());
    await Promise.all([stack.service('redis').start(), stack.service('influxdb').start()]);
    // The image does this at its first start.
    const q = `CREATE USER "bobbin" WITH PASSWORD '${influxPassword}' WITH ALL PRIVILEGES`;
    await fetch(`http://127.0.0.1:${String(stack.ports.influx)}/query`, { method: 'POST', body: new URLSearchParams({ q }) });
    await Promise.all(['broker', 'collector', 'dashboard'].map((name) => stack.service(name).start()));
    const http = `http://127.0.0.1:${String(stack.ports.dashboard)}`;
    admin = await new Client({ http }).signIn();
    const devices = await Promise.all(lines.map((line) => admin.issue(line)));
    publishers = await openPublishers({
      host: '127.0.0.1',
      port: stack.ports.mqtt,
      clients: devices.map((device) => ({ ...device, topic: topicOf(placeOf(device.line), 'telemetry') })),
      inFlight: 20,
      ratePerSecond: perSecond,
      nextPayload: (line, n) => JSON.stringify({ ...readingOf(line, n), metrics: undefined }),
    });
    ends.unshift(() => {
      publishers.close();
    });
  }, 90_000);

  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(printed());
  });

  afterAll(async () => {
    for (const end of ends) await end();
  });

  /** Health, whose account balances at every look; null while the dashboard does not answer. */
  async function health(): Promise<HealthAnswer | null> {
    const answer = await admin.health().catch(() => null);
    if (answer === null) return null;
    const { received, stored, duplicate, rejected, pending } = answer.readings;
    const sum = Object.values(rejected).reduce((all, count) => all + count, stored + duplicate + pending);
    expect({ sum, isNegative: pending < 0 }, JSON.stringify(answer.readings)).toEqual({ sum: received, isNegative: false });
    return answer;
  }

  async function untilAcknowledged(more: number): Promise<void> {
    const goal = publishers.acked + more;
    await expect.poll(() => publishers.acked, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(goal);
  }

  async function untilWell(withinMs: number): Promise<void> {
    await expect.poll(async () => (await health())?.status, { timeout: withinMs, interval: 50 }).toBe('ok');
  }

  test('each is killed in turn under load, and comes back', { timeout: 120_000 }, async () => {
    await untilWell(backWithinMs);
    const screen = await openScreen(admin, stack);
    publishers.start();
    for (const name of ['collector', 'broker', 'redis', 'influxdb', 'dashboard']) {
      await untilAcknowledged(perSecond);
      const service = stack.service(name);
      await service.kill();
      if (name === 'collector' || name === 'broker') {
        await expect.poll(() => screen.isStale, { timeout: 8000, interval: 20, message: `stale without the ${name}` }).toBe(true);
        // Without the broker the collector is not heard either; which of the two is missed first does not matter.
        const missed = async (): Promise<string> => {
          const { status, store } = (await health()) ?? {};
          return `${String(status)}: ${String(store?.detail)}`;
        };
        await expect.poll(missed, { timeout: 8000, interval: 50 }).toMatch(new RegExp(`^degraded: .*${name}`));
      }
      const begun = performance.now();
      await service.start();
      if (name === 'broker') {
        const reconnect = (): Promise<boolean> =>
          publishers.reconnect().then(
            () => true,
            () => false,
          );
        await expect.poll(reconnect, { timeout: backWithinMs, interval: 50 }).toBe(true);
      }
      await untilWell(backWithinMs);
      await untilAcknowledged(50);
      expect(performance.now() - begun, `${name} is back, ms`).toBeLessThan(backWithinMs);
      if (name !== 'dashboard') await expect.poll(() => screen.isStale, { timeout: 15_000, interval: 20 }).toBe(false);
    }
    screen.close();
    await publishers.stop();
    expect(publishers.acked).toBe(publishers.sent);
    expect(publishers.resent).toBeGreaterThan(0);
  });

  test('every acknowledged reading is stored once, and every figure is right', { timeout: 60_000 }, async () => {
    // What broker and collector report of themselves may be of a moment before the last readings.
    await expect
      .poll(async () => (await health())?.readings, { timeout: 30_000, interval: 50 })
      .toMatchObject({ stored: publishers.sent, pending: 0 });
    const { stored, duplicate, rejected, received } = (await admin.health()).readings;
    expect({ stored, rejected, sum: stored + duplicate }).toEqual({ stored: publishers.sent, rejected: {}, sum: received });
    for (const [index, line] of lines.entries()) {
      const count = publishers.acknowledged(index).before;
      const readings = Array.from({ length: count }, (_, n): Reading => ({ ...readingOf(index, n), line, receivedAt: 0 }));
      const { type, calendar: kept } = placeOf(line);
      const calendar = plant.calendars.get(kept);
      if (!calendar) throw new Error(`no calendar ${kept}`);
      const window = { from: base - 60_000, to: base + Math.ceil(count / 60) * 60_000, now: Date.now() };
      const query = `from=${String(window.from)}&to=${String(window.to)}`;
      await expect
        .poll(() => admin.get<UtilizationRecord>(`/lines/${line}/utilization?${query}`), { timeout: 10_000, interval: 100 })
        .toMatchObject(naiveFigures(readings, type, calendar, plant.timezone, window));
      expect(await admin.get<StateSpan[]>(`/lines/${line}/states?${query}`)).toEqual(naiveStates(readings, type, window));
      expect((await admin.get<BatchRecord[]>(`/lines/${line}/batches`))[0]?.readings.total).toBe(count);
      expect(await admin.get<LiveRecord>(`/lines/${line}`)).toMatchObject({
        ts: base + (count - 1) * 1000,
        batch: 'kill',
      });
    }
  });

  test('a device that is revoked at the dashboard is cut off by the broker within a second', async () => {
    const [line = ''] = lines;
    const before = publishers.connected;
    expect((await admin.send('DELETE', `/devices/${line}`)).status).toBe(204);
    await expect.poll(() => publishers.connected, { timeout: 1000, interval: 10 }).toBe(before - 1);
  });

  test('the simulators find their accounts and are on the board', { timeout: 30_000 }, async () => {
    expect(await stack.service('broker').stop()).toBe(0);
    await stack.service('broker').start({ environment: { BOBBIN_SIMULATE: '1' } });
    await stack.service('simulators').start({ words: ['--plant', plantFile] });
    await expect
      .poll(async () => (await admin.get<LiveRecord>('/lines/emb-0001')).connected, { timeout: 15_000, interval: 100 })
      .toBe(true);
    await expect.poll(async () => (await admin.get<LiveRecord>('/lines/emb-0001')).ts, { timeout: 15_000 }).not.toBeNull();
  });

  test('one process keeps everything in InfluxDB too, where the settings say so', { timeout: 60_000 }, async () => {
    const folder = dataFolder();
    const way = { BOBBIN_INFLUX_USER: 'bobbin', BOBBIN_INFLUX_PASSWORD: influxPassword, BOBBIN_INFLUX_DATABASE: 'alone' };
    const product = await startProduct(folder.path, { BOBBIN_STORE: `http://127.0.0.1:${String(stack.ports.influx)}`, ...way });
    const own = await new Client(product).signIn();
    const [line = ''] = lines;
    const device = await own.issue(line);
    const clients = [{ ...device, topic: topicOf(placeOf(line), 'telemetry') }];
    const nextPayload = (_: number, n: number): string => JSON.stringify({ ...readingOf(0, n), metrics: undefined });
    const publisher = await openPublishers({ host: '127.0.0.1', port: product.mqttPort, clients, inFlight: 1, nextPayload });
    publisher.start();
    await expect.poll(() => publisher.acked).toBeGreaterThan(20);
    await publisher.stop();
    const { store, readings } = await own.settled(publisher.sent);
    expect({ kind: store.kind, ok: store.ok, stored: readings.stored }).toEqual({ kind: 'influxdb', ok: true, stored: publisher.sent });
    const total = async (): Promise<number | undefined> => (await own.get<BatchRecord[]>(`/lines/${line}/batches`))[0]?.readings.total;
    await expect.poll(total, { timeout: 10_000 }).toBe(publisher.sent);
    publisher.close();
    expect(await product.stop()).toBe(0);
    folder.remove();
  });

  test('each ends in order', async () => {
    for (const name of ['simulators', 'dashboard', 'collector', 'broker']) expect(await stack.service(name).stop(), name).toBe(0);
  });
});

function placeOf(line: string) {
  const place = plant.lines.get(line);
  if (!place) throw new Error(`no line ${line}`);
  return place;
}

interface Screen {
  /** What the newest message said: true where it may no longer be true. */
  readonly isStale: boolean;
  close(): void;
}

/** A page's socket, watching everything, and watching again whenever it is connected again. */
async function openScreen(client: Client, { ports }: Composition): Promise<Screen> {
  const origin = `http://127.0.0.1:${String(ports.dashboard)}`;
  const socket: Socket<ServerEvents, ClientEvents> = io(`${origin}/live`, {
    transports: ['websocket'],
    extraHeaders: { cookie: client.cookie, origin },
  });
  let isStale = false;
  const hear = ({ stale }: Pick<Delta, 'stale'>): void => {
    isStale = stale === true;
  };
  socket.on('delta', hear);
  await new Promise<void>((resolve, reject) => {
    socket.on('connect_error', reject);
    socket.on('connect', () => {
      socket.emit('watch', {}, (answer) => {
        if ('error' in answer) reject(new Error(answer.error.message));
        else hear(answer);
        resolve();
      });
    });
  });
  return {
    get isStale() {
      return isStale;
    },
    close: () => socket.close(),
  };
}
