/** History over the embedded store: equal to the naive figures for any window, and true after the readings are gone. */
import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock, type Clock } from '../contract/clock.ts';
import type { History } from '../contract/history.ts';
import type { Reading, State } from '../contract/reading.ts';
import { createSchedules } from '../kpi/calendar.ts';
import { advance, createFold, lineKind, minuteMs, take } from '../kpi/fold.ts';
import { recordOf } from '../kpi/utilization.ts';
import { heldSpans, naiveFigures } from '../test/naive.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { openDuckdbStore } from './duckdb.ts';
import { createHistory } from './history.ts';
import { dayMs, hourMs, mark, patch, put, reading } from './sample.suite.ts';
import type { Store } from './store.ts';

const plant = workshopPlant();
const schedules = createSchedules(plant.calendars, plant.timezone);
/** A Monday, 07:00 in the plant: an hour before the day shift. */
const start = Date.parse('2026-11-23T07:00:00+08:00');

let folder: string;
let store: Store;
let history: History;
let now = start;
const clock: Clock = { ...systemClock, now: () => now };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bobbin-history-'));
  now = start;
  const retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 5 };
  store = await openDuckdbStore({ folder, plant, retention, clock, log: pino({ level: 'silent' }) });
  history = createHistory({ store, plant, clock });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Stores a line's readings and what is derived from them up to the last whole minute before now, as the collector does. */
async function keep(readings: readonly Reading[], line = 'mill-1'): Promise<void> {
  const schedule = schedules.get(plant.lines.get(line)?.calendar ?? '');
  if (!schedule) throw new Error(`no calendar: ${line}`);
  const derived = patch(line, 0, Number.MAX_SAFE_INTEGER);
  const [minutes, checkpoints, contexts] = [[...derived.minutes], [...derived.checkpoints], [...derived.contexts]];
  const fold = createFold(lineKind(line, mill, schedule), null);
  const sink = {
    minute: (row: (typeof minutes)[number]) => minutes.push(row),
    checkpoint: (at: number, carry: unknown) => checkpoints.push({ line, at, carry: JSON.stringify(carry) }),
    context: (ts: number, context: Omit<(typeof contexts)[number], 'line' | 'ts'>) => contexts.push({ line, ts, ...context }),
  };
  for (const one of readings) take(fold, one, sink);
  advance(fold, Math.floor(now / minuteMs) * minuteMs, sink);
  await put(store, readings);
  await store.writeDerived([{ ...derived, minutes, checkpoints, contexts }]);
}

/** Hours of a mill's readings, some 20 s apart with gaps, stops of every kind, resets of its counters. */
function millReadings(seed: number, hours: number, line = 'mill-1'): Reading[] {
  const readings: Reading[] = [];
  let random = seed;
  const below = (bound: number): number => (random = (random * 48_271) % 2_147_483_647) % bound;
  let [ts, made, waste] = [start + below(50_000), 0, 0];
  while (ts < start + hours * hourMs) {
    const stop = ['jam', 'broken', 'service', 'waiting'][below(12)];
    made = below(200) === 0 ? below(5) : made + below(9);
    waste += below(2);
    readings.push(
      reading(line, ts, {
        ...(stop === undefined ? {} : { stop }),
        ...(below(9) === 0 ? { hold: below(900) } : {}),
        ...(below(40) === 0 ? { batch: ['A', 'B', 'C', null][below(4)] ?? null, product: 'P' } : {}),
        metrics: { speed: below(6) === 0 ? 0 : 700 + below(99) / 4, made, waste },
      }),
    );
    ts += below(60) === 0 ? below(2 * hourMs) : below(40_000) + 1;
  }
  return readings;
}

