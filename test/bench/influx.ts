/**
 * Section `influx`: how many readings a second InfluxDB takes, and how soon it answers, beside the embedded store.
 * Comes in: how long to write. Goes out: what both stores take for the same questions about the same readings. A real
 * `influxd` runs beside this process on the same machine, and nothing else of the product does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock, type Clock } from '../../contract/clock.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { loadPlant } from '../../plants/loader.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import { openInfluxStore } from '../../store/influx.ts';
import type { Store } from '../../store/store.ts';
import { reasonAgainstInflux, startInflux } from '../influx.ts';
import { root } from '../sources.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { asking, begin, hourMs, keepingMinutes, loading, Meter, playersOf } from './store.ts';
import { watch, type Usage } from './usage.ts';

const batchReadings = 5000;
/** What both stores are asked about. */
const lengthMs = 6 * hourMs;
const retention = { rawDays: 3650, rawBytes: 1e12, minuteYears: 100 };
const log = pino({ level: 'silent' });

export async function influx(seconds: number): Promise<Findings> {
  const reason = reasonAgainstInflux();
  if (reason !== '') throw new Error(`section influx${reason}`);
  const plant = loadPlant({ plantFile: join(root, 'plants', 'ruzhou.yaml'), equipmentFolder: join(root, 'equipment') });
  const server = await startInflux();
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-bench-influx-'));
  let now = begin;
  const clock: Clock = { ...systemClock, now: () => now };
  const open = (database: string): Promise<Store> => openInfluxStore({ url: server.url, database, plant, retention, clock, log });
  try {
    const finish = watch({ influxd: server.pid, store: process.pid });
    const written = await writing(await open('writing'), plant, seconds);
    const usage = finish();
    const setNow = (time: number): void => {
      now = time;
    };
    const embedded = await questions(await openDuckdbStore({ folder, plant, retention, clock, log }), plant, setNow);
    now = begin;
    const other = await questions(await open('asking'), plant, setNow);
    return {
      conditions: `batches of ${String(batchReadings)} readings with six metrics of every line; then six hours of 40 machines and of every line’s minutes, asked of both stores`,
      figures: [...written.figures, ...costs(usage, written.count), ...sideBySide(embedded, other)],
      otherCores: usage.otherCores,
    };
  } finally {
    rmSync(folder, { recursive: true });
    await server.remove();
  }
}

/** Writes as fast as it is taken. */
async function writing(into: Store, plant: Plant, seconds: number): Promise<{ figures: Figure[]; count: number }> {
  const lines = [...plant.lines.values()].filter(({ type }) => type.id === 'embroidery-multihead').map(({ id }) => id);
  const meter = new Meter();
  let count = 0;
  while (meter.totalMs < seconds * 1000) {
    const readings = Array.from({ length: batchReadings }, (_, index) => readingAt(lines, count + index));
    count += batchReadings;
    const cursor = { position: count, counts: { stored: count, duplicate: 0, rejected: {} } };
    await meter.of(() => into.write({ readings, rejections: [], dirty: [], cursor }));
  }
  await into.close();
  const figures: Figure[] = [
    { name: 'writing to InfluxDB', value: (count * 1000) / meter.totalMs, unit: 'readings/s', atLeast: 10_000 },
    { name: 'a batch, p50', value: percentile(meter.ms, 50), unit: 'ms', digits: 1 },
    { name: 'a batch, p99', value: percentile(meter.ms, 99), unit: 'ms', digits: 1 },
  ];
  return { figures, count };
}

/** Every line in turn, one reading a second each. */
function readingAt(lines: readonly string[], index: number): Reading {
  const second = Math.floor(index / lines.length);
  const ts = begin + second * 1000 + (index % 997);
  const metrics = {
    speed: 700 + ((index * 7919) % 100),
    stitches: second * 12 + (index % 7),
    pieces: Math.floor(second / 30),
    stitchIndex: (second * 12) % 20_000,
    headsActive: 20,
    energy: second * 0.013,
  };
  return { line: lines[index % lines.length] ?? '', ts, receivedAt: ts + 20 + (index % 31), seq: second, state: 'running', metrics };
}

function costs({ cpuSeconds, peakBytes }: Usage, count: number): Figure[] {
  const each = (name: string): number => ((cpuSeconds[name] ?? 0) * 1e6) / count;
  return [
    { name: 'writing, processor time of influxd a reading', value: each('influxd'), unit: 'µs', digits: 1 },
    { name: 'writing, own processor time a reading', value: each('store'), unit: 'µs', digits: 1 },
    { name: 'peak resident memory of influxd, writing', value: (peakBytes.influxd ?? 0) / 1e6, unit: 'MB' },
  ];
}

async function questions(store: Store, plant: Plant, setNow: (time: number) => void): Promise<Figure[]> {
  const players = playersOf(plant);
  try {
    return [
      ...(await loading(store, players, setNow, lengthMs)).filter(({ unit }) => unit === 'bytes'),
      ...(await asking(store, players, lengthMs)),
      ...(await keepingMinutes(store, plant, players, setNow, lengthMs)),
    ];
  } finally {
    await store.close();
  }
}

/** The same figure of both, one after the other; targets of the embedded store are its own section's. */
function sideBySide(embedded: readonly Figure[], other: readonly Figure[]): Figure[] {
  return embedded.flatMap(({ name, value, unit, digits = 0 }, index) => {
    const same = name.replace(/(one |a )?day/, 'six hours').replace('shift', 'three hours');
    return [
      { name: `${same}: embedded`, value, unit, digits },
      { name: `${same}: InfluxDB`, value: other[index]?.value ?? Number.NaN, unit, digits },
    ];
  });
}
