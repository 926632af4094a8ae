/**
 * Steps: a window cut for a table or a chart, by hour, shift, day or month of the zone's own calendar.
 * Comes in: a window and the lines it is for. Goes out: the parts, on whole minutes, in order. It is pure.
 */
import type { Line } from '../../contract/plant.ts';
import { cut, periods, type Period, type Schedule } from '../../kpi/calendar.ts';
import { grouped } from '../../kpi/grouping.ts';
import type { Window } from './input.ts';

export const stepNames = [...periods, 'shift'] as const;
export type StepName = Period | 'shift';

export interface Step extends Window {
  readonly shift?: string;
}

const minuteMs = 60_000;

/** Minute figures are what sums are made of: both ends go back to the whole minute. */
export function wholeMinutes({ from, to }: Window): Window {
  return { from: from - (from % minuteMs), to: to - (to % minuteMs) };
}

/**
 * The parts of a window. Lines of a group may keep different calendars; its shifts are those of the calendar that most of
 * them keep. Time between shifts belongs to no part.
 */
export function stepsOf(
  window: Window,
  step: StepName | null,
  lines: readonly Line[],
  schedules: ReadonlyMap<string, Schedule>,
  timezone: string,
): Step[] {
  const { from, to } = window;
  if (step === null) return [window];
  if (step !== 'shift') return cut(from, to, step, timezone);
  const shifts = schedules.get(usualCalendar(lines))?.shifts(from, to) ?? [];
  return shifts.map((shift) => ({ shift: shift.id, from: Math.max(from, shift.from), to: Math.min(to, shift.to) }));
}

function usualCalendar(lines: readonly Line[]): string {
  const kept = [...grouped(lines, (line) => line.calendar)];
  return kept.sort((a, b) => b[1].length - a[1].length)[0]?.[0] ?? '';
}
