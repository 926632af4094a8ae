/**
 * Section `alarms`: how soon a fault is known, and what many at once cost. Comes in: the product, with faults published over MQTT by 200 devices, one
 * after the other and then all within a second; and alarming alone, on a real alarm book, at 1,000 new alarms a second up to 10,000 open ones.
 * Goes out: times from publishing to the line's `alarms` message, and the longest time for which the head of the journal stood still.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { pino } from 'pino';
import { openMqttBus, type MqttBus } from '../../broker/client.ts';
import { Alarming } from '../../collector/alarming/alarming.ts';
import { remember } from '../../collector/alarming/memory.ts';
import { plantOf } from '../../collector/alarms/stage.suite.ts';
import type { Stretch } from '../../collector/intake.ts';
import type { LineAlarms } from '../../contract/alarm.ts';
import type { Bus } from '../../contract/bus.ts';
import { systemClock as clock } from '../../contract/clock.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { everyLine, parseTopic, topicOf } from '../../contract/topics.ts';
import { openLevelJournal } from '../../journal/level.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import { Client, dataFolder, startProduct } from '../product.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { pidOf, watch } from './usage.ts';

const systemPassword = 'a password of the system';
const single = 200;
const lines = 10_000;
const perSecond = 1_000;
const silent = pino({ level: 'silent' });

export async function alarms(): Promise<Findings> {
  const published = await overMqtt();
  const stalls = await manyAtOnce();
  return {
    conditions: `${String(single)} faults one by one, then 200 at once, over MQTT; then alarming alone with ${String(perSecond)} new alarms a second until ${String(lines)} were open`,
    otherCores: published.otherCores,
    figures: [...published.figures, ...stalls],
  };
}

interface Device {
  readonly line: string;
  readonly client: MqttClient;
  readonly topic: string;
}

async function overMqtt(): Promise<{ figures: Figure[]; otherCores: number }> {
  const folder = dataFolder();
  const product = await startProduct(folder.path, { BOBBIN_SYSTEM_PASSWORD: systemPassword });
  const url = `mqtt://127.0.0.1:${String(product.mqttPort)}`;
  const bus = openMqttBus({ url, name: 'system-dashboard', password: systemPassword, log: silent });
  const devices: Device[] = [];
  try {
    const admin = await new Client(product).signIn();
    for (const record of (await admin.get<LiveRecord[]>('/lines?firm=load')).slice(0, 200)) {
      const { username, password } = await admin.issue(record.id);
      const client = await mqtt.connectAsync(url, { username, password, clientId: username });
      devices.push({ line: record.id, client, topic: topicOf({ ...record, line: record.id }, 'telemetry') });
    }
    const ears = await listen(bus);
    const finish = watch({ server: pidOf(product.process) });
    const times: number[] = [];
    for (let n = 0; n < single; n += 1) times.push(await ears.timeOf(devices[n % devices.length], 'machine-error'));
    const together = await Promise.all(devices.map((device) => ears.timeOf(device, 'emergency-stop')));
    const { otherCores } = finish();
    return {
      otherCores,
      figures: [
        { name: 'from publishing a fault to its alarm, p50', value: percentile(times, 50), unit: 'ms', digits: 1 },
        { name: 'from publishing a fault to its alarm, p99', value: percentile(times, 99), unit: 'ms', digits: 1, atMost: 1000 },
        { name: '200 faults at once, the slowest', value: percentile(together, 100), unit: 'ms', digits: 1, atMost: 1000 },
      ],
    };
  } finally {
    await Promise.all(devices.map(({ client }) => client.endAsync(true)));
    await bus.close();
    await product.stop();
    folder.remove();
  }
}

interface Ears {
  /** Publishes the fault; how many ms later its alarm was heard. */
  timeOf(device: Device | undefined, stop: string): Promise<number>;
}

