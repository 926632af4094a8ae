/**
 * The strip of time: a line's state history drawn to scale, and brought up to now from its live record.
 * Comes in: gap-free spans from the server. Goes out: spans up to now, one drawing path a state, the span under a point,
 * ticks of the clock. It never invents what is not known.
 */
import type { StateSpan } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { State } from '../../../contract/reading.ts';

export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * The history up to `now`. The live record knows its present state since `since`; between the end of the history and that
 * moment the last known state went on, for otherwise the record would have told of another change.
 */
export function upToNow(spans: readonly StateSpan[], live: Pick<LiveRecord, 'state' | 'stop' | 'since'>, now: number): StateSpan[] {
  const first = spans[0];
  const since = live.since;
  if (!first || since === null) return [...spans];
  const kept = spans.filter((span) => span.from < since).map((span) => (span.to > since ? { ...span, to: since } : span));
  const before = kept.at(-1);
  if (before && before.to < since) kept[kept.length - 1] = { ...before, to: since };
  const end = kept.at(-1);
  if (end?.state === live.state && end.stop === live.stop) kept[kept.length - 1] = { ...end, to: Math.max(now, end.to) };
  else if (now > since) kept.push({ from: Math.max(since, first.from), to: now, state: live.state, stop: live.stop });
  return kept;
}

/** One path a state, of rectangles at least `thinnest` wide, so that a short stop stays visible. */
export function pathsOf(spans: readonly StateSpan[], window: Window, size: { width: number; height: number }): Map<State, string> {
  const thinnest = 1;
  const scale = size.width / (window.to - window.from);
  const parts = new Map<State, string[]>();
  for (const span of spans) {
    const left = Math.max(0, (span.from - window.from) * scale);
    const right = Math.min(size.width, (span.to - window.from) * scale);
    if (right <= left) continue;
    const width = Math.max(thinnest, right - left);
    const path = `M${left.toFixed(2)} 0h${width.toFixed(2)}v${String(size.height)}h${(-width).toFixed(2)}z`;
    const known = parts.get(span.state);
    if (known) known.push(path);
    else parts.set(span.state, [path]);
  }
  return new Map([...parts].map(([state, paths]) => [state, paths.join('')]));
}

export function spanAt(spans: readonly StateSpan[], ts: number): StateSpan | undefined {
  return spans.find((span) => span.from <= ts && ts < span.to);
}

/** Whole steps of the clock within the window, at most `most` of them. Steps count from the window's own full hour. */
export function ticksOf(window: Window, most: number): number[] {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440];
  const length = window.to - window.from;
  const step = (minutes.find((minute) => length / (minute * 60_000) <= most) ?? 1440) * 60_000;
  const ticks: number[] = [];
  for (let tick = Math.ceil(window.from / step) * step; tick <= window.to; tick += step) ticks.push(tick);
  return ticks;
}

/** The newest stretches that were not production, newest first. */
export function interruptions(spans: readonly StateSpan[], most: number): StateSpan[] {
  return spans
    .filter(({ state }) => state !== 'running' && state !== 'planned')
    .slice(-most)
    .reverse();
}