test('figures and states of any window equal the naive ones, whatever minute rows and checkpoints lie in it', async () => {
  const readings = millReadings(7, 30);
  now = start + 30 * hourMs + 12_345;
  await keep(readings);
  const calendar = plant.calendars.get('two-shift');
  if (!calendar) throw new Error('no calendar');
  const spans = heldSpans(readings, mill, now);
  const window = fc.tuple(
    fc.integer({ min: -2 * hourMs, max: 31 * hourMs }),
    fc.oneof(fc.integer({ min: 0, max: 3 * minuteMs }), fc.integer({ min: 0, max: 31 * hourMs })),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(window, async ([offset, length, aligned]) => {
      const rounded = (ts: number): number => (aligned ? Math.floor(ts / minuteMs) * minuteMs : ts);
      const [from, to] = [rounded(start + offset), rounded(start + offset + length)];
      const naive = naiveFigures(readings, mill, calendar, plant.timezone, { from, to, now });
      expect(await history.utilization('mill-1', from, to)).toMatchObject(naive);
      if (from >= to) return;
      const states = await history.states('mill-1', from, to);
      expect([states[0]?.from, states.at(-1)?.to]).toEqual([from, to]);
      for (const [index, span] of states.entries()) {
        const next = states[index + 1];
        if (next) expect([next.from, `${next.state} ${String(next.stop)}`]).not.toEqual([next.from, `${span.state} ${String(span.stop)}`]);
        expect(next?.from ?? to).toBe(span.to);
        const middle = Math.floor((span.from + span.to) / 2);
        for (const ts of [span.from, middle, span.to - 1]) expect([ts, span.state, span.stop]).toEqual([ts, ...stateAt(spans, ts)]);
      }
    }),
    { numRuns: 60 },
  );
});

test('a group is the sum of its lines', async () => {
  const lines = ['mill-1', 'mill-2', 'mill-always'];
  now = start + 10 * hourMs;
  for (const [index, line] of lines.entries()) await keep(millReadings(index + 3, 10, line), line);
  const [from, to] = [start + hourMs, start + 9 * hourMs];
  const cut = start + 5 * hourMs;
  const [[whole] = [], [one] = []] = await history.aggregates([lines, ['mill-2']], [{ from, to }]);
  const halves = await history.aggregates(
    [lines],
    [
      { from, to: cut },
      { from: cut, to },
    ],
  );
  const parts = await Promise.all(lines.map((line) => history.utilization(line, from, to)));
  const sum = (of: 'busySeconds' | 'runningSeconds' | 'unknownSeconds' | 'output'): number =>
    parts.reduce((total, part) => total + part[of], 0);
  for (const name of ['busySeconds', 'runningSeconds', 'unknownSeconds', 'output'] as const)
    expect(whole?.[name]).toBeCloseTo(sum(name), 6);
  expect(whole?.utilization).toBeCloseTo(sum('runningSeconds') / (sum('busySeconds') - sum('unknownSeconds')), 12);
  expect(one).toEqual(await history.utilization('mill-2', from, to));
  expect(halves[0]?.map(({ output }) => output).reduce((total, part) => total + part, 0)).toBeCloseTo(whole?.output ?? NaN, 6);
  const each = await history.lineSums(lines, from, to);
  expect(each.map(({ line, known }) => [line, known])).toEqual(lines.map((line) => [line, true]));
  expect((await history.lineSums(lines, from - dayMs, to - dayMs)).map(({ known }) => known)).toEqual([false, false, false]);
  expect(each.map(({ sums, scheduledMs, idealOutput }) => recordOf({ from, to, sums, scheduledMs, idealOutput }))).toEqual(parts);
  await expect(history.aggregates([['nobody']], [{ from, to }])).rejects.toThrow('no such line');
});

test('a batch worked out before readings of it came late is not saved after they were made good', async () => {
  now = start + hourMs;
  const at = (minutes: number, rest: object = {}): Reading => reading('mill-1', start + minutes * minuteMs, { hold: 60, ...rest });
  const readings = [at(1, { batch: 'A' }), at(20), at(30, { batch: 'B' })];
  const late = at(10);
  await keep(readings);
  let isLate = false;
  const overtaken: Store = {
    ...store,
    async *readings(query) {
      yield* store.readings(query);
      if (isLate) return;
      isLate = true;
      await put(store, [late], { dirty: [mark('mill-1', late.ts, late.ts)] });
      await store.writeDerived([
        { ...patch('mill-1', start, start + 15 * minuteMs), contexts: await store.contexts('mill-1', start, start + 15 * minuteMs) },
      ]);
    },
  };
  await createHistory({ store: overtaken, plant, clock }).batch('mill-1', 'A');
  expect([isLate, await store.dirty(), await store.savedBatches('mill-1')]).toEqual([true, [], []]);
  expect(await history.batch('mill-1', 'A')).toMatchObject({ readings: { total: 3 } });
  expect(await store.savedBatches('mill-1')).toMatchObject([{ batch: 'A', readings: { total: 3 } }]);
});

