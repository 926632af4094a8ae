/**
 * Reasons for stops as a Pareto: the largest first, and what all up to each come to together.
 * Comes in: a record's stops and the equipment type. Goes out: bars. It is pure.
 */
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { State } from '../../../contract/reading.ts';

export const paretoBys = ['seconds', 'count'] as const;
export type ParetoBy = (typeof paretoBys)[number];

export interface ParetoBar {
  readonly stop: string;
  readonly state: State;
  readonly count: number;
  readonly seconds: number;
  /** Of the longest bar. */
  readonly size: number;
  /** Of all, up to and including this one. */
  readonly cumulated: number;
}

export function paretoOf({ stops }: Pick<UtilizationRecord, 'stops'>, type: EquipmentType, by: ParetoBy): ParetoBar[] {
  const stateOf = (stop: string): State => type.stops[stop]?.state ?? 'stopped';
  const sums = Object.entries(stops)
    .filter(([stop, sum]) => stateOf(stop) !== 'running' && sum[by] > 0)
    .sort(([, a], [, b]) => b[by] - a[by] || b.seconds - a.seconds);
  const total = sums.reduce((sum, [, one]) => sum + one[by], 0);
  const most = sums[0]?.[1][by] ?? 1;
  let before = 0;
  return sums.map(([stop, sum]) => {
    before += sum[by];
    return { stop, state: stateOf(stop), ...sum, size: sum[by] / most, cumulated: before / total };
  });
}
