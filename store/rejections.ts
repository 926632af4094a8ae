/**
 * How many of a line's rejections a store takes: no more than are kept anyway, so that a flood of them costs little.
 * Comes in: rejections, or what is made of them, in order of arrival. Goes out: the newest of each line, in the same order.
 */
import { readingLimits } from '../contract/reading.ts';

export function newestOfEach<One extends { readonly line: string }>(rejections: readonly One[]): One[] {
  const counts = new Map<string, number>();
  return rejections
    .toReversed()
    .filter(({ line }) => {
      const count = (counts.get(line) ?? 0) + 1;
      counts.set(line, count);
      return count <= readingLimits.rejectionsKeptPerLine;
    })
    .toReversed();
}
