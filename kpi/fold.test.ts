/** The fold against the naive figures, over generated readings; and the laws every window keeps. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarSchema } from '../contract/calendar.ts';
import { equipmentTypeSchema } from '../contract/equipment.ts';
import type { MinuteRow, Sums } from '../contract/figures.ts';
import { states, type Reading } from '../contract/reading.ts';
import { naiveFigures, naiveStates, sortedOnce, type Said } from '../test/naive.ts';
import { createSchedule } from './calendar.ts';
import { advance, copyFold, createFold, lineKind, minuteMs, take, type Carry, type FoldSink } from './fold.ts';
import { createReclassified } from './reclassified.ts';
import { createSpanList } from './states.ts';
import { addSums, emptySums, recordOf } from './utilization.ts';

const type = equipmentTypeSchema.parse({
  id: 'mill',
  name: { zh: '磨', en: 'Mill' },
  expectSeconds: 5,
  holdSeconds: 40,
  state: { metric: 'speed', above: 0, then: 'running', otherwise: 'stopped' },
  output: { metric: 'made', scale: 2, unit: { zh: '件', en: 'pieces' }, idealPerHour: 3600 },
  scrap: { metric: 'waste' },
  metrics: {
    speed: { name: { zh: '速', en: 'Speed' }, unit: 'rpm', kind: 'gauge' },
    made: { name: { zh: '产', en: 'Made' }, unit: '1', kind: 'counter' },
    waste: { name: { zh: '废', en: 'Waste' }, unit: '1', kind: 'counter' },
  },
  stops: {
    jam: { state: 'stopped', name: { zh: '卡', en: 'Jam' } },
    broken: { state: 'fault', name: { zh: '坏', en: 'Broken' } },
    service: { state: 'planned', name: { zh: '保养', en: 'Service' } },
    ran: { state: 'running', name: { zh: '转', en: 'Ran' } },
  },
});
const calendar = calendarSchema.parse({
  shifts: [
    { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
    { id: 'night', start: '20:00', end: '06:00', breaks: [['00:10', '00:30']] },
  ],
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  holidays: ['2026-10-01'],
});
const timezone = 'Asia/Shanghai';
const schedule = createSchedule(calendar, timezone);
const kind = lineKind('mill-1', type, schedule);

/** Around a working evening, a midnight break, the end of a night shift, a holiday and a Sunday. */
const starts = ['2026-09-30T19:58:00+08:00', '2026-10-03T23:55:00+08:00', '2026-10-04T05:50:00+08:00', '2026-10-02T11:50:00+08:00'].map(
  (text) => Date.parse(text),
);
const spanMs = 45 * 60_000;

