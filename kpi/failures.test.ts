/** MTBF and MTTR out of sums: the means and their count, of one line and of several. */
import { expect, test } from 'vitest';
import { failuresOf } from './failures.ts';
import { addSums, emptySums } from './utilization.ts';

const hourMs = 3_600_000;

test('running time and fault time are divided by the faults that began', () => {
  expect(failuresOf({ runningMs: 30 * hourMs, faultMs: 2 * hourMs, faults: 4 })).toEqual({
    count: 4,
    mtbfSeconds: 27_000,
    mttrSeconds: 1800,
  });
});

test('without a fault there is no mean', () => {
  expect(failuresOf({ ...emptySums(), runningMs: hourMs })).toEqual({ count: 0, mtbfSeconds: null, mttrSeconds: null });
  // The fault of the window before, still going on.
  expect(failuresOf({ ...emptySums(), faultMs: hourMs })).toEqual({ count: 0, mtbfSeconds: null, mttrSeconds: null });
});

test('[KPI-5] several lines are added first and divided last', () => {
  const sums = { ...emptySums(), runningMs: 10 * hourMs, faultMs: hourMs, faults: 1 };
  addSums(sums, { ...emptySums(), runningMs: 20 * hourMs, faultMs: 3 * hourMs, faults: 4 });
  expect(failuresOf(sums)).toEqual({ count: 5, mtbfSeconds: 6 * 3600, mttrSeconds: 0.8 * 3600 });
});
