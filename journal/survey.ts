/**
 * What lies in the journal's folder, worked out from the keys alone.
 * Comes in: the disk and the positions it should hold. Goes out: where it starts and ends, its size, and what is missing.
 */
import type { Disk } from './disk.ts';
import type { Position } from './journal.ts';

export interface Survey {
  /** Start of the oldest block there is. */
  readonly floor: Position;
  /** End of the newest one. */
  readonly end: Position;
  readonly sizeBytes: number;
  /** Positions at or after `first` that should be there and are not, `[from, to)`. */
  readonly gaps: readonly { readonly from: Position; readonly to: Position }[];
}

const keysAtOnce = 10_000;

/** Surveys every block that starts before `until`; `first` is what has been forgotten already. */
export async function surveyOf(disk: Disk, first: Position, until: Position): Promise<Survey> {
  const gaps: { from: Position; to: Position }[] = [];
  let floor: Position | null = null;
  let end = first;
  let sizeBytes = 0;
  let from = 0;
  for (;;) {
    const entries = await disk.entries(from, until, keysAtOnce);
    for (const entry of entries) {
      floor ??= entry.first;
      if (entry.first > end) gaps.push({ from: end, to: entry.first });
      end = Math.max(end, entry.first + entry.count);
      sizeBytes += entry.sizeBytes;
      from = entry.first + 1;
    }
    if (entries.length < keysAtOnce) return { floor: floor ?? end, end, sizeBytes, gaps };
  }
}
