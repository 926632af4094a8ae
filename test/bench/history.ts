/**
 * Section `history`: how soon the past answers. The zone by day for twelve months, and one line's day while readings keep being stored.
 * Comes in: how long to store meanwhile. Goes out: figures. Rows are made up here and go in through the store's interface;
 * no process but this one takes part, as store and history share a thread in the product too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { systemClock } from '../../contract/clock.ts';
import type { MinuteRow } from '../../contract/figures.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { cut } from '../../kpi/calendar.ts';
import { emptySums } from '../../kpi/utilization.ts';
import { loadPlant } from '../../plants/loader.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import { createHistory } from '../../store/history.ts';
import type { DerivedPatch, Store } from '../../store/store.ts';
import { root } from '../sources.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { watch } from './usage.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Monday morning, and midnight in the zone. */
const begin = Date.parse('2026-11-22T16:00:00Z');
const months = 12;
const zoneLines = 1300;
const linesPerCommit = 100;
/** Stop codes of a line's day. */
const stopsPerDay = 10;
const seriesLines = 8;
const readingsPerSecond = 3500;
const commitMs = 300;
const rounds = 30;

export async function history(seconds: number): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-bench-history-'));
  const plant = loadPlant({ plantFile: join(root, 'plants', 'ruzhou.yaml'), equipmentFolder: join(root, 'equipment') });
  const clock = { ...systemClock, time: begin, now: () => clock.time };
  const retention = { rawDays: 14, rawBytes: 20e9, minuteYears: 5 };
  const store = await openDuckdbStore({ folder, plant, retention, clock, log: pino({ level: 'silent' }) });
  const finish = watch({ store: process.pid });
  try {
    const lines = [...plant.lines.keys()].slice(0, zoneLines);
    const { days, minutes } = await fill(store, lines);
    clock.time = begin + dayMs;
    const figures = [...(await askMonths(store, plant, lines, clock)), ...(await askDay(store, lines, seconds, clock))];
    const { otherCores } = finish();
    const volume = `${count(days)} rows of days with ${count(days * stopsPerDay)} of stops, and ${count(minutes)} minutes of the day under way`;
    const load = `${count(readingsPerSecond)} readings/s stored for ${String(seconds)} s while a day of ${count(dayMs / 1000)} readings is asked for`;
    return { conditions: `${count(lines.length)} lines for ${String(months)} months: ${volume}; ${load}`, figures, otherCores };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** A minute for each day of a line gives a row of that day as a whole day of them would; the day under way has all its minutes. */
async function fill(store: Store, lines: readonly string[]): Promise<{ days: number; minutes: number }> {
  const from = Date.UTC(2025, 10, 30, 16);
  const dates = cut(from, begin, 'day', 'Asia/Shanghai');
  const today = Array.from({ length: dayMs / minuteMs }, (_, index) => begin + index * minuteMs);
  for (let first = 0; first < lines.length; first += linesPerCommit) {
    const some = lines.slice(first, first + linesPerCommit);
    const patch = (line: string, minutes: MinuteRow[]): DerivedPatch => ({
      ...{ line, from, to: begin + dayMs, fresh: true, minutes, checkpoints: [], contexts: [] },
    });
    await store.writeDerived(
      some.map((line, index) =>
        patch(line, [
          ...dates.map((date, day) => minuteOf(line, date.from + 9 * hourMs, (first + index) * 7 + day, stopsPerDay)),
          ...today.map((minute, place) => minuteOf(line, minute, place, place % 8 === 0 ? 1 : 0)),
        ]),
      ),
    );
  }
  return { days: lines.length * dates.length, minutes: lines.length * today.length };
}

function minuteOf(line: string, minute: number, salt: number, stopCount: number): MinuteRow {
  const codes = Array.from(
    { length: stopCount },
    (_, index) => [`stop-${String((salt + index) % 20)}`, { count: 1, ms: salt % 997 }] as const,
  );
  const stops = Object.fromEntries(codes);
  return { ...emptySums(), line, minute, runningMs: 40_000 + (salt % 9000), stoppedMs: salt % 5000, output: salt % 800, stops };
}

async function askMonths(store: Store, plant: Plant, lines: readonly string[], clock: typeof systemClock): Promise<Figure[]> {
  const past = createHistory({ store, plant, clock });
  const year = { from: Date.UTC(2025, 10, 30, 16), to: begin + dayMs };
  const [byDay, report]: [number[], number[]] = [[], []];
  const days = cut(year.from, year.to, 'day', plant.timezone);
  for (let round = 0; round < rounds; round += 1) {
    byDay.push(await timed(() => past.aggregates([lines], days)));
    const october = { from: Date.UTC(2026, 8, 30, 16), to: Date.UTC(2026, 9, 31, 16) };
    report.push(await timed(() => past.lineSums(lines, october.from, october.to)));
  }
  return [
    { name: `the zone by day for ${String(months)} months, p50`, value: percentile(byDay, 50), unit: 'ms' },
    { name: `the zone by day for ${String(months)} months, p95`, value: percentile(byDay, 95), unit: 'ms', atMost: 300 },
    { name: 'a month of every line, for a report, p50', value: percentile(report, 50), unit: 'ms' },
  ];
}

/** Stores at the rate of the zone, in commits as the collector makes them, and asks in between. */
async function askDay(store: Store, lines: readonly string[], seconds: number, clock: { time: number }): Promise<Figure[]> {
  let position = 0;
  const write = async (readings: readonly Reading[]): Promise<void> => {
    position += readings.length;
    const cursor = { position, counts: { stored: position, duplicate: 0, rejected: {} } };
    await store.write({ readings, rejections: [], dirty: [], cursor });
  };
  for (let hour = 0; hour < 24; hour += 1) {
    const at = begin + hour * hourMs;
    for (const line of lines.slice(0, seriesLines)) {
      await write(Array.from({ length: 3600 }, (_, second) => readingOf(line, at + second * 1000)));
    }
    clock.time = at + hourMs;
    await store.maintain(clock.time);
  }
  const waits: number[] = [];
  let stored = 0;
  const until = performance.now() + seconds * 1000;
  const storing = async (): Promise<void> => {
    for (let next = performance.now(); performance.now() < until; next += commitMs) {
      const size = Math.round((readingsPerSecond * commitMs) / 1000);
      const at = clock.time;
      await write(Array.from({ length: size }, (_, index) => readingOf(lines[(stored + index) % lines.length] ?? '', at + stored + index)));
      stored += size;
      await pause(Math.max(0, next + commitMs - performance.now()));
    }
  };
  const asking = async (): Promise<void> => {
    for (let round = 0; performance.now() < until; round += 1) {
      const line = lines[round % seriesLines] ?? '';
      waits.push(await timed(() => store.series(line, 'speed', begin, begin + dayMs, 500)));
      await pause(100);
    }
  };
  await Promise.all([storing(), asking()]);
  return [
    { name: 'stored meanwhile', value: stored / seconds, unit: 'readings/s', atLeast: readingsPerSecond * 0.95 },
    { name: 'one line, one day, one metric, p50', value: percentile(waits, 50), unit: 'ms', digits: 1 },
    { name: 'one line, one day, one metric, p95', value: percentile(waits, 95), unit: 'ms', digits: 1, atMost: 50 },
  ];
}

function readingOf(line: string, ts: number): Reading {
  const wave = Math.sin(ts / 60_000);
  return {
    line,
    ts,
    receivedAt: ts + 20,
    state: 'running',
    metrics: { speed: Math.round(750 + 50 * wave), stitches: Math.floor(ts / 80) % 1e9, energy: ts % 1e6 },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const at = performance.now();
  await work();
  return performance.now() - at;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