test('finished batches are saved unless readings of them are still being corrected, and outlive their readings', async () => {
  const readings = millReadings(11, 20);
  now = start + 20 * hourMs;
  await keep(readings);
  await put(store, [], { dirty: [mark('mill-1', start, start + 5)] });
  const batches = await history.batches('mill-1');
  expect(batches.map(({ batch }) => batch).sort()).toEqual(['A', 'B', 'C']);
  expect(batches.map(({ from }) => from)).toEqual(batches.map(({ from }) => from).sort((a, b) => b - a));
  for (const record of batches) {
    const own = inBatch(readings, record.batch);
    expect(record.readings.total).toBe(own.length);
    expect(record.from).toBe(own[0]?.ts);
    expect(record.metrics.speed?.max).toBe(Math.max(...own.map(({ metrics }) => Number(metrics.speed))));
    expect(await history.batch('mill-1', record.batch)).toEqual(record);
  }
  expect(await store.savedBatches('mill-1')).toEqual([]);
  await store.writeDerived([patch('mill-1', start - dayMs, start + 6)]);
  await history.batches('mill-1');
  const saved = await store.savedBatches('mill-1');
  expect(saved.length).toBeGreaterThanOrEqual(2);
  await expire();
  expect(await history.batches('mill-1')).toEqual(saved);
  expect(await history.batch('mill-1', 'nobody')).toBeNull();
});

test('figures of whole minutes stay true after the readings they were made of are gone', async () => {
  now = start + 30 * hourMs;
  await keep(millReadings(7, 30));
  const windows = [0, 5, 11].map((hour) => [start + hour * hourMs, start + (hour + 8) * hourMs] as const);
  const before = await Promise.all(windows.map(([from, to]) => history.utilization('mill-1', from, to)));
  expect(before.every(({ runningSeconds }) => runningSeconds > 0)).toBe(true);
  await expire();
  expect((await store.size()).readings).toBe(0);
  expect(await Promise.all(windows.map(([from, to]) => history.utilization('mill-1', from, to)))).toEqual(before);
  now += dayMs;
  const later = [reading('mill-1', now, { state: 'running', hold: 900 }), reading('mill-1', now + 15 * minuteMs, { state: 'idle' })];
  await store.writeDerived([patch('mill-1', now, now + hourMs, { fresh: true, checkpoints: [] })]);
  await put(store, later);
  expect(await Promise.all(windows.map(([from, to]) => history.utilization('mill-1', from, to)))).toEqual(before);
});

/** Lets everything raw grow old and be dropped. */
async function expire(): Promise<void> {
  await store.maintain(now + 2 * hourMs);
  now += 20 * dayMs;
  await store.maintain(now);
}

function stateAt(spans: ReturnType<typeof heldSpans>, ts: number): [State, string | null] {
  const span = spans.find(({ from, to }) => from <= ts && ts < to);
  return span ? [span.state as State, span.stop] : ['unknown', null];
}

function inBatch(readings: readonly Reading[], batch: string): Reading[] {
  let inForce: string | null = null;
  return readings.filter((one) => {
    if (one.batch !== undefined) inForce = one.batch;
    return inForce === batch;
  });
}

test('what was delivered late is told, with the figures there were without it', async () => {
  const one = (second: number, lagSeconds: number): Reading => ({
    ...reading('mill-1', start + second * 1000, { state: 'running', hold: 10 }),
    receivedAt: start + (second + lagSeconds) * 1000,
  });
  const times = Array.from({ length: 180 }, (_, index) => index * 10);
  const late = (second: number): boolean => second >= 600 && second < 1200;
  now = start + 1800 * 1000;
  await keep(times.map((second) => one(second, late(second) ? 1210 - second + 60 : 0)));
  const { spans, before } = await history.backfills('mill-1', start, now);
  expect(spans).toEqual([
    { from: start + 600_000, to: start + 1_200_000, receivedFrom: start + 1_270_000, receivedTo: start + 1_270_000, readings: 60 },
  ]);
  const after = await history.utilization('mill-1', start, now);
  // Whether or not a shift runs then.
  expect((before?.runningSeconds ?? 0) + (before?.overtimeSeconds ?? 0)).toBe(after.runningSeconds + after.overtimeSeconds - 600);
  expect(await history.backfills('mill-1', start, start + 600_000)).toEqual({ spans: [], before: null });
});

test('a clock that is an hour behind makes nothing late', async () => {
  now = start + 1800 * 1000;
  const lagging = Array.from({ length: 60 }, (_, index) => ({
    ...reading('mill-1', start + index * 10_000),
    receivedAt: start + index * 10_000 + hourMs,
  }));
  await keep(lagging);
  expect((await history.backfills('mill-1', start, now)).spans).toEqual([]);
});
