/**
 * Figures of an overview: the few of a utilization record that it shows, and sums of such. Comes in: records or what is known of
 * lines. Goes out: figures, null where there is nothing to speak of. It is pure and divides last.
 */
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { OverviewFigures } from '../../../contract/overview.ts';
import type { Known } from '../reports/groups.ts';

type Record = Pick<UtilizationRecord, keyof OverviewFigures>;

/** Only what an overview shows. */
export function briefly({ busySeconds, runningSeconds, unknownSeconds, utilization, low, high, coverage }: Record): OverviewFigures {
  return { busySeconds, runningSeconds, unknownSeconds, utilization, low, high, coverage };
}

/** Null where nobody was scheduled. */
export function figuresOfLines(all: readonly Known[]): OverviewFigures | null {
  return added(
    all.map(({ part: { sums, scheduledMs } }) => {
      const busyMs = scheduledMs - sums.plannedMs;
      const knownMs = sums.runningMs + sums.setupMs + sums.idleMs + sums.stoppedMs + sums.faultMs;
      return { busySeconds: busyMs / 1000, runningSeconds: sums.runningMs / 1000, unknownSeconds: (busyMs - knownMs) / 1000 };
    }),
  );
}

/** Null where nobody was scheduled. */
export function added(parts: readonly Pick<Record, 'busySeconds' | 'runningSeconds' | 'unknownSeconds'>[]): OverviewFigures | null {
  // In whole milliseconds, so that parts add up exactly.
  const total = (of: (part: Pick<Record, 'busySeconds' | 'runningSeconds' | 'unknownSeconds'>) => number): number =>
    parts.reduce((sum, part) => sum + Math.round(of(part) * 1000), 0);
  const busyMs = total(({ busySeconds }) => busySeconds);
  const runningMs = total(({ runningSeconds }) => runningSeconds);
  const unknownMs = total(({ unknownSeconds }) => unknownSeconds);
  if (busyMs <= 0) return null;
  const knownMs = busyMs - unknownMs;
  return {
    busySeconds: busyMs / 1000,
    runningSeconds: runningMs / 1000,
    unknownSeconds: unknownMs / 1000,
    utilization: knownMs > 0 ? runningMs / knownMs : null,
    low: runningMs / busyMs,
    high: (runningMs + unknownMs) / busyMs,
    coverage: knownMs / busyMs,
  };
}
