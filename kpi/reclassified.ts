/**
 * What people said afterwards of a line's stops, ready to be asked of any instant.
 * Comes in: reclassifications in the order in which they were made. Goes out: the stop code in force for a reading. Of those that overlap the
 * newest counts [KPI-10].
 */
import type { Reclassification } from '../contract/reclassification.ts';

type Said = Pick<Reclassification, 'from' | 'to' | 'stop'>;

export interface Reclassified {
  /** Null where the readings' own words hold. */
  stopAt(ts: number): string | null;
}

/** Nobody has said anything. */
export const asRead: Reclassified = { stopAt: () => null };

export function createReclassified(said: readonly Said[]): Reclassified {
  if (said.length === 0) return asRead;
  const pieces = said.reduce<Said[]>(painted, []).sort((a, b) => a.from - b.from);
  const end = pieces.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
  return {
    stopAt(ts) {
      if (ts >= end) return null;
      // The last piece that begins at or before the instant.
      let [low, high] = [0, pieces.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((pieces[middle]?.from ?? Infinity) <= ts) low = middle + 1;
        else high = middle;
      }
      const piece = pieces[low - 1];
      return piece && ts < piece.to ? piece.stop : null;
    },
  };
}

/** Pieces that do not overlap, once one more is laid over them. */
function painted(pieces: readonly Said[], { from, to, stop }: Said): Said[] {
  if (from >= to) return [...pieces];
  const left = pieces.flatMap((piece) =>
    [
      { ...piece, to: Math.min(piece.to, from) },
      { ...piece, from: Math.max(piece.from, to) },
    ].filter((rest) => rest.from < rest.to),
  );
  return [...left, { from, to, stop }];
}
