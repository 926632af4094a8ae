/**
 * Details of one line's past, beside its figures: thread breaks, excursions beyond limits, changes of context.
 * Shapes of the API's answers, and what history is asked for. Types and names only, so that the browser can have them.
 */
import type { Context } from './reading.ts';

/** One break: when its stretch of a break code began, and the head and side its readings put it down to; null where they do not say. */
export interface ThreadBreak {
  readonly ts: number;
  readonly head: number | null;
  readonly side: BreakSide | null;
}

export const breakSides = ['upper', 'bobbin'] as const;
export type BreakSide = (typeof breakSides)[number];

/** Breaks of one head in one hour; those without a side are in `count` alone. */
export interface BreakCell {
  readonly hour: number;
  readonly head: number;
  readonly count: number;
  readonly upper: number;
  readonly bobbin: number;
}

/** `GET /lines/{line}/breaks`. Hours are the zone's, by their first ms; cells without a break are left out. */
export interface BreaksAnswer {
  readonly from: number;
  readonly to: number;
  readonly total: number;
  /** Breaks that no head was named for: in `total`, in no cell. */
  readonly headless: number;
  readonly hours: readonly number[];
  readonly cells: readonly BreakCell[];
}

/** A stretch of readings at or beyond a limit of a metric, as measured: no delay or deadband of an alarm is applied. */
export interface Excursion {
  readonly metric: string;
  readonly side: 'low' | 'high';
  /** `action` where the action limit was reached, too. */
  readonly kind: 'alert' | 'action';
  /** The limit of that kind. */
  readonly limit: number;
  readonly from: number;
  /** When a reading was within again, or the last one's hold ended. */
  readonly to: number;
  /** The value farthest out. */
  readonly extreme: number;
  readonly readings: number;
}

/** `GET /lines/{line}/excursions`; `complete` is false where there were more than are listed. */
export interface ExcursionsAnswer {
  readonly excursions: readonly Excursion[];
  readonly complete: boolean;
}

/** From `ts` on this context is in force. */
export interface ContextSince extends Context {
  readonly ts: number;
}

/** How many of each are told at most. */
export const detailLimits = { breaks: 5000, excursions: 1000 } as const;

/** What of these history answers; the same for every store. */
export interface LineDetails {
  /** Oldest first, at most `detailLimits.breaks`. */
  breaks(line: string, from: number, to: number): Promise<ThreadBreak[]>;
  excursions(line: string, from: number, to: number): Promise<ExcursionsAnswer>;
  /** Oldest first; the first one may have begun before `from`. */
  contexts(line: string, from: number, to: number): Promise<ContextSince[]>;
}

export const exportTables = ['states', 'metrics', 'figures'] as const;
export type ExportTable = (typeof exportTables)[number];
