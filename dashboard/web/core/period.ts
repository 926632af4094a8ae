/**
 * The stretch of time a line's page is about: the running shift, the one before it, or hours back from now.
 * Comes in: the chosen period, the running shift and those before it, the time. Goes out: a window, and how far it is known. It is pure.
 */
import type { Window } from './strip.ts';

export const periods = ['shift', 'before', 'day', 'week'] as const;
export type Period = (typeof periods)[number];

export interface PeriodWindow extends Window {
  /** Whether the window goes on with the time. */
  readonly goesOn: boolean;
}

const hourMs = 3_600_000;
/** Where no shift runs. */
const recentMs = 8 * hourMs;

export interface RunningShift {
  readonly from: number;
  /** By its plan; null where that is not known. */
  readonly to: number | null;
}

/** Windows of hours begin with a full minute, so that they need not be fetched anew every second. */
export function windowOf(period: Period, running: RunningShift | null, before: Window | null, now: number): PeriodWindow | null {
  switch (period) {
    case 'shift':
      if (!running) return back(recentMs, now);
      return { from: running.from, to: Math.max(running.to ?? running.from + recentMs, now), goesOn: true };
    case 'before':
      return before && { ...before, goesOn: false };
    case 'day':
      return back(24 * hourMs, now);
    case 'week':
      return back(7 * 24 * hourMs, now);
  }
}

/** The last shift that has ended; shifts are in order of time, cut off at the present. */
export function shiftBefore<Shift extends Window>(
  shifts: readonly Shift[],
  running: Pick<RunningShift, 'from'> | null,
  now: number,
): Shift | null {
  return shifts.findLast(({ from, to }) => (running ? from < running.from : to <= now)) ?? null;
}

function back(ms: number, now: number): PeriodWindow {
  const stepMs = 15 * 60_000;
  return { from: Math.floor((now - ms) / stepMs) * stepMs, to: now, goesOn: true };
}
