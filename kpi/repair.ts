/**
 * Figures over alarm records: how long each step from fault to repair took, how often things fail, and of what. Comes in: records of a window,
 * and running time where a rate is asked for. Goes out: figures, each with its count; null where there is nothing to form one of.
 * Late alarms are left out of every time people are measured by: nobody was told of them. It reads no clock.
 */
import type { AlarmRecord } from '../contract/alarm.ts';
import { repairSteps, type FailureRate, type ParetoBar, type RepairStep, type RepairTimes, type StepTime } from '../contract/alarms-api.ts';

type Times = Pick<AlarmRecord, 'raisedAt' | 'deliveredAt' | 'acknowledgedAt' | 'arrivedAt' | 'resolvedAt'>;

/**
 * How long each step of one alarm took, in ms; null where it was not taken. A step's time begins with the latest step before it that was, so that
 * the times of the steps taken add up to the time from raised to the last of them.
 */
export function stepsOf(record: Times): Record<RepairStep, number | null> {
  const steps: Record<RepairStep, number | null> = { delivered: null, acknowledged: null, arrived: null, resolved: null };
  let before = record.raisedAt;
  for (const step of repairSteps) {
    const at = record[`${step}At`];
    if (at === null) continue;
    // A message may be confirmed after its receiver has acted on it already.
    steps[step] = Math.max(0, at - before);
    before = Math.max(before, at);
  }
  return steps;
}

export function repairTimes(records: readonly AlarmRecord[]): RepairTimes {
  const told = records.filter(({ late }) => !late);
  const each = told.map(stepsOf);
  const timeOf = (step: RepairStep): StepTime => summary(each.map((steps) => steps[step]));
  return {
    steps: {
      delivered: timeOf('delivered'),
      acknowledged: timeOf('acknowledged'),
      arrived: timeOf('arrived'),
      resolved: timeOf('resolved'),
    },
    total: summary(told.map(({ raisedAt, resolvedAt }) => (resolvedAt === null ? null : resolvedAt - raisedAt))),
    active: summary(told.map(({ raisedAt, clearedAt }) => (clearedAt === null ? null : clearedAt - raisedAt))),
  };
}

/** The same by anything: line, type, firm, priority. Groups appear in the order of their first record. */
export function repairTimesBy(records: readonly AlarmRecord[], keyOf: (record: AlarmRecord) => string): Map<string, RepairTimes> {
  return new Map([...groups(records, keyOf)].map(([key, members]) => [key, repairTimes(members)]));
}

/** By any key; a key that ran without failing is there, with nothing to divide by. */
export function failureRates(
  records: readonly AlarmRecord[],
  keyOf: (record: AlarmRecord) => string,
  runningMs: ReadonlyMap<string, number>,
): Map<string, FailureRate> {
  const failed = groups(
    records.filter(({ rule }) => rule.startsWith('stop:')),
    keyOf,
  );
  const keys = new Set([...runningMs.keys(), ...failed.keys()]);
  return new Map(
    [...keys].map((key) => {
      const failures = failed.get(key)?.length ?? 0;
      const ran = runningMs.get(key) ?? 0;
      return [key, { failures, runningMs: ran, mtbfMs: failures === 0 || ran === 0 ? null : ran / failures }];
    }),
  );
}

/** By how often, or by how long conditions lasted; what still lasts counts to `now`. Ties are in order of key. */
export function pareto(
  records: readonly AlarmRecord[],
  keyOf: (record: AlarmRecord) => string | null,
  by: 'count' | 'activeMs',
  now: number,
): ParetoBar[] {
  const bars = [...groups(records, keyOf)].map(([key, members]) => ({
    key,
    count: members.length,
    activeMs: members.reduce((sum, { raisedAt, clearedAt }) => sum + Math.max(0, (clearedAt ?? now) - raisedAt), 0),
  }));
  bars.sort((a, b) => b[by] - a[by] || (a.key < b.key ? -1 : 1));
  const all = bars.reduce((sum, bar) => sum + bar[by], 0);
  let sum = 0;
  return bars.map((bar) => {
    sum += bar[by];
    return { ...bar, share: all === 0 ? 0 : sum / all };
  });
}

function groups(records: readonly AlarmRecord[], keyOf: (record: AlarmRecord) => string | null): Map<string, AlarmRecord[]> {
  const found = new Map<string, AlarmRecord[]>();
  for (const record of records) {
    const key = keyOf(record);
    if (key === null) continue;
    const members = found.get(key);
    if (members) members.push(record);
    else found.set(key, [record]);
  }
  return found;
}

function summary(given: readonly (number | null)[]): StepTime {
  const times = given.filter((time) => time !== null).sort((a, b) => a - b);
  const count = times.length;
  const middle = times[Math.floor(count / 2)];
  if (middle === undefined) return { count: 0, meanMs: null, medianMs: null, longestMs: null };
  const medianMs = count % 2 === 1 ? middle : ((times[count / 2 - 1] ?? middle) + middle) / 2;
  return { count, meanMs: times.reduce((sum, time) => sum + time, 0) / count, medianMs, longestMs: times.at(-1) ?? null };
}
