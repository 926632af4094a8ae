/**
 * A metric's course as columns for a chart: means with their minimum and maximum, and holes where nothing was measured.
 * Comes in: slices from the server and newer single readings. Goes out: aligned columns. A gap stays a gap.
 */
import type { Point } from '../../../contract/api.ts';

export interface Columns {
  /** Seconds since the epoch, as the chart library wants them. */
  readonly ts: number[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
  readonly mean: (number | null)[];
}

/** `gapMs`: two neighbours farther apart than this were not measured in between. */
export function columnsOf(points: readonly Point[], gapMs: number): Columns {
  const columns: Columns = { ts: [], min: [], max: [], mean: [] };
  let before: number | null = null;
  for (const [ts, min, max, mean] of points) {
    if (before !== null && ts - before > gapMs) push(columns, before + gapMs / 2, null, null, null);
    push(columns, ts, min, max, mean);
    before = ts;
  }
  return columns;
}

/** Slices are `window ÷ points` long and a reading holds for `holdSeconds`: what is farther apart is a gap. */
export function gapOf(windowMs: number, points: number, holdSeconds: number): number {
  return Math.max((2 * windowMs) / points, holdSeconds * 1000) * 1.05;
}

/** The newest reading behind the slices; an older or equal one changes nothing. */
export function extended(points: readonly Point[], ts: number, value: number): readonly Point[] {
  const last = points.at(-1);
  if (last && ts <= last[0]) return points;
  return [...points, [ts, value, value, value]];
}

function push(columns: Columns, ts: number, min: number | null, max: number | null, mean: number | null): void {
  columns.ts.push(ts / 1000);
  columns.min.push(min);
  columns.max.push(max);
  columns.mean.push(mean);
}
