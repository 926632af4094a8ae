/** Repair times, failure rates, Pareto and load, worked out by hand. */
import { describe, expect, test } from 'vitest';
import { alarmOf } from '../contract/alarm.suite.ts';
import type { AlarmRecord } from '../contract/alarm.ts';
import { liveAlarm, loadOf, mostFrequent, stale } from './load.ts';
import { failureRates, pareto, repairTimes, repairTimesBy, stepsOf } from './repair.ts';

function record({ line = 'm-1', ...given }: Partial<AlarmRecord>): AlarmRecord {
  return alarmOf(line, 0, { rule: 'stop:broken', priority: 'high', ...given });
}

const whole = { deliveredAt: 1_000, acknowledgedAt: 61_000, arrivedAt: 301_000, resolvedAt: 901_000, clearedAt: 800_000, cause: 'wear' };
const remote = { acknowledgedAt: 30_000, resolvedAt: 90_000, clearedAt: 80_000, line: 'm-2', cause: 'control' };

describe('the repair clock', () => {
  test('times each step from the one before it that was taken', () => {
    expect(stepsOf(record(whole))).toEqual({ delivered: 1_000, acknowledged: 60_000, arrived: 240_000, resolved: 600_000 });
    expect(stepsOf(record(remote))).toEqual({ delivered: null, acknowledged: 30_000, arrived: null, resolved: 60_000 });
    // Acknowledged on screen before the mail was confirmed.
    expect(stepsOf(record({ deliveredAt: 20_000, acknowledgedAt: 5_000, arrivedAt: 50_000 })).arrived).toBe(30_000);
  });

  test('sums up with counts, late alarms left out, and null where there is nothing', () => {
    const times = repairTimes([record(whole), record(remote), record({}), record({ late: true, resolvedAt: 1, clearedAt: 1 })]);
    expect(times.total).toEqual({ count: 2, meanMs: 495_500, medianMs: 495_500, longestMs: 901_000 });
    expect(times.steps.acknowledged).toEqual({ count: 2, meanMs: 45_000, medianMs: 45_000, longestMs: 60_000 });
    expect(times.steps.arrived).toEqual({ count: 1, meanMs: 240_000, medianMs: 240_000, longestMs: 240_000 });
    expect(times.active.count).toBe(2);
    expect(repairTimes([]).total).toEqual({ count: 0, meanMs: null, medianMs: null, longestMs: null });
    expect(repairTimesBy([record(whole), record(remote)], ({ line }) => line).get('m-2')?.total.meanMs).toBe(90_000);
  });
});

test('mean time between failures is running time by faults, and null without either', () => {
  const records = [record({}), record({ raisedAt: 5 }), record({ rule: 'silence' }), record({ line: 'm-2' })];
  const running = new Map([
    ['m-1', 7_200_000],
    ['m-3', 3_600_000],
  ]);
  expect(Object.fromEntries(failureRates(records, ({ line }) => line, running))).toEqual({
    'm-1': { failures: 2, runningMs: 7_200_000, mtbfMs: 3_600_000 },
    'm-2': { failures: 1, runningMs: 0, mtbfMs: null },
    'm-3': { failures: 0, runningMs: 3_600_000, mtbfMs: null },
  });
});

test('the Pareto of causes puts the gravest first, by number or by time', () => {
  const records = [
    record({ ...whole, clearedAt: 10 }),
    record({ ...whole, clearedAt: 20 }),
    record({ ...remote, clearedAt: null }),
    record({}),
  ];
  const cause = ({ cause: given }: AlarmRecord): string | null => given;
  expect(pareto(records, cause, 'count', 100)).toEqual([
    { key: 'wear', count: 2, activeMs: 30, share: 2 / 3 },
    { key: 'control', count: 1, activeMs: 100, share: 1 },
  ]);
  expect(pareto(records, cause, 'activeMs', 100).map(({ key }) => key)).toEqual(['control', 'wear']);
  expect(pareto([], cause, 'count', 100)).toEqual([]);
});

test('load is counted by person in slices of ten minutes', () => {
  const told = [
    ...Array.from({ length: 11 }, (_, index) => ({ person: 'li', at: index })),
    { person: 'li', at: 700_000 },
    { person: 'wang', at: 1_300_000 },
  ];
  expect(loadOf(told, 0, 1_200_000)).toEqual([{ person: 'li', count: 12, meanPerSlice: 6, mostPerSlice: 11, floodSlices: 1, slices: 2 }]);
  expect(loadOf(told, 5, 5)).toEqual([]);
});

test('what comes most, what stands for long, and what a line shows', () => {
  const records = [
    record({ raises: 5 }),
    record({ line: 'm-2', priority: 'critical' }),
    record({ line: 'm-2', state: 'shelved' }),
    record({ late: true }),
  ];
  expect(mostFrequent(records, 1)).toEqual([{ line: 'm-1', rule: 'stop:broken', raises: 6, share: 6 / 8 }]);
  expect(stale([record({}), record({ clearedAt: 5 }), record({ raisedAt: 10 })], 86_400_005)).toHaveLength(1);
  expect(liveAlarm(records)).toEqual({ count: 2, priority: 'critical' });
  expect(liveAlarm([])).toEqual({ count: 0, priority: null });
});
