/**
 * Alarm load: how much is asked of people, and by what (after ISA-18.2 and EEMUA 191). Comes in: whom was told what when, and records. Goes out: load by
 * person in slices of ten minutes, the alarms that come most, those that stand for long, and what a line shows of its alarms now.
 * It reads no clock.
 */
import type { AlarmRecord } from '../contract/alarm.ts';
import { priorities } from '../contract/alarm.ts';
import type { Frequent, Load } from '../contract/alarms-api.ts';
import type { LiveRecord } from '../contract/live.ts';

const sliceMs = 600_000;
/** More than this many in a slice is a flood. */
const floodAlarms = 10;
const staleMs = 24 * 3_600_000;

/** Something one person was told. */
export interface Told {
  readonly person: string;
  readonly at: number;
}

/** Load of each person in `[from, to)`, those with the most first. Slices are counted from `from`. */
export function loadOf(told: readonly Told[], from: number, to: number): Load[] {
  const slices = Math.ceil((to - from) / sliceMs);
  if (slices <= 0) return [];
  const people = new Map<string, Map<number, number>>();
  for (const { person, at } of told) {
    if (at < from || at >= to) continue;
    const slice = Math.floor((at - from) / sliceMs);
    const counts = people.get(person) ?? new Map<number, number>();
    counts.set(slice, (counts.get(slice) ?? 0) + 1);
    people.set(person, counts);
  }
  const loads = [...people].map(([person, counts]) => {
    const each = [...counts.values()];
    const count = each.reduce((sum, one) => sum + one, 0);
    const floodSlices = each.filter((one) => one > floodAlarms).length;
    return { person, count, meanPerSlice: count / slices, mostPerSlice: Math.max(...each), floodSlices, slices };
  });
  return loads.sort((a, b) => b.count - a.count || (a.person < b.person ? -1 : 1));
}

/** The alarms that rose most often; ten of them are a good list to work off. */
export function mostFrequent(records: readonly AlarmRecord[], limit = 10): Frequent[] {
  const counts = new Map<string, { line: string; rule: string; raises: number }>();
  let all = 0;
  for (const { line, rule, raises } of records) {
    const key = `${line} ${rule}`;
    const known = counts.get(key) ?? { line, rule, raises: 0 };
    known.raises += raises;
    all += raises;
    counts.set(key, known);
  }
  return [...counts]
    .sort(([keyA, a], [keyB, b]) => b.raises - a.raises || (keyA < keyB ? -1 : 1))
    .slice(0, limit)
    .map(([, frequent]) => ({ ...frequent, share: frequent.raises / all }));
}

/** Alarms that have been active for over a day, the oldest first: nobody works on them, or nobody needs them. */
export function stale(records: readonly AlarmRecord[], now: number): AlarmRecord[] {
  return records
    .filter(({ raisedAt, clearedAt }) => clearedAt === null && now - raisedAt > staleMs)
    .sort((a, b) => a.raisedAt - b.raisedAt);
}

/** Whether an alarm is for anybody to look at now: those set aside, and those of long ago, are not. */
export function wantsAttention({ state, late }: Pick<AlarmRecord, 'state' | 'late'>): boolean {
  return state !== 'normal' && state !== 'shelved' && !late;
}

/** What a live record shows: how many alarms of the line want attention, and the gravest. */
export function liveAlarm(records: Iterable<AlarmRecord>): LiveRecord['alarm'] {
  let count = 0;
  let gravest: number = priorities.length;
  for (const record of records) {
    if (!wantsAttention(record)) continue;
    count += 1;
    gravest = Math.min(gravest, priorities.indexOf(record.priority));
  }
  return { count, priority: priorities[gravest] ?? null };
}
