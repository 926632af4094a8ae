/**
 * Failures: how long a line runs between them and how long each takes, after ISO 22400-2 (MTBF, MTTR).
 * Comes in: additive sums of a window, of one line or of many. Goes out: both means and the count they are means of.
 * Never means of means: sums are added first and divided last [KPI-5].
 */
import type { Sums } from '../contract/figures.ts';

/** Seconds; null where no fault began. A fault that lasts beyond its window counts in the one it began in. */
export interface Failures {
  readonly count: number;
  /** Mean running time between the starts of faults. */
  readonly mtbfSeconds: number | null;
  /** Mean duration of a fault. */
  readonly mttrSeconds: number | null;
}

export function failuresOf({ runningMs, faultMs, faults }: Pick<Sums, 'runningMs' | 'faultMs' | 'faults'>): Failures {
  if (faults === 0) return { count: 0, mtbfSeconds: null, mttrSeconds: null };
  return { count: faults, mtbfSeconds: runningMs / faults / 1000, mttrSeconds: faultMs / faults / 1000 };
}
