/**
 * Dirty marks of many lines: stretches of time whose derived rows no longer follow from their readings.
 * Comes in: marks and patches. Goes out: the marks of the lines that changed, for whoever keeps them. It does no I/O.
 */
import type { Dirty } from './store.ts';

export type Marks = ReadonlyMap<string, readonly Dirty[]>;

/** The marks of each line that gains some. */
export function marked(marks: Marks, more: readonly Dirty[]): Map<string, readonly Dirty[]> {
  const changed = new Map<string, readonly Dirty[]>();
  for (const mark of more) changed.set(mark.line, joined([...(changed.get(mark.line) ?? marks.get(mark.line) ?? []), mark]));
  return changed;
}

/** The marks of each line that loses some: what lies in `[from, to)` of one of these is made good. */
export function cleared(marks: Marks, good: readonly Dirty[]): Map<string, readonly Dirty[]> {
  const changed = new Map<string, readonly Dirty[]>();
  for (const { line, from, to } of good) {
    const own = changed.get(line) ?? marks.get(line);
    if (!own?.some((mark) => mark.from < to && mark.to >= from)) continue;
    const left = own.flatMap((mark) => [
      { line, from: mark.from, to: Math.min(mark.to, from - 1) },
      { line, from: Math.max(mark.from, to), to: mark.to },
    ]);
    changed.set(line, joined(left.filter((mark) => mark.from <= mark.to)));
  }
  return changed;
}

/** Overlapping and adjoining marks made one, oldest first. */
function joined(marks: readonly Dirty[]): Dirty[] {
  const result: Dirty[] = [];
  for (const mark of marks.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && mark.from <= last.to + 1) result[result.length - 1] = { ...last, to: Math.max(last.to, mark.to) };
    else result.push(mark);
  }
  return result;
}