const readingArbitrary = (start: number): fc.Arbitrary<Reading> =>
  fc
    .record(
      {
        ts: fc.integer({ min: 0, max: spanMs }).map((offset) => start + offset),
        state: fc.constantFrom(...states),
        stop: fc.constantFrom('jam', 'broken', 'service'),
        hold: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.double({ min: 0, max: 60, noNaN: true })),
        batch: fc.constantFrom('a', 'b', null),
        metrics: fc.record(
          { speed: fc.integer({ min: 0, max: 2 }), made: fc.integer({ min: 0, max: 50 }), waste: fc.integer({ min: 0, max: 9 }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['ts', 'metrics'] },
    )
    .map((reading) => ({ line: 'mill-1', receivedAt: start, ...reading }));

const scenario = fc.constantFrom(...starts).chain((start) =>
  fc.record({
    start: fc.constant(start),
    readings: fc.array(readingArbitrary(start), { maxLength: 60 }),
    window: fc.tuple(fc.integer({ min: -600_000, max: spanMs + 600_000 }), fc.integer({ min: 1, max: spanMs })),
  }),
);

/** Rows of all time up to `now`, as the product makes them. */
function rowsOf(readings: readonly Reading[], now: number): MinuteRow[] {
  const rows: MinuteRow[] = [];
  const sink = { minute: (row: MinuteRow): number => rows.push(row), checkpoint: (): void => undefined };
  const fold = createFold(kind, null);
  for (const reading of readings) take(fold, reading, sink);
  advance(fold, Math.min(now, fold.carry?.holdUntil ?? now), sink);
  return fold.open ? [...rows, fold.open] : rows;
}

function sumsOf(rows: readonly MinuteRow[], from: number, to: number): Sums {
  const sums = emptySums();
  for (const row of rows) if (row.minute >= from && row.minute < to) addSums(sums, row);
  return sums;
}

function recordFor(readings: readonly Reading[], from: number, to: number, now: number): ReturnType<typeof recordOf> {
  const sums = sumsOf(rowsOf(readings, now), from, to);
  return recordOf({ from, to, sums, scheduledMs: schedule.scheduledMs(from, to), idealOutput: sums.runningMs / 1000 });
}

test('[KPI-3] [KPI-4] [KPI-6] equals the naive figures to the millisecond and the unit, for any readings', () => {
  fc.assert(
    fc.property(scenario, ({ start, readings, window: [offset, length] }) => {
      const from = Math.floor((start + offset) / 60_000) * 60_000;
      const to = from + Math.ceil(length / 60_000) * 60_000;
      const now = start + spanMs + 1_000_000;
      const { utilization, low, high, coverage, performance, quality, oee, ...record } = recordFor(sortedOnce(readings), from, to, now);
      expect(record).toEqual({ from, to, ...naiveFigures(readings, type, calendar, timezone, { from, to, now }) });
      for (const ratio of [utilization, low, high, coverage]) expect(ratio === null || (ratio >= 0 && ratio <= 1)).toBe(true);
      if (utilization !== null && low !== null && high !== null) {
        expect(low).toBeLessThanOrEqual(utilization);
        expect(utilization).toBeLessThanOrEqual(high);
      }
      expect([performance, quality, oee].every((value) => value === null || Number.isFinite(value))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('[KPI-1] a window split anywhere adds up to the whole', () => {
  fc.assert(
    fc.property(scenario, fc.integer({ min: 0, max: 45 }), ({ start, readings }, cut) => {
      const sorted = sortedOnce(readings);
      const rows = rowsOf(sorted, start + spanMs);
      const from = start - 60_000;
      const middle = Math.floor(from / 60_000) * 60_000 + cut * 60_000;
      const parts = emptySums();
      addSums(parts, sumsOf(rows, from, middle));
      addSums(parts, sumsOf(rows, middle, start + spanMs));
      expect(parts).toEqual(sumsOf(rows, from, start + spanMs));
      expect(schedule.scheduledMs(from, middle) + schedule.scheduledMs(middle, start + spanMs)).toBe(
        schedule.scheduledMs(from, start + spanMs),
      );
    }),
    { numRuns: 200 },
  );
});

test('a fold that goes on from any checkpoint gives the rows of one that never stopped', () => {
  fc.assert(
    fc.property(scenario, ({ start, readings }) => {
      const sorted = sortedOnce(readings);
      const saved: { at: number; carry: string }[] = [];
      const whole: MinuteRow[] = [];
      const fold = createFold(kind, null);
      const sink = {
        minute: (row: MinuteRow): number => whole.push(row),
        checkpoint: (at: number, carry: Carry): number => saved.push({ at, carry: JSON.stringify(carry) }),
      };
      for (const reading of sorted) take(fold, reading, sink);
      advance(fold, start + 2 * spanMs, sink);
      for (const { at, carry } of saved) {
        const again: MinuteRow[] = [];
        const resumed = createFold(kind, { at, carry: JSON.parse(carry) as Carry });
        for (const reading of sorted) if (reading.ts >= at) take(resumed, reading, { minute: (row) => again.push(row) });
        advance(resumed, start + 2 * spanMs, { minute: (row) => again.push(row) });
        expect(again).toEqual(whole.filter((row) => row.minute >= at));
        expect(JSON.stringify(resumed.carry)).toBe(JSON.stringify(fold.carry));
      }
    }),
    { numRuns: 200 },
  );
});

test('a copy of a fold goes its own way', () => {
  const fold = createFold(kind, null);
  const at = starts[0] ?? 0;
  take(fold, { line: 'mill-1', ts: at, receivedAt: at, stop: 'jam', metrics: { made: 1 } }, {});
  const before = JSON.stringify(fold.carry);
  const copy = copyFold(fold);
  take(copy, { line: 'mill-1', ts: at + 1000, receivedAt: at, metrics: { made: 5 } }, {});
  expect(JSON.stringify(fold.carry)).toBe(before);
  expect(fold.open).toBeNull();
});

test('runs of minutes alike are the very minutes they stand for', () => {
  const long = fc.array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 * 3_600_000 }),
      state: fc.constantFrom(...states),
      stop: fc.constantFrom('jam', 'broken', 'service', undefined),
      hold: fc.constantFrom(0, 60, 7200, 10_800.5),
      made: fc.integer({ min: 0, max: 50 }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.boolean(), long, (start, whole, steps) => {
      const [single, inRuns]: [MinuteRow[], MinuteRow[]] = [[], []];
      const folds = [createFold(kind, null), createFold(kind, null)] as const;
      const sinks = [
        { minute: (row: MinuteRow): number => single.push(row) },
        {
          minute: (row: MinuteRow): number => inRuns.push(row),
          run: (row: MinuteRow, count: number): void => {
            for (let place = 0; place < count; place += 1) inRuns.push({ ...row, minute: row.minute + place * minuteMs });
          },
        },
      ] as const;
      let ts = start;
      for (const { gap, state, stop, hold, made } of steps) {
        ts += whole ? Math.ceil(gap / minuteMs) * minuteMs : gap;
        const reading = { line: 'mill-1', ts, receivedAt: ts, state, ...(stop === undefined ? {} : { stop }), hold, metrics: { made } };
        take(folds[0], reading, sinks[0]);
        take(folds[1], reading, sinks[1]);
      }
      advance(folds[0], ts + 4 * 3_600_000, sinks[0]);
      advance(folds[1], ts + 4 * 3_600_000, sinks[1]);
      expect(inRuns).toEqual(single);
      expect(folds[1].carry).toEqual(folds[0].carry);
    }),
    { numRuns: 300 },
  );
});

test('a minute is over as soon as a reading comes after it, whatever that reading says', () => {
  const start = Date.parse('2026-09-30T09:00:00+08:00');
  const rows: MinuteRow[] = [];
  const fold = createFold(kind, null);
  const sink = { minute: (row: MinuteRow): number => rows.push(row) };
  take(fold, { line: 'mill-1', ts: start, receivedAt: start, state: 'running', hold: 10, metrics: {} }, sink);
  expect(rows).toEqual([]);
  take(fold, { line: 'mill-1', ts: start + 86_400_000, receivedAt: start, state: 'unknown', metrics: {} }, sink);
  expect(rows.map(({ minute, runningMs }) => [minute, runningMs])).toEqual([[start, 10_000]]);
});

/** A handful of things said, in order, of stretches around and within the readings. */
const saidArbitrary = (start: number): fc.Arbitrary<Said[]> =>
  fc.array(
    fc
      .record({
        from: fc.integer({ min: -60_000, max: spanMs }).map((offset) => start + offset),
        length: fc.integer({ min: 0, max: spanMs / 2 }),
        stop: fc.constantFrom('jam', 'broken', 'service', 'ran', 'no-code', null),
      })
      .map(({ from, length, stop }) => ({ from, to: from + length, stop })),
    { maxLength: 5 },
  );

const restatedScenario = scenario.chain((given) => saidArbitrary(given.start).map((said) => ({ ...given, said })));

test('[KPI-10] what was said of stops equals the naive figures and states, whatever was said, however it overlaps', () => {
  fc.assert(
    fc.property(restatedScenario, ({ start, readings, said, window: [offset, length] }) => {
      const from = Math.floor((start + offset) / 60_000) * 60_000;
      const to = from + Math.ceil(length / 60_000) * 60_000;
      const now = start + spanMs + 1_000_000;
      const rows: MinuteRow[] = [];
      const spans = createSpanList(from, to);
      const fold = createFold(kind, null, createReclassified(said));
      const sink: FoldSink = {
        minute: (row) => rows.push(row),
        span: (span) => {
          spans.add(span);
        },
      };
      for (const reading of sortedOnce(readings)) take(fold, reading, sink);
      advance(fold, Math.min(now, fold.carry?.holdUntil ?? now), sink);
      const sums = sumsOf(fold.open ? [...rows, fold.open] : rows, from, to);
      const record = recordOf({ from, to, sums, scheduledMs: schedule.scheduledMs(from, to), idealOutput: 0 });
      expect(record).toMatchObject({ ...naiveFigures(readings, type, calendar, timezone, { from, to, now }, said) });
      expect(spans.finish()).toEqual(naiveStates(readings, type, { from, to, now }, said));
    }),
    { numRuns: 300 },
  );
});

test('[KPI-10] a fold that goes on from a checkpoint amid a reclassified stop knows what the readings said', () => {
  const begin = Date.parse('2026-10-02T09:00:00+08:00');
  const at = (minute: number, rest: Partial<Reading>): Reading => ({
    line: 'mill-1',
    ts: begin + minute * minuteMs,
    receivedAt: begin,
    hold: 3600,
    metrics: {},
    ...rest,
  });
  const said = createReclassified([{ from: begin, to: begin + 5 * minuteMs, stop: 'service' }]);
  const saved: { at: number; carry: string }[] = [];
  const first = createFold(kind, null, said);
  take(first, at(1, { stop: 'jam' }), {});
  take(first, at(7, {}), { checkpoint: (time, carry) => saved.push({ at: time, carry: JSON.stringify(carry) }) });
  expect(first.carry).toMatchObject({ state: 'stopped', stop: 'jam' });
  const [checkpoint] = saved;
  if (!checkpoint) throw new Error('five minutes were crossed');
  const carry = JSON.parse(checkpoint.carry) as Carry;
  expect(carry).toMatchObject({ state: 'planned', stop: 'service', original: { state: 'stopped', stop: 'jam' } });
  const second = createFold(kind, { at: checkpoint.at, carry }, said);
  take(second, at(7, {}), {});
  expect(second.carry).toEqual(first.carry);
  expect(second.carry).not.toHaveProperty('original');
});
