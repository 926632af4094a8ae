/**
 * Totals of groups of lines, slice by slice of time. Comes in: a store. Goes out: sums, `[group][slice]`. Stores that can do
 * it in one go do so; any other is asked once a slice.
 */
import type { Sums } from '../contract/figures.ts';
import type { Slice } from '../contract/history.ts';
import { addSums, emptySums } from '../kpi/utilization.ts';
import type { Store } from './store.ts';

export async function totalsOf(
  store: Pick<Store, 'sums' | 'totals'>,
  groups: readonly (readonly string[])[],
  slices: readonly Slice[],
): Promise<Sums[][]> {
  if (store.totals) return store.totals(groups, slices);
  const totals = groups.map(() => slices.map(emptySums));
  const lines = [...new Set(groups.flat())];
  for (const [index, { from, to }] of slices.entries()) {
    const sums = await store.sums(lines, from, to);
    for (const [group, own] of groups.entries()) {
      const total = totals[group]?.[index];
      for (const line of own) {
        const part = sums.get(line);
        if (total && part) addSums(total, part);
      }
    }
  }
  return totals;
}
