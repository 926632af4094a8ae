/**
 * Runs of minutes that are all alike, taken apart: cut to a window, multiplied, or written out minute by minute.
 * Comes in: runs as a fold gives them, and patches with runs in them. Goes out: shorter runs and patches, sums, rows. Pure; how a
 * store keeps them is its own affair.
 */
import type { MinuteRow, Sums } from '../contract/figures.ts';
import type { DerivedPatch, MinuteRun } from './store.ts';

const minuteMs = 60_000;

/** What of a run lies within `[from, to)`, whole minutes both; null where nothing does. */
function cutRun(run: MinuteRun, from: number, to: number): MinuteRun | null {
  const first = Math.max(run.minute, from);
  const count = (Math.min(run.minute + run.count * minuteMs, to) - first) / minuteMs;
  return count > 0 ? { ...run, minute: first, count } : null;
}

/** A run's minutes added up, as if they were one. */
export function summedRun<Run extends MinuteRun>(run: Run): Run {
  const { count } = run;
  const amounts: Omit<Sums, 'stops'> = {
    runningMs: run.runningMs * count,
    setupMs: run.setupMs * count,
    idleMs: run.idleMs * count,
    stoppedMs: run.stoppedMs * count,
    faultMs: run.faultMs * count,
    plannedMs: run.plannedMs * count,
    overtimeMs: run.overtimeMs * count,
    output: run.output * count,
    scrap: run.scrap * count,
    faults: run.faults * count,
  };
  const stops = Object.entries(run.stops).map(([stop, sum]) => [stop, { count: sum.count * count, ms: sum.ms * count }] as const);
  return { ...run, ...amounts, stops: Object.fromEntries(stops) };
}

/** Every minute of a patch as a row of its own, for a store that has no shorter way. */
export function* minutesOf({ minutes, runs = [] }: Pick<DerivedPatch, 'minutes' | 'runs'>): Generator<MinuteRow, void> {
  yield* minutes;
  for (const { count, ...row } of runs) {
    for (let place = 0; place < count; place += 1) yield { ...row, minute: row.minute + place * minuteMs };
  }
}

/** What of a patch may still be replaced: rows before `frozenUntil` stay, for the readings they came of may be gone. */
export function thawed(patch: DerivedPatch, frozenUntil: number): DerivedPatch {
  if (patch.fresh || patch.from >= frozenUntil) return patch;
  const from = Math.ceil(frozenUntil / minuteMs) * minuteMs;
  return {
    ...patch,
    from,
    minutes: patch.minutes.filter(({ minute }) => minute >= from),
    runs: (patch.runs ?? []).flatMap((run) => cutRun(run, from, Infinity) ?? []),
    checkpoints: patch.checkpoints.filter(({ at }) => at >= from),
    contexts: patch.contexts.filter(({ ts }) => ts >= from),
  };
}
