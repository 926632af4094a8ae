/**
 * Months of a report: where they begin and end in the zone's time zone, how far they are known, and which earlier ones they are compared with.
 * Comes in: "YYYY-MM", the time. Goes out: windows on whole minutes. It is pure.
 */
import type { ReportState } from '../../../contract/report.ts';
import { cut } from '../../../kpi/calendar.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Minutes are settled by then. */
export const settledMs = 2 * minuteMs;

export interface Month {
  /** YYYY-MM. */
  readonly name: string;
  readonly from: number;
  readonly end: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Null where it is no month, or one that is out of all reason. */
export function monthOf(text: string, timezone: string): Month | null {
  const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text);
  return match ? monthAt(Number(match[1]), Number(match[2]) - 1, timezone) : null;
}

export function earlier(month: Month, months: number, timezone: string): Month {
  const [year = 0, number = 0] = month.name.split('-').map(Number);
  return monthAt(year, number - 1 - months, timezone);
}

/** Up to when minutes are settled by now. */
export function settledAt(now: number): number {
  return Math.floor((now - settledMs) / minuteMs) * minuteMs;
}

/** What of a month can be known by now; nothing of one that has not begun. */
export function knownSpan({ from, end }: Month, now: number): Span & { readonly state: ReportState } {
  const settled = settledAt(now);
  if (settled <= from) return { from, to: from, state: now < from ? 'ahead' : 'running' };
  return { from, to: Math.min(end, settled), state: now < end ? 'running' : 'ended' };
}

/** Of an earlier month as much as is known of the later one: the first twelve days are compared with the first twelve days. */
export function sameSpan(before: Month, month: Month, known: Span): Span {
  if (known.to >= month.end) return { from: before.from, to: before.end };
  return { from: before.from, to: Math.min(before.end, before.from + (known.to - known.from)) };
}

function monthAt(year: number, monthIndex: number, timezone: string): Month {
  const [begin, end] = [new Date(Date.UTC(year, monthIndex, 1)), new Date(Date.UTC(year, monthIndex + 1, 1))];
  // No zone is two days away from UTC.
  const [, own] = cut(begin.getTime() - 2 * dayMs, end.getTime() + 2 * dayMs, 'month', timezone);
  return { name: begin.toISOString().slice(0, 7), from: own?.from ?? begin.getTime(), end: own?.to ?? end.getTime() };
}
