/**
 * Figures of groups of lines: sums out of the store, scheduled time and ideal output out of what the lines are.
 * Comes in: groups or lines, and slices of time on whole minutes. Goes out: records, or the sums of each line. It keeps nothing.
 */
import type { Sums, UtilizationRecord } from '../contract/figures.ts';
import type { LineSums, Slice } from '../contract/history.ts';
import type { Schedule } from '../kpi/calendar.ts';
import type { LineKind } from '../kpi/fold.ts';
import { grouped } from '../kpi/grouping.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../kpi/utilization.ts';
import type { Store } from './store.ts';
import { totalsOf } from './totals.ts';

type Kinds = readonly LineKind[];

/** `[group][slice]`. Lines of a group that have the same ideal rate are summed by the store as one. */
export async function aggregatesOf(
  store: Store,
  groups: readonly Kinds[],
  slices: readonly Slice[],
  part: 'all' | 'amounts' = 'all',
): Promise<UtilizationRecord[][]> {
  const parts = groups.flatMap((kinds, group) => [...grouped(kinds, rateOf)].map(([rate, own]) => ({ group, rate, lines: own })));
  const { totals, stops } = await summedUp(store, groups, parts, slices, part);
  return groups.map((kinds, group) => {
    const own = parts.flatMap((part, index) => (part.group === group ? [{ rate: part.rate, totals: totals[index] ?? [] }] : []));
    const schedules = [...grouped(kinds, scheduleOf)];
    return slices.map(({ from, to }, index) => {
      const sums = stops?.[group]?.[index] ?? emptySums();
      let [idealOutput, scheduledMs] = [0, 0];
      for (const part of own) {
        const total = part.totals[index] ?? emptySums();
        addSums(sums, total);
        idealOutput += idealOutputOf(total.runningMs, part.rate);
      }
      for (const [schedule, lines] of schedules) scheduledMs += lines.length * schedule.scheduledMs(from, to);
      return recordOf({ from, to, sums, scheduledMs, idealOutput });
    });
  });
}

/** Stops, which are many, need not be told apart by rate: where the store can, it sums them by group. */
async function summedUp(
  store: Store,
  groups: readonly Kinds[],
  parts: readonly { readonly lines: Kinds }[],
  slices: readonly Slice[],
  part: 'all' | 'amounts',
): Promise<{ totals: Sums[][]; stops: Sums[][] | null }> {
  const [byRate, whole] = [parts.map(({ lines }) => idsOf(lines)), groups.map(idsOf)];
  if (store.totals && part === 'amounts') return { totals: await store.totals(byRate, slices, part), stops: null };
  if (!store.totals || byRate.length === whole.length) return { totals: await totalsOf(store, byRate, slices), stops: null };
  return { totals: await store.totals(byRate, slices, 'amounts'), stops: await store.totals(whole, slices, 'stops') };
}

function idsOf(kinds: Kinds): string[] {
  return kinds.map(({ line }) => line);
}

/** One entry a line, in the order given. */
export async function lineSumsOf(store: Store, kinds: Kinds, { from, to }: Slice): Promise<LineSums[]> {
  const lines = kinds.map(({ line }) => line);
  const found = await store.sums(lines, from, to);
  const scheduled = new Map([...grouped(kinds, scheduleOf).keys()].map((schedule) => [schedule, schedule.scheduledMs(from, to)]));
  return kinds.map((kind) => {
    const sums = found.get(kind.line) ?? emptySums();
    const idealOutput = idealOutputOf(sums.runningMs, rateOf(kind));
    return { line: kind.line, known: found.has(kind.line), sums, scheduledMs: scheduled.get(kind.schedule) ?? 0, idealOutput };
  });
}

function rateOf({ type }: LineKind): number | undefined {
  return type.output?.idealPerHour;
}

function scheduleOf({ schedule }: LineKind): Schedule {
  return schedule;
}
