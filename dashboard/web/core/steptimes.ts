/**
 * The history of one alarm as it is read: every step with the time it took since the step of the repair clock before it.
 * Comes in: steps as they were written down, the record. Goes out: the same, oldest first; nothing is left out. Where nothing
 * is written down yet, the record itself tells the little it knows.
 */
import type { AlarmRecord, AlarmStep } from '../../../contract/alarm.ts';

export interface StepTaken extends AlarmStep {
  /** Null for what is no step of the repair. */
  readonly tookMs: number | null;
}

const clocked: ReadonlySet<AlarmStep['what']> = new Set(['delivered', 'acknowledge', 'arrive', 'resolve']);

export function stepsTaken(steps: readonly AlarmStep[], record: AlarmRecord): StepTaken[] {
  const known = steps.length > 0 ? [...steps].sort((a, b) => a.at - b.at) : stepsOfRecord(record);
  let before = record.raisedAt;
  const seen = new Set<AlarmStep['what']>();
  return known.map((step) => {
    // Only the first of its kind moves the clock on: a second message to somebody else takes nothing from the repair.
    if (!clocked.has(step.what) || seen.has(step.what)) return { ...step, tookMs: null };
    seen.add(step.what);
    const tookMs = Math.max(0, step.at - before);
    before = Math.max(before, step.at);
    return { ...step, tookMs };
  });
}

function stepsOfRecord(record: AlarmRecord): AlarmStep[] {
  const told: (AlarmStep | null)[] = [
    { at: record.raisedAt, what: 'raised', who: null, detail: null },
    stepAt(record.deliveredAt, 'delivered', null),
    stepAt(record.acknowledgedAt, 'acknowledge', record.acknowledgedBy),
    stepAt(record.arrivedAt, 'arrive', record.arrivedBy),
    stepAt(record.clearedAt, 'cleared', null),
    stepAt(record.resolvedAt, 'resolve', record.resolvedBy),
  ];
  return told.filter((step) => step !== null).sort((a, b) => a.at - b.at);
}

function stepAt(at: number | null, what: AlarmStep['what'], who: string | null): AlarmStep | null {
  return at === null ? null : { at, what, who, detail: null };
}
