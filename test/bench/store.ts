/**
 * Section `store`: what a reading and a minute cost the embedded store in time and space, and how soon it answers.
 * The readings are those of simulated embroidery machines, one a second; a day of them is loaded through the store's
 * interface, hour by hour as they would arrive, and asked for afterwards. No process but this one takes part.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../contract/clock.ts';
import type { MinuteRow } from '../../contract/figures.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { createSchedules } from '../../kpi/calendar.ts';
import { createFold, lineKind, take, type Fold } from '../../kpi/fold.ts';
import { loadPlant } from '../../plants/loader.ts';
import { createMachine } from '../../simulators/catalogue.ts';
import type { Machine } from '../../simulators/machine.ts';
import { Schedule } from '../../simulators/schedule.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import type { DerivedPatch, Store } from '../../store/store.ts';
import { root } from '../sources.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { watch } from './usage.ts';

const machines = 40;
const batchReadings = 2500;
export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Monday morning. */
export const begin = Date.parse('2026-11-23T00:00:00Z');

/** A line with the machine that plays it, its fold and the rows that gives. */
interface Player {
  readonly line: Line;
  readonly machine: Machine;
  readonly fold: Fold;
  readonly minutes: MinuteRow[];
}

/** Time of a kind of call: by the clock, and of all processors. */
export class Meter {
  readonly ms: number[] = [];
  cpuMs = 0;

