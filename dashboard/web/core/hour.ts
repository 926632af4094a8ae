/**
 * The last hour as a bar: where each state begins and ends, in percent, in the order of the state language.
 * Comes in: a utilization record. Goes out: colour stops without blends, and how much of the bar is not known.
 */
import type { UtilizationRecord } from '../../../contract/figures.ts';
import { stateOrder } from './states.ts';

export function stopsOf(hour: UtilizationRecord): { known: string; unknown: string } {
  const total = stateOrder.reduce((sum, state) => sum + hour[`${state}Seconds`], 0);
  if (total <= 0) return { known: 'transparent 0 100%', unknown: '0' };
  let from = 0;
  const stops = stateOrder.flatMap((state) => {
    const to = from + (100 * hour[`${state}Seconds`]) / total;
    const stop = `var(--${state}) ${from.toFixed(1)}% ${to.toFixed(1)}%`;
    const isThere = to > from;
    from = to;
    return isThere ? [stop] : [];
  });
  return { known: stops.join(', '), unknown: ((100 * hour.unknownSeconds) / total).toFixed(1) };
}