async function listen(bus: MqttBus): Promise<Ears> {
  const waiting = new Map<string, () => void>();
  await bus.subscribe(everyLine('alarms'), (topic, payload) => {
    const line = parseTopic(topic)?.line ?? '';
    const { records } = JSON.parse(Buffer.from(payload).toString()) as LineAlarms;
    for (const { rule } of records) waiting.get(`${line} ${rule}`)?.();
  });
  return {
    timeOf: (device, stop) =>
      new Promise((resolve, reject) => {
        if (!device) return;
        const begun = performance.now();
        const key = `${device.line} stop:${stop}`;
        waiting.set(key, () => {
          waiting.delete(key);
          resolve(performance.now() - begun);
        });
        device.client.publishAsync(device.topic, JSON.stringify({ ts: Date.now(), stop }), { qos: 1 }).catch(reject);
      }),
  };
}

/** Alarming as the head of the journal has it, fed by hand; each step's time is time in which the head could read nothing. */
async function manyAtOnce(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bobbin-bench-'));
  const plant = plantOf(lines / 50, 50);
  const journal = await openLevelJournal({ folder: join(folder, 'journal'), limitBytes: 1e9, clock, log: silent });
  const retention = { rawDays: 1, rawBytes: 1e12, minuteYears: 1 };
  const store = await openDuckdbStore({ folder: join(folder, 'store'), plant, retention, clock, log: silent });
  let messages = 0;
  const bus: Bus = {
    publish: () => (messages += 1),
    record: () => Promise.resolve(),
    subscribe: () => Promise.resolve(() => undefined),
  };
  const parts = { journal, store, bus, plant, clock, log: silent };
  const alarming = new Alarming({ ...parts, live: { alarm: () => undefined }, storeTrouble: () => null }, await remember(parts, 0));
  const steps: number[] = [];
  const step = (work: () => void): void => {
    const begun = performance.now();
    work();
    steps.push(performance.now() - begun);
  };
  const ids = [...plant.lines.keys()];
  const atOnce = perSecond / 20;
  let position = 0;
  alarming.awaits();
  const begun = clock.now();
  while (position < lines) {
    await until(begun + (position / perSecond) * 1000);
    const stretch = stretchOf(ids.slice(position, position + atOnce), position);
    step(() => {
      alarming.take(stretch);
    });
    position = stretch.next;
    alarming.awaits();
    step(() => {
      alarming.tick(clock.now());
    });
  }
  // Two snapshots with all of them open.
  for (const end = clock.now() + 26_000; clock.now() < end;) {
    await until(clock.now() + 50);
    step(() => {
      alarming.tick(clock.now());
    });
  }
  alarming.renew();
  for (const end = clock.now() + 2_000; clock.now() < end;) {
    await until(clock.now() + 50);
    step(() => {
      alarming.tick(clock.now());
    });
  }
  await alarming.close();
  const open = await store.alarms.records({ lines: ids, from: begun, to: clock.now() + 1000, limit: lines * 2 });
  if (open.length !== lines || messages < lines)
    throw new Error(`${String(open.length)} alarms were written down, ${String(messages)} messages published`);
  await journal.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return [
    { name: '1,000 new alarms a second, the head stands still, p99', value: percentile(steps, 99), unit: 'ms', digits: 1, atMost: 100 },
    { name: 'up to 10,000 open ones, the longest', value: percentile(steps, 100), unit: 'ms', digits: 1, atMost: 500 },
  ];
}

function stretchOf(some: readonly string[], from: number): Stretch {
  const now = clock.now();
  const packets = some.map((line, index) => ({
    ...{ position: from + index, receivedAt: now, rejections: [] },
    readings: [{ line, ts: now, receivedAt: now, state: 'fault' as const, stop: 'broken', metrics: {} }],
  }));
  return { from, next: from + some.length, packets, putOff: [], deeds: [], miscounted: 0, unreadable: 0 };
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(0, at - clock.now()), resolve);
  });
}
