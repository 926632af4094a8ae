/**
 * Zooming into a window of time: closer, farther, along it, never beyond its ends and never closer than a minute.
 * Comes in: the whole, what of it is shown, and where. Goes out: what is to be shown; null for the whole. It is pure.
 */
import type { Window } from './strip.ts';

const closestMs = 60_000;

/** `factor` below 1 comes closer; what is at `at` stays where it is. */
export function zoomed(whole: Window, shown: Window, factor: number, at: number): Window | null {
  const length = Math.max(closestMs, (shown.to - shown.from) * factor);
  const share = (at - shown.from) / (shown.to - shown.from);
  const from = at - share * length;
  return within(whole, { from, to: from + length });
}

export function moved(whole: Window, shown: Window, ms: number): Window | null {
  return within(whole, { from: shown.from + ms, to: shown.to + ms });
}

/** What was dragged over; null where that is too little to mean anything. */
export function dragged(whole: Window, from: number, to: number): Window | null {
  const [start, end] = from < to ? [from, to] : [to, from];
  const middle = (start + end) / 2;
  const length = Math.max(closestMs, end - start);
  return within(whole, { from: middle - length / 2, to: middle + length / 2 });
}

/** Pushed back inside where it sticks out. */
function within(whole: Window, { from, to }: Window): Window | null {
  const length = to - from;
  if (length >= whole.to - whole.from) return null;
  const start = Math.max(whole.from, Math.min(from, whole.to - length));
  return { from: start, to: start + length };
}
