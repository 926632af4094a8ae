/**
 * The system's own figures: whether the account of readings balances, and how many arrive a second.
 * Comes in: health answers. Goes out: numbers. received = stored + duplicate + rejected + pending, always.
 */
import type { HealthAnswer } from '../../../contract/api.ts';
import type { IntakeCounts } from '../../../contract/reading.ts';

export interface Sample {
  readonly at: number;
  readonly health: HealthAnswer;
}

export function rejectedOf(counts: IntakeCounts): number {
  return Object.values(counts.rejected).reduce((sum, times) => sum + times, 0);
}

/** What is missing from the account; 0 where it balances. */
export function balanceOf(counts: IntakeCounts): number {
  return counts.received - counts.stored - counts.duplicate - rejectedOf(counts) - counts.pending;
}

/** Readings received a second over the samples, or null before there are two; a restarted server begins anew. */
export function ratesOf(samples: readonly Sample[]): number | null {
  const last = samples.at(-1);
  const first = samples.find(({ health }) => last !== undefined && health.readings.received <= last.health.readings.received);
  if (!first || !last || last.at <= first.at) return null;
  return ((last.health.readings.received - first.health.readings.received) * 1000) / (last.at - first.at);
}
