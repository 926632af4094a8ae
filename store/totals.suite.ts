/**
 * What every store's sums must be: those of the minute rows, for any groups of lines and slices of time, before and after upkeep.
 * Comes in: the store as it is open at the time. Goes out: tests.
 */
import { expect, test } from 'vitest';
import type { MinuteRow, Sums } from '../contract/figures.ts';
import { dayMs, hostileTexts, hourMs, minuteMs, minuteRow, patch, start } from './sample.suite.ts';
import type { Store } from './store.ts';
import { totalsOf } from './totals.ts';

export function totalsSuite(store: () => Store, reopen: () => Promise<void>): void {
  test('totals of groups and slices are the sums of their minutes, wherever those lie by now', async () => {
    const days = 40;
    const rowsOf = (line: string, salt: number): MinuteRow[] =>
      Array.from({ length: days * 4 }, (_, index) =>
        minuteRow(line, start + index * 6 * hourMs + (index % 7) * minuteMs, {
          ...{ runningMs: 1000 + index, plannedMs: salt, output: index + salt / 4, faults: index % 2 },
          stops: index % 3 === 0 ? { jam: { count: 1, ms: index }, [hostileTexts[3] ?? '']: { count: 2, ms: salt } } : {},
        }),
      );
    const rows = new Map([
      ['mill-1', rowsOf('mill-1', 1)],
      ['mill-2', rowsOf('mill-2', 2)],
    ]);
    const end = start + days * dayMs;
    for (const [line, minutes] of rows) await store().writeDerived([patch(line, start, end, { fresh: true, minutes })]);
    const late = minuteRow('mill-1', start + 31 * minuteMs, { stops: { late: { count: 1, ms: 9 } } });
    await store().writeDerived([patch('mill-1', late.minute, late.minute + minuteMs, { fresh: true, minutes: [late] })]);
    const [from, to] = [start + 3 * dayMs - hourMs, start + 9 * dayMs + hourMs];
    const anew = [minuteRow('mill-2', start + 5 * dayMs, { output: 7, stops: { jam: { count: 9, ms: 1 } } })];
    await store().writeDerived([patch('mill-2', from, to, { minutes: anew })]);
    rows.set('mill-1', [...(rows.get('mill-1') ?? []), late]);
    rows.set('mill-2', [...(rows.get('mill-2') ?? []).filter(({ minute }) => minute < from || minute >= to), ...anew]);
    const check = async (): Promise<void> => {
      const groups = [['mill-1', 'mill-2'], ['mill-2', 'nobody'], []];
      const cuts = [-dayMs, -hourMs, 30 * minuteMs, 17 * hourMs, 2 * dayMs, 12 * dayMs, 12 * dayMs + minuteMs, 30 * dayMs, 41 * dayMs];
      const slices = cuts.slice(1).map((cut, index) => ({ from: start + (cuts[index] ?? 0), to: start + cut }));
      const hours = Array.from({ length: 60 }, (_, hour) => ({ from: start + (hour - 3) * hourMs, to: start + (hour - 2) * hourMs }));
      const dates = Array.from({ length: days + 3 }, (_, day) => ({
        from: start + (day - 1) * dayMs - 8 * hourMs,
        to: start + day * dayMs - 8 * hourMs,
      }));
      for (const asked of [slices, hours, slices.slice(7), dates]) {
        const totals = await totalsOf(store(), groups, asked);
        for (const [group, lines] of groups.entries()) {
          for (const [index, slice] of asked.entries()) {
            const own = lines.flatMap((line) => rows.get(line) ?? []);
            expectSums(
              totals[group]?.[index],
              own.filter(({ minute }) => minute >= slice.from && minute < slice.to),
            );
          }
        }
      }
      const all = [...rows.values()].flat();
      const [[whole] = []] = await totalsOf(store(), [['mill-1', 'mill-2']], [{ from: start - dayMs, to: end + dayMs }]);
      expectSums(whole, all);
      const sums = await store().sums(['mill-1', 'mill-2'], start - dayMs, end + dayMs);
      for (const line of ['mill-1', 'mill-2']) expectSums(sums.get(line), rows.get(line) ?? []);
    };
    await check();
    await store().maintain(end + 2 * dayMs);
    await check();
    await reopen();
    await check();
  });
}

export function expectSums(sums: Sums | undefined, rows: readonly MinuteRow[]): void {
  const total = (of: (row: MinuteRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  for (const name of [
    'runningMs',
    'setupMs',
    'idleMs',
    'stoppedMs',
    'faultMs',
    'plannedMs',
    'overtimeMs',
    'output',
    'scrap',
    'faults',
  ] as const) {
    expect(sums?.[name]).toBe(total((row) => row[name]));
  }
  const stops = new Map<string, { count: number; ms: number }>();
  for (const [stop, { count, ms }] of rows.flatMap((row) => Object.entries(row.stops))) {
    const sum = stops.get(stop) ?? { count: 0, ms: 0 };
    stops.set(stop, { count: sum.count + count, ms: sum.ms + ms });
  }
  expect(new Map(Object.entries(sums?.stops ?? {}))).toEqual(stops);
}
