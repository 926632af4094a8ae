/** The record made of sums: its identity, its bounds, its ratios, and what they are where there is nothing to divide by. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sums } from '../contract/figures.ts';
import { addSums, emptySums, idealOutputOf, recordOf, type Window } from './utilization.ts';

const hourMs = 3_600_000;

/** An hour of a line, divided among the states at random; what is left over is unknown. */
const window: fc.Arbitrary<Window> = fc
  .tuple(fc.array(fc.nat(hourMs), { minLength: 6, maxLength: 6 }), fc.nat(1000), fc.nat(1000), fc.nat(2000))
  .map(([cuts, output, scrap, idealOutput]) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = [...cuts].sort((one, other) => one - other);
    const times = { runningMs: a, setupMs: b - a, idleMs: c - b, stoppedMs: d - c, faultMs: e - d, plannedMs: f - e };
    const sums: Sums = { ...emptySums(), ...times, output, scrap: Math.min(scrap, output) };
    return { from: 0, to: hourMs, sums, scheduledMs: hourMs, idealOutput };
  });

test('[KPI-6] busy time is what its parts add up to, and the bounds hold the utilization', () => {
  fc.assert(
    fc.property(window, (given) => {
      const record = recordOf(given);
      const { runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, unknownSeconds, busySeconds } = record;
      const parts = [runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, unknownSeconds];
      expect(parts.reduce((sum, seconds) => sum + Math.round(seconds * 1000), 0)).toBe(Math.round(busySeconds * 1000));
      const { low, utilization, high, coverage } = record;
      if (utilization === null || low === null || high === null) return;
      expect(low).toBeGreaterThanOrEqual(0);
      expect(utilization).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(utilization - 1e-12);
      expect(high).toBeLessThanOrEqual(1);
      expect(coverage).toBeCloseTo(1 - unknownSeconds / busySeconds, 12);
    }),
  );
});

test('[KPI-5] several lines are added first and divided last', () => {
  const short = { ...emptySums(), runningMs: hourMs, output: 100 };
  const long = { ...emptySums(), runningMs: 2 * hourMs, stoppedMs: 7 * hourMs, output: 900, scrap: 100 };
  const sums = emptySums();
  addSums(sums, short);
  addSums(sums, long);
  const idealOutput = idealOutputOf(short.runningMs, 100) + idealOutputOf(long.runningMs, 950);
  const record = recordOf({ from: 0, to: 10 * hourMs, sums, scheduledMs: 10 * hourMs, idealOutput });
  // The means of the two lines' ratios would be 61 % of utilization and 74 % of performance.
  expect(record.utilization).toBe(0.3);
  expect(record.performance).toBe(0.5);
  expect(record.quality).toBe(0.9);
  expect(record.oee).toBeCloseTo(0.3 * 0.5 * 0.9, 12);
});

test('[KPI-5] a ratio of nothing is no ratio', () => {
  const silent = recordOf({ from: 0, to: hourMs, sums: emptySums(), scheduledMs: hourMs, idealOutput: 0 });
  expect(silent).toMatchObject({ unknownSeconds: 3600, utilization: null, low: 0, high: 1, coverage: 0, performance: null, oee: null });
  const closed = recordOf({ from: 0, to: hourMs, sums: emptySums(), scheduledMs: 0, idealOutput: 0 });
  expect(closed).toMatchObject({ busySeconds: 0, utilization: null, low: null, high: null, coverage: null, quality: null });
});