  async of<T>(work: () => Promise<T>): Promise<T> {
    const [at, cpu] = [performance.now(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    this.cpuMs += (user + system) / 1000;
    this.ms.push(performance.now() - at);
    return result;
  }

  get totalMs(): number {
    return this.ms.reduce((sum, ms) => sum + ms, 0);
  }
}

export async function store(): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-bench-store-'));
  const plant = loadPlant({ plantFile: join(root, 'plants', 'ruzhou.yaml'), equipmentFolder: join(root, 'equipment') });
  let now = begin;
  const opened = await openDuckdbStore({
    folder,
    plant,
    retention: { rawDays: 14, rawBytes: 20e9, minuteYears: 5 },
    clock: { ...systemClock, now: () => now },
    log: pino({ level: 'silent' }),
  });
  const finish = watch({ store: process.pid });
  try {
    const players = playersOf(plant);
    const figures = [
      ...(await loading(opened, players, (time) => (now = time))),
      ...(await asking(opened, players)),
      ...(await keepingMinutes(opened, plant, players, (time) => (now = time))),
    ];
    const usage = finish();
    figures.push({ name: 'peak resident memory, with the machines', value: (usage.peakBytes.store ?? 0) / 1e6, unit: 'MB' });
    const conditions = `${String(machines)} embroidery machines at one reading a second for a day, batches of ${String(batchReadings)}`;
    return { conditions, figures, otherCores: usage.otherCores };
  } finally {
    await opened.close();
    rmSync(folder, { recursive: true });
  }
}

/** Writes a day's readings, or those of a shorter time, sealing each hour when it is over. */
export async function loading(
  into: Store,
  players: readonly Player[],
  setNow: (time: number) => void,
  lengthMs = dayMs,
): Promise<Figure[]> {
  const [writing, sealing] = [new Meter(), new Meter()];
  let count = 0;
  let batch: Reading[] = [];
  const flush = async (): Promise<void> => {
    const readings = batch;
    batch = [];
    count += readings.length;
    const cursor = { position: count, counts: { stored: count, duplicate: 0, rejected: {} } };
    await writing.of(() => into.write({ readings, rejections: [], dirty: [], cursor }));
  };
  for (let second = 0; second < lengthMs / 1000; second += 1) {
    const at = begin + second * 1000;
    for (const [index, player] of players.entries()) {
      batch.push(readingOf(player, at + ((index * 37) % 1000)));
      if (batch.length === batchReadings) await flush();
    }
    if ((at + 1000) % hourMs !== 0) continue;
    await flush();
    setNow(at + 1000);
    await sealing.of(() => into.maintain(at + 1000));
  }
  const sizeBytes = (await into.size()).sizeBytes ?? Number.NaN;
  return [
    { name: 'bytes a reading takes when sealed', value: sizeBytes / count, unit: 'bytes', digits: 1 },
    { name: 'writing', value: (count * 1000) / writing.totalMs, unit: 'readings/s', atLeast: 20_000 },
    { name: 'writing, processor time a reading', value: (writing.cpuMs * 1000) / count, unit: 'µs', digits: 1 },
    { name: 'a batch, p50', value: percentile(writing.ms, 50), unit: 'ms', digits: 1 },
    { name: 'a batch, p99', value: percentile(writing.ms, 99), unit: 'ms', digits: 1 },
    { name: 'sealing, processor time a reading', value: (sealing.cpuMs * 1000) / count, unit: 'µs', digits: 1 },
  ];
}

export async function asking(from: Store, players: readonly Player[], lengthMs = dayMs): Promise<Figure[]> {
  const [day, minutes, reading, knowing] = [new Meter(), new Meter(), new Meter(), new Meter()];
  let rows = 0;
  for (const [index, { line }] of players.entries()) {
    await day.of(() => from.series(line.id, 'speed', begin, begin + lengthMs, 500));
    const at = begin + (index * lengthMs) / 48;
    await minutes.of(() => from.series(line.id, 'speed', at, at + 300_000, 500));
    if (index % 10 !== 0) continue;
    await reading.of(async () => {
      const query = { lines: [line.id], from: begin, to: begin + lengthMs, metrics: ['stitches', 'pieces', 'energy'] };
      for await (const chunk of from.readings(query)) rows += chunk.length;
    });
    const keys = Array.from({ length: 5000 }, (_, key) => ({
      line: players[key % machines]?.line.id ?? '',
      ts: begin + ((key * 7001) % lengthMs),
    }));
    await knowing.of(() => from.known(keys));
  }
  return [
    { name: 'one line, one day, one metric, p50', value: percentile(day.ms, 50), unit: 'ms', digits: 1 },
    { name: 'one line, one day, one metric, p95', value: percentile(day.ms, 95), unit: 'ms', digits: 1, atMost: 50 },
    { name: 'one line, five minutes, one metric, p95', value: percentile(minutes.ms, 95), unit: 'ms', digits: 1 },
    { name: 'reading a line’s day with three metrics', value: (reading.totalMs * 1000) / rows, unit: 'µs a row', digits: 2 },
    { name: 'which of 5,000 readings are known, p50', value: percentile(knowing.ms, 50), unit: 'ms', digits: 1 },
  ];
}

/** Gives every line of the plant a day of a machine's minutes, a minute at a time as they come, and asks for them. */
export async function keepingMinutes(
  into: Store,
  plant: Plant,
  players: readonly Player[],
  setNow: (time: number) => void,
  lengthMs = dayMs,
): Promise<Figure[]> {
  const [writing, one, all] = [new Meter(), new Meter(), new Meter()];
  const lines = [...plant.lines.keys()];
  const before = (await into.size()).sizeBytes ?? Number.NaN;
  const rows = players.map((player) => new Map(player.minutes.map((row) => [row.minute, row])));
  let count = 0;
  for (let minute = begin; minute < begin + lengthMs; minute += 60_000) {
    setNow(minute + 60_000);
    const patches = lines.flatMap((line, index): DerivedPatch[] => {
      const row = rows[index % machines]?.get(minute);
      return row
        ? [{ line, from: minute, to: minute + 60_000, fresh: true, minutes: [{ ...row, line }], checkpoints: [], contexts: [] }]
        : [];
    });
    await writing.of(() => into.writeDerived(patches));
    count += patches.length;
  }
  setNow(begin + lengthMs + 2 * hourMs);
  const sealing = new Meter();
  await sealing.of(() => into.maintain(begin + lengthMs + 2 * hourMs));
  const bytes = (((await into.size()).sizeBytes ?? Number.NaN) - before) / count;
  for (let round = 0; round < 30; round += 1) {
    await one.of(() => into.minutes([lines[round * 40] ?? ''], begin, begin + lengthMs / 2));
    await all.of(() => into.sums(lines, begin, begin + lengthMs / 2));
  }
  return [
    { name: `minutes of ${String(lines.length)} lines at once, p50`, value: percentile(writing.ms, 50), unit: 'ms', digits: 1 },
    { name: 'sorting a day of minutes', value: sealing.totalMs / 1000, unit: 's', digits: 1 },
    { name: 'bytes a minute takes when sealed', value: bytes, unit: 'bytes', digits: 1 },
    { name: 'minutes of one line’s shift, p50', value: percentile(one.ms, 50), unit: 'ms', digits: 1 },
    { name: 'sums of every line’s shift, p50', value: percentile(all.ms, 50), unit: 'ms', digits: 1 },
  ];
}

export function playersOf(plant: Plant): Player[] {
  const schedules = createSchedules(plant.calendars, plant.timezone);
  const lines = [...plant.lines.values()].filter((line) => line.type.id === 'embroidery-multihead').slice(0, machines);
  return lines.map((line) => {
    const [calendar, schedule] = [plant.calendars.get(line.calendar), schedules.get(line.calendar)];
    if (!calendar || !schedule) throw new Error(`line ${line.id} has no calendar`);
    const machine = createMachine({ line, seed: 'bench', schedule: new Schedule(calendar, plant.timezone), now: begin });
    return { line, machine, fold: createFold(lineKind(line.id, line.type, schedule), null), minutes: [] };
  });
}

function readingOf({ line, machine, fold, minutes }: Player, at: number): Reading {
  const { m, ...rest } = machine.next(at);
  const reading: Reading = { line: line.id, receivedAt: rest.ts + 20 + (at % 31), metrics: m, ...rest };
  take(fold, reading, { minute: (row) => minutes.push(row) });
  return reading;
}
