/** A metric's columns for the chart: a gap stays a gap. */
import { describe, expect, it } from 'vitest';
import type { Point } from '../../../contract/api.ts';
import { columnsOf, extended, gapOf } from './series.ts';

describe('columns', () => {
  it('carry minimum, maximum and mean, in seconds', () => {
    expect(columnsOf([[1000, 1, 3, 2]], 5000)).toEqual({ ts: [1], min: [1], max: [3], mean: [2] });
  });

  it('leave a hole where neighbours are too far apart, and none where they are not', () => {
    const points: Point[] = [
      [0, 1, 1, 1],
      [5000, 2, 2, 2],
      [20_000, 3, 3, 3],
    ];
    expect(columnsOf(points, 5000).mean).toEqual([1, 2, null, 3]);
    expect(columnsOf(points, 15_000).mean).toEqual([1, 2, 3]);
  });

  it('measure a gap by the slice or by how long a reading holds, whichever is longer', () => {
    expect(gapOf(3_600_000, 500, 25)).toBeCloseTo(26_250);
    expect(gapOf(86_400_000, 500, 25)).toBeCloseTo(362_880);
  });
});

describe('the newest reading', () => {
  const points: Point[] = [[1000, 1, 3, 2]];
  it('joins the slices, unless they hold it already', () => {
    expect(extended(points, 2000, 5)).toEqual([...points, [2000, 5, 5, 5]]);
    expect(extended(points, 1000, 5)).toBe(points);
    expect(extended([], 1000, 5)).toEqual([[1000, 5, 5, 5]]);
  });
});
