/**
 * What every store must do. Comes in: a way to open a store again and again in one place. Goes out: tests.
 * They speak only of the interface; files, sorting and retention of one kind of store are tested beside it.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Point } from '../contract/api.ts';
import type { BatchRecord, MinuteRow } from '../contract/figures.ts';
import type { Reading } from '../contract/reading.ts';
import {
  all,
  dayMs,
  hostileTexts,
  hourMs,
  inOrder,
  mark,
  minuteMs,
  minuteRow,
  patch,
  put,
  reading,
  sampleReadings,
  start,
} from './sample.suite.ts';
import { batchSuite } from './batch.suite.ts';
import { reclassificationsSuite } from './reclassifications.suite.ts';
import type { Checkpoint, ContextChange, Store } from './store.ts';
import { minutesOf } from './runs.ts';
import { totalsOf } from './totals.ts';
import { expectSums, totalsSuite } from './totals.suite.ts';

/** One place for a store: what one opening leaves, the next one finds. */
export interface StoreHome {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** Lines `mill-1` and `mill-2` of the test plant must be in the store's plant. */
export function storeSuite(name: string, makeHome: () => Promise<StoreHome>): void {
  describe(name, () => {
    let home: StoreHome;
    let store: Store;
    beforeEach(async () => {
      home = await makeHome();
      store = await home.open();
    });
    afterEach(async () => {
      await store.close();
      await home.remove();
    });
    const reopen = async (): Promise<void> => {
      await store.close();
      store = await home.open();
    };

    reclassificationsSuite(() => store, reopen);

    describe('readings', () => {
      test('an empty store knows nothing and says so', async () => {
        expect(await store.cursor()).toEqual({ position: 0, counts: { stored: 0, duplicate: 0, rejected: {} } });
        expect(await all(store, ['mill-1', 'nobody'])).toEqual([]);
        expect(await store.known([{ line: 'mill-1', ts: start }])).toEqual([]);
        expect(await store.heads()).toEqual(new Map());
        expect(await store.dirty()).toEqual([]);
        expect(await store.undeclaredMetrics()).toEqual(new Map());
        expect(await store.checkpoint('mill-1', start)).toBeNull();
        expect(await store.lastCheckpoints()).toEqual([]);
        expect(await store.minutes(['mill-1'], 0, start)).toEqual([]);
        expect(await store.sums(['mill-1'], 0, start)).toEqual(new Map());
        expect(await store.contexts('mill-1', 0, start)).toEqual([]);
        expect(await store.series('mill-1', 'speed', 0, start, 10)).toEqual([]);
        expect(await store.savedBatches('mill-1')).toEqual([]);
        expect(await store.rejections('mill-1', 10)).toEqual([]);
        expect([0, null]).toContain((await store.size()).readings);
      });

      test('come back as they were, sorted by line and time, in whatever order they came', async () => {
        const given = [...sampleReadings('mill-2', start, 300), ...sampleReadings('mill-1', start + 500, 300)];
        const mixed = given.toSorted((a, b) => ((a.ts * 7919) % 1009) - ((b.ts * 7919) % 1009));
        await put(store, mixed.slice(0, 400));
        await put(store, mixed.slice(400));
        expect(await all(store, ['mill-2', 'mill-1', 'mill-2'])).toStrictEqual(inOrder(given));
        await reopen();
        expect(await all(store, ['mill-1', 'mill-2'])).toStrictEqual(inOrder(given));
        expect([600, null]).toContain((await store.size()).readings);
      });

      test('of a window: its start is in it, its end is not; only the metrics asked for', async () => {
        const given = sampleReadings('mill-1', start, 100);
        await put(store, given);
        expect(await all(store, ['mill-1'], start + 10_000, start + 20_000)).toEqual(given.slice(10, 20));
        const some = await all(store, ['mill-1'], start, start + 13_000, ['made', 'temperature', 'nothing']);
        const only = ({ metrics }: Reading): object =>
          Object.fromEntries(Object.entries(metrics).filter(([name]) => name === 'made' || name === 'temperature'));
        expect(some).toEqual(given.slice(0, 13).map((one) => ({ ...one, metrics: only(one) })));
      });

      test('keep apart what is absent, null and a text', async () => {
        const given = [
          reading('mill-1', start),
          reading('mill-1', start + 1, { order: null, batch: '', design: '~', product: 'x' }),
          reading('mill-1', start + 2, { order: '', batch: null, design: null, product: null }),
          reading('mill-1', start + 3, { metrics: { speed: null, colour: '', open: false, other: null, made: 0 } }),
        ];
        await put(store, given);
        await reopen();
        expect(await all(store, ['mill-1'])).toStrictEqual(given);
      });

      test('keep values of another kind than their metric is declared, and undeclared ones', async () => {
        const given = [
          reading('mill-1', start, { metrics: { colour: 7, open: 'ajar', spare: true, note: 'hm', level: -1.5e-9 } }),
          reading('mill-1', start + 1, { metrics: { colour: true, open: 1, note: null } }),
        ];
        await put(store, given);
        expect(await all(store, ['mill-1'])).toStrictEqual(given);
        expect(await all(store, ['mill-1'], 0, start + 1, ['colour', 'note'])).toEqual([
          reading('mill-1', start, { metrics: { colour: 7, note: 'hm' } }),
        ]);
        expect(await store.undeclaredMetrics()).toEqual(new Map([['mill-1', ['spare', 'note', 'level']]]));
        await reopen();
        expect(await store.undeclaredMetrics()).toEqual(new Map([['mill-1', ['spare', 'note', 'level']]]));
      });

      test('carry texts and names nobody would choose through unharmed', async () => {
        const given = hostileTexts.map((text, index) =>
          reading('mill-1', start + index, {
            order: text,
            product: text,
            stop: text,
            metrics: Object.fromEntries<number | string>([
              ['colour', text],
              [text, index + 0.5],
            ]),
          }),
        );
        await put(store, given);
        await reopen();
        expect(await all(store, ['mill-1'])).toStrictEqual(given);
        for (const [index, text] of hostileTexts.entries()) {
          expect(await store.series('mill-1', text, start + index, start + index + 1, 1)).toEqual([
            [start + index, index + 0.5, index + 0.5, index + 0.5],
          ]);
          const [one] = await all(store, ['mill-1'], start + index, start + index + 1, [text]);
          expect(Object.entries(one?.metrics ?? {})).toEqual([[text, index + 0.5]]);
        }
        expect(new Set((await store.undeclaredMetrics()).get('mill-1'))).toEqual(new Set(hostileTexts));
      });

      test('of the year 2000 and of today lie side by side; heads are the newest, not the last to come', async () => {
        const old = Date.parse('2000-01-02T00:00:00Z');
        await put(store, [reading('mill-1', start + 5, { receivedAt: start + 9 })]);
        await put(store, [reading('mill-1', old, { receivedAt: start + 10 }), reading('mill-2', start - 7)]);
        const heads = new Map([
          ['mill-1', start + 5],
          ['mill-2', start - 7],
        ]);
        expect(await store.heads()).toEqual(heads);
        await reopen();
        expect(await store.heads()).toEqual(heads);
        expect((await all(store, ['mill-1'])).map(({ ts, receivedAt }) => [ts, receivedAt])).toEqual([
          [old, start + 10],
          [start + 5, start + 9],
        ]);
      });

      test('are known by line and time', async () => {
        await put(store, sampleReadings('mill-1', start, 50));
        await put(store, sampleReadings('mill-2', start + 500, 50));
        const keys = Array.from({ length: 3000 }, (_, index) => ({ line: index % 2 === 0 ? 'mill-1' : 'mill-2', ts: start + index * 250 }));
        const known = await store.known([...keys, { line: 'nobody', ts: start }, { line: 'mill-1', ts: 0 }]);
        const expected = keys.filter(
          ({ line, ts }) => ts < start + 50_000 && (line === 'mill-1' ? (ts - start) % 1000 === 0 : (ts - start) % 1000 === 500),
        );
        const sorted = (list: readonly { line: string; ts: number }[]): string[] =>
          list.map(({ line, ts }) => `${line} ${String(ts)}`).sort();
        expect(expected).toHaveLength(50);
        expect(sorted(known)).toEqual(sorted(expected));
      });

      test('stay one snapshot while more is written', async () => {
        const given = sampleReadings('mill-1', start, 9_000);
        await put(store, given);
        const seen: Reading[] = [];
        for await (const chunk of store.readings({ lines: ['mill-1'], from: 0, to: start + dayMs, metrics: [] })) {
          if (seen.length === 0) await put(store, sampleReadings('mill-1', start + hourMs * 5, 3000));
          seen.push(...chunk);
        }
        expect(seen.map(({ ts }) => ts)).toEqual(given.map(({ ts }) => ts));
        for await (const _chunk of store.readings({ lines: ['mill-1'], from: 0, to: start + dayMs })) break;
        expect(await all(store, ['mill-1'], 0, start + dayMs, [])).toHaveLength(12_000);
      });
    });

    batchSuite(() => store, reopen);

    describe('derived rows', () => {
      const checkpoint = (line: string, at: number, carry = `{"at":${String(at)}}`): Checkpoint => ({ line, at, carry });
      const change = (ts: number, batch: string | null): ContextChange => ({
        line: 'mill-1',
        ts,
        batch,
        order: null,
        design: 'd',
        product: null,
      });

      test('minutes and their sums over days, stops among them', async () => {
        const rows = Array.from({ length: 3000 }, (_, index) =>
          minuteRow('mill-1', start + index * minuteMs, {
            runningMs: index % 60_000,
            output: index / 4,
            faults: index % 2,
            stops: index % 3 === 0 ? { [hostileTexts[index % 16] ?? '']: { count: 1, ms: index }, jam: { count: 2, ms: 7 } } : {},
          }),
        );
        const others = rows.map((row) => ({ ...row, line: 'mill-2', idleMs: 5 }));
        await store.writeDerived([
          patch('mill-1', start, start + 3000 * minuteMs, { fresh: true, minutes: rows }),
          patch('mill-2', start, start + 3000 * minuteMs, { fresh: true, minutes: others }),
        ]);
        await reopen();
        const from = start + 100 * minuteMs;
        const to = start + 2900 * minuteMs;
        const inside = [...rows, ...others].filter(({ minute }) => minute >= from && minute < to);
        expect(await store.minutes(['mill-2', 'mill-1'], from, to)).toEqual(inside);
        const sums = await store.sums(['mill-1', 'mill-2', 'nobody'], from, to);
        expect([...sums.keys()].sort()).toEqual(['mill-1', 'mill-2']);
        expectSums(
          sums.get('mill-2'),
          others.filter(({ minute }) => minute >= from && minute < to),
        );
      });

      test('runs of minutes are the minutes they stand for, in the rows, in the sums and in what takes their place', async () => {
        const stops = { jam: { count: 0, ms: 60_000 } };
        const runs = [
          { ...minuteRow('mill-1', start + 10 * minuteMs, { output: 0, runningMs: 60_000 }), count: 3000 },
          { ...minuteRow('mill-1', start + 4000 * minuteMs, { output: 0, runningMs: 0, stoppedMs: 60_000, stops }), count: 700 },
        ];
        const minutes = [minuteRow('mill-1', start + 3500 * minuteMs, { output: 7 })];
        const given = patch('mill-1', start, start + 5000 * minuteMs, { fresh: true, minutes, runs });
        await store.writeDerived([given]);
        await reopen();
        const expected = [...minutesOf(given)].sort((a, b) => a.minute - b.minute);
        expect(await store.minutes(['mill-1'], 0, start + 5000 * minuteMs)).toEqual(expected);
        expectSums((await store.sums(['mill-1'], start, start + 5000 * minuteMs)).get('mill-1'), expected);
        const slices = [100, 333, 1700, 2999, 3100, 4001, 4390].map((minute) => ({
          from: start + minute * minuteMs,
          to: start + (minute + 617) * minuteMs,
        }));
        const within = ({ from, to }: (typeof slices)[number]): MinuteRow[] =>
          expected.filter(({ minute }) => minute >= from && minute < to);
        const [totals] = await totalsOf(store, [['mill-1']], slices);
        for (const [index, slice] of slices.entries()) {
          expect(await store.minutes(['mill-1'], slice.from, slice.to)).toEqual(within(slice));
          expectSums((await store.sums(['mill-1'], slice.from, slice.to)).get('mill-1'), within(slice));
          expectSums(totals?.[index], within(slice));
        }
        await store.writeDerived([
          patch('mill-1', start + 100 * minuteMs, start + 4100 * minuteMs, {
            runs: [{ ...minuteRow('mill-1', start + 200 * minuteMs), count: 2 }],
          }),
        ]);
        expect(await store.minutes(['mill-1'], 0, start + 5000 * minuteMs)).toHaveLength(90 + 2 + 600);
      });

      totalsSuite(() => store, reopen);

      test('a patch takes the place of what was there, and of nothing else', async () => {
        const whole = (line: string, output: number): Parameters<typeof patch>[3] => ({
          minutes: Array.from({ length: 100 }, (_, index) => minuteRow(line, start + index * minuteMs, { output })),
          checkpoints: Array.from({ length: 10 }, (_, index) => checkpoint(line, start + index * 10 * minuteMs, String(output))),
          contexts: line === 'mill-1' ? [change(start, 'A'), change(start + 40 * minuteMs, 'B'), change(start + 80 * minuteMs, null)] : [],
        });
        const end = start + 100 * minuteMs;
        await store.writeDerived([
          patch('mill-1', start, end, { fresh: true, ...whole('mill-1', 1) }),
          patch('mill-2', start, end, { fresh: true, ...whole('mill-2', 1) }),
        ]);
        const [from, to] = [start + 30 * minuteMs, start + 60 * minuteMs];
        await store.writeDerived([
          patch('mill-1', from, to, {
            minutes: [minuteRow('mill-1', start + 45 * minuteMs, { output: 2 })],
            checkpoints: [checkpoint('mill-1', start + 50 * minuteMs, '2')],
            contexts: [change(start + 50 * minuteMs, 'C')],
          }),
        ]);
        await reopen();
        const minutes = await store.minutes(['mill-1'], 0, end);
        expect(minutes.map(({ minute, output }) => [(minute - start) / minuteMs, output])).toEqual([
          ...Array.from({ length: 30 }, (_, index) => [index, 1]),
          [45, 2],
          ...Array.from({ length: 40 }, (_, index) => [index + 60, 1]),
        ]);
        expect((await store.checkpoints('mill-1', 0, end)).map(({ at, carry }) => [(at - start) / minuteMs, carry])).toEqual([
          ...[0, 10, 20].map((at) => [at, '1']),
          [50, '2'],
          ...[60, 70, 80, 90].map((at) => [at, '1']),
        ]);
        expect((await store.contexts('mill-1', 0, end)).map(({ batch }) => batch)).toEqual(['A', 'C', null]);
        expect(await store.minutes(['mill-2'], 0, end)).toHaveLength(100);
        expect(await store.checkpoints('mill-2', from, to)).toHaveLength(3);
      });

      test('checkpoints are found by time, the newest of each line too', async () => {
        const list = [0, 10, 20, 3000].map((minute) => checkpoint('mill-1', start + minute * minuteMs));
        await store.writeDerived([
          patch('mill-1', start, start + 3 * dayMs, { fresh: true, checkpoints: list }),
          patch('mill-2', start, start + dayMs, { fresh: true, checkpoints: [checkpoint('mill-2', start, hostileTexts.join('|'))] }),
        ]);
        await reopen();
        expect(await store.checkpoint('mill-1', start - 1)).toBeNull();
        expect(await store.checkpoint('mill-1', start)).toEqual(list[0]);
        expect(await store.checkpoint('mill-1', start + 20 * minuteMs - 1)).toEqual(list[1]);
        expect(await store.checkpoint('mill-1', start + 2 * dayMs)).toEqual(list[2]);
        expect(await store.checkpoint('mill-1', Number.MAX_SAFE_INTEGER - 1)).toEqual(list[3]);
        expect((await store.lastCheckpoints()).toSorted((a, b) => a.line.localeCompare(b.line))).toEqual([
          list[3],
          checkpoint('mill-2', start, hostileTexts.join('|')),
        ]);
        expect(await store.checkpoints('mill-1', start + 10 * minuteMs, start + 3000 * minuteMs)).toEqual(list.slice(1, 3));
      });

      test('context changes come with the one in force at the start', async () => {
        const far = start + 70 * dayMs;
        const list = [change(start, ''), change(start + 5000, null), change(far, '~x')];
        await store.writeDerived([patch('mill-1', start, far + minuteMs, { fresh: true, contexts: list })]);
        await reopen();
        expect(await store.contexts('mill-1', 0, far + 1)).toEqual(list);
        expect(await store.contexts('mill-1', start, start + 1)).toEqual([list[0]]);
        expect(await store.contexts('mill-1', start + 1, start + 5001)).toEqual(list.slice(0, 2));
        expect(await store.contexts('mill-1', far - dayMs, far)).toEqual([list[1]]);
        expect(await store.contexts('mill-1', far - dayMs, far + 1)).toEqual(list.slice(1));
        expect(await store.contexts('mill-1', 0, start)).toEqual([]);
      });

      test('clear the dirty marks they cover, and what they cover of others', async () => {
        await put(store, [], { dirty: [mark('mill-1', 100, 200), mark('mill-1', 150, 300), mark('mill-2', 100, 100)] });
        expect(await store.dirty()).toEqual([mark('mill-1', 100, 300), mark('mill-2', 100, 100)]);
        await store.writeDerived([patch('mill-1', 0, 250)]);
        await put(store, [], { dirty: [mark('mill-1', 900, 950)] });
        await reopen();
        expect((await store.dirty()).toSorted((a, b) => a.line.localeCompare(b.line))).toEqual([
          mark('mill-1', 250, 300),
          mark('mill-1', 900, 950),
          mark('mill-2', 100, 100),
        ]);
        await store.writeDerived([patch('mill-2', 0, 100), patch('mill-1', 0, Number.MAX_SAFE_INTEGER)]);
        expect(await store.dirty()).toEqual([mark('mill-2', 100, 100)]);
      });

      test('drop the saved batches they touch', async () => {
        const record = (batch: string, from: number, to: number): BatchRecord => ({
          ...{ line: 'mill-1', batch, product: hostileTexts[3] ?? '', from, to, readings: { running: 1, stopped: 0, total: 1 } },
          ...{ runningSeconds: 1, stoppedSeconds: 0, unknownSeconds: 0, counters: { made: 3 } },
          metrics: { speed: { meanRunning: 0.1, min: null, max: 2, maxRunning: 3 } },
        });
        const [a, b] = [record('a', start, start + minuteMs), record(hostileTexts[4] ?? '', start + dayMs, start + dayMs + minuteMs)];
        await store.saveBatch({ ...a, runningSeconds: 9 });
        await store.saveBatch(a);
        await store.saveBatch(b);
        await reopen();
        expect(await store.savedBatches('mill-1')).toEqual([b, a]);
        await store.writeDerived([
          patch('mill-1', start + 2 * minuteMs, start + hourMs, { fresh: true }),
          patch('mill-2', 0, start + 9 * dayMs),
        ]);
        expect(await store.savedBatches('mill-1')).toEqual([b, a]);
        await store.writeDerived([patch('mill-1', start + minuteMs, start + 2 * minuteMs, { fresh: true })]);
        expect(await store.savedBatches('mill-1')).toEqual([b]);
        const edition = await store.edition('mill-1');
        await store.writeDerived([patch('mill-2', start, start + minuteMs)]);
        await store.saveBatch({ ...b, runningSeconds: 9 }, edition);
        expect(await store.savedBatches('mill-1')).toEqual([{ ...b, runningSeconds: 9 }]);
        await store.writeDerived([patch('mill-1', start, start + minuteMs)]);
        await store.saveBatch(b, edition);
        expect(await store.savedBatches('mill-1')).toEqual([{ ...b, runningSeconds: 9 }]);
        await store.saveBatch(b, await store.edition('mill-1'));
        expect(await store.savedBatches('mill-1')).toEqual([b]);
      });
    });

    describe('series', () => {
      test('are the minimum, maximum and mean of each slice, as a naive reckoning has them', async () => {
        const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.boolean(), fc.constantFrom(null, 'text', '12'));
        const given = fc.uniqueArray(
          fc.record({ at: fc.integer({ min: 0, max: 50_000 }), metric: fc.constantFrom('speed', 'open', 'colour', 'own'), value }),
          {
            selector: ({ at }) => at,
            maxLength: 60,
          },
        );
        let base = start;
        const shape = fc.record({
          given,
          from: fc.integer({ min: -100, max: 40_000 }),
          length: fc.integer({ min: 1, max: 60_000 }),
          points: fc.integer({ min: 1, max: 20 }),
        });
        await fc.assert(
          fc.asyncProperty(shape, async ({ given, from, length, points }) => {
            base += dayMs;
            await put(
              store,
              given.map(({ at, metric, value }) => reading('mill-1', base + at, { metrics: { [metric]: value } })),
            );
            for (const metric of ['speed', 'open', 'colour', 'own']) {
              const values = given.filter((one) => one.metric === metric).map(({ at, value }) => ({ ts: base + at, value }));
              const answer = await store.series('mill-1', metric, base + from, base + from + length, points);
              expect(answer.length).toBeLessThanOrEqual(points);
              expectPoints(answer, naiveSeries(values, base + from, base + from + length, points));
            }
          }),
          { numRuns: 25 },
        );
      });
    });
  });
}

function naiveSeries(values: readonly { ts: number; value: unknown }[], from: number, to: number, points: number): Point[] {
  const step = Math.ceil((to - from) / points);
  const series: Point[] = [];
  for (let ts = from; ts < to; ts += step) {
    const inside = values
      .filter((one) => one.ts >= ts && one.ts < Math.min(to, ts + step))
      .flatMap(({ value }) => (typeof value === 'number' || typeof value === 'boolean' ? [Number(value)] : []));
    if (inside.length === 0) continue;
    series.push([ts, Math.min(...inside), Math.max(...inside), inside.reduce((sum, one) => sum + one, 0) / inside.length]);
  }
  return series;
}

function expectPoints(answer: readonly Point[], expected: readonly Point[]): void {
  expect(answer.map(([ts, min, max]) => [ts, min + 0, max + 0])).toEqual(expected.map(([ts, min, max]) => [ts, min + 0, max + 0]));
  for (const [index, [, , , mean]] of expected.entries()) expect(answer[index]?.[3]).toBeCloseTo(mean, 6);
}
