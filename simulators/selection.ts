/**
 * Which lines are meant: ids of parks, firms, workshops and lines, or just how many.
 * Comes in: what was typed, the plant's lines. Goes out: the lines in the plant's order, or the word that means nothing.
 */
import type { Line } from '../contract/plant.ts';

export type Selection = { readonly lines: readonly Line[]; readonly unknown: null } | { readonly lines: null; readonly unknown: string };

/** `press-01,f003,f001/w1,emb` or `50`: a count is spread evenly, so that it has something of every park. */
export function selectLines(filter: string, lines: readonly Line[]): Selection {
  if (/^\d+$/.test(filter)) {
    const count = Math.min(Number(filter), lines.length);
    return {
      lines: lines.filter((_, index) => Math.floor(((index + 1) * count) / lines.length) > Math.floor((index * count) / lines.length)),
      unknown: null,
    };
  }
  const words = filter.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !lines.some((line) => isMeant(line, word)));
  if (unknown !== undefined) return { lines: null, unknown };
  return { lines: lines.filter((line) => words.some((word) => isMeant(line, word))), unknown: null };
}

/** A workshop's id is only its own within its firm: `f001/w1`. */
function isMeant({ id, park, firm, workshop }: Line, word: string): boolean {
  return word === id || word === park || word === firm || word === `${firm}/${workshop}`;
}
