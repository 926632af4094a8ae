/**
 * Pieces: stretches of slices of time, as tables of minutes and days are asked for them. Comes in: slices in minutes, the zone's
 * days. Goes out: pieces cut at days and at the ends of tables, and SQL that gives a minute its slice. Pure.
 */
import { whole } from './columns.ts';
import type { LocalDays } from './localdays.ts';
import { minuteMs } from './rows.ts';

/** So many pieces are read one by one, each by its bounds; more of them in one go, by a list of their minutes. */
export const piecesReadAlone = 4;

/** A stretch of one slice, in minutes; those of days name each day's first minute. */
export interface Piece {
  readonly slice: number;
  readonly from: number;
  readonly to: number;
  readonly starts?: readonly number[];
}

export function minuteAt(ts: number): number {
  return Math.max(0, Math.min(Math.ceil(ts / minuteMs), 2 ** 32 - 1));
}

/** The whole days of a piece, and what is left of it before and after them. */
export function cutAtDays(piece: Piece, localDays: LocalDays): { inside: Piece | null; outside: Piece[] } {
  const { slice, from, to } = piece;
  const starts = localDays.starts(from * minuteMs, to * minuteMs + 1).map(minuteAt);
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined || first === last) return { inside: null, outside: [piece] };
  const outside = [
    { slice, from, to: first },
    { slice, from: last, to },
  ].filter((edge) => edge.from < edge.to);
  return { inside: { slice, from: first, to: last, starts: starts.slice(0, -1) }, outside };
}

export function clipped(pieces: readonly Piece[], first: number, last: number): Piece[] {
  return pieces.flatMap((piece) => {
    const [from, to] = [Math.max(piece.from, first), Math.min(piece.to, last)];
    if (from >= to) return [];
    return [{ ...piece, from, to, ...(piece.starts && { starts: piece.starts.filter((start) => start >= from && start < to) }) }];
  });
}

/** Every minute of the pieces with its slice. */
export function slots(pieces: readonly Piece[]): string {
  const rows = pieces.map(({ slice, from, to }) => `(${whole(slice)}, ${whole(from)}, ${whole(to)})`);
  return `SELECT slice, unnest(range(start, finish))::UINTEGER AS minute FROM (VALUES ${rows.join(', ')}) AS pieces(slice, start, finish)`;
}

/** Where pieces of one length lie in a row, such as hours: which is the first, from when on, and how long each is. */
export interface Grid {
  readonly slice: number;
  readonly from: number;
  readonly length: number;
}

/** The grid that many pieces lie in, of which the first and the last may be cut short; null where they lie otherwise. */
export function gridOf(pieces: readonly Piece[]): Grid | null {
  const [head, second] = pieces;
  if (!head || !second || pieces.length <= piecesReadAlone) return null;
  const length = second.to - second.from;
  const grid = { slice: head.slice, from: second.from - length, length };
  const fits = pieces.every(({ slice, from, to }, place) => {
    const [begin, end] = [grid.from + place * length, grid.from + (place + 1) * length];
    const [atFirst, atLast] = [place === 0, place === pieces.length - 1];
    return slice === grid.slice + place && (atFirst ? from >= begin : from === begin) && (atLast ? to <= end : to === end);
  });
  return fits ? grid : null;
}

/** The place in the grid that a minute has; arithmetic is quicker than looking it up. */
export function placeIn({ from, length }: Grid, minute: string): string {
  return `(${minute} - ${whole(from)}::BIGINT) // ${whole(length)}`;
}
