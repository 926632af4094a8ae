/**
 * The times an overview speaks of, in the zone's own days: today so far, the same hours of earlier weeks, four weeks of hours, the
 * steps of a trend. Comes in: the time. Goes out: windows on whole minutes. It is pure.
 */
import type { TrendStep } from '../../../contract/overview.ts';
import { cut } from '../../../kpi/calendar.ts';
import { earlier, knownSpan, monthOf, sameSpan, settledAt, settledMs, type Month, type Span } from '../reports/months.ts';

const dayMs = 86_400_000;
const todayStepMs = 5 * 60_000;
const weekDays = 7;
const weeksBack = 4;
const trendDays = 91;
const trendMonths = 13;

/** Today as far as it is settled, in steps of five minutes, so that all who ask within them share an answer; nothing of it at its begin. */
export function today(now: number, timezone: string): Span {
  const from = lastDays(now, 1, timezone)[0] ?? now;
  const settled = settledAt(now);
  return { from, to: Math.max(from, settled - ((settled - from) % todayStepMs)) };
}

/** When the next five minutes of the day will be settled. */
export function nextToday({ to }: Span): number {
  return to + todayStepMs + settledMs;
}

/** The same hours of the same weekday, one to four weeks ago, the latest first. */
export function sameHours({ from, to }: Span, timezone: string): Span[] {
  const days = lastDays(from, weeksBack * weekDays + 1, timezone);
  return Array.from({ length: weeksBack }, (_, week) => {
    const at = days.length - 1 - (week + 1) * weekDays;
    const [start = from, end = start] = [days[at], days[at + 1]];
    return { from: start, to: Math.min(end, start + (to - from)) };
  });
}

/** Four weeks of days with today, in two parts: what hardly changes any more, and yesterday and today up to the last full hour. */
export function fourWeeks(now: number, timezone: string): { readonly settled: Span; readonly recent: Span } {
  const days = lastDays(now, weeksBack * weekDays, timezone);
  const [from = now, yesterday = now] = [days[0], days.at(-2)];
  const until = settledAt(now);
  const hours = cut(yesterday, until, 'hour', timezone);
  const last = hours.at(-1);
  // The last part is a full hour only where the next one begins right after it.
  const isFull = last !== undefined && cut(last.from, last.to + 1, 'hour', timezone).length > 1;
  return { settled: { from, to: yesterday }, recent: { from: yesterday, to: isFull ? last.to : (last?.from ?? yesterday) } };
}

/** The steps of a trend, and the two periods its growth compares: the later one first. */
export interface TrendSpans {
  readonly steps: readonly Span[];
  readonly period: Span;
  readonly before: Span;
}

/** Of days: the last seven whole ones beside the same seven weekdays four weeks earlier. Of months: this one so far beside last year's. */
export function trendSpans(step: TrendStep, now: number, timezone: string): TrendSpans {
  return step === 'day' ? trendOfDays(now, timezone) : trendOfMonths(now, timezone);
}

function trendOfDays(now: number, timezone: string): TrendSpans {
  const days = lastDays(now, trendDays, timezone);
  const until = Math.max(days.at(-1) ?? now, settledAt(now));
  const steps = days.map((from, index) => ({ from, to: days[index + 1] ?? until }));
  const at = (back: number): number => days.at(-1 - back) ?? now;
  const earlierBy = weeksBack * weekDays;
  return {
    steps: steps.filter(({ from, to }) => from < to),
    period: { from: at(weekDays), to: at(0) },
    before: { from: at(weekDays + earlierBy), to: at(earlierBy) },
  };
}

function trendOfMonths(now: number, timezone: string): TrendSpans {
  const [year = '', number = ''] = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(now).split('-');
  const month = monthOf(`${year}-${number}`, timezone);
  if (!month) return { steps: [], period: { from: now, to: now }, before: { from: now, to: now } };
  const months: Month[] = Array.from({ length: trendMonths - 1 }, (_, index) => earlier(month, trendMonths - 1 - index, timezone));
  const known = knownSpan(month, now);
  const steps = [...months.map(({ from, end }) => ({ from, to: end })), { from: known.from, to: known.to }];
  return {
    steps: steps.filter(({ from, to }) => from < to),
    period: { from: known.from, to: known.to },
    before: sameSpan(earlier(month, trendMonths - 1, timezone), month, known),
  };
}

/** When the last days began, the one of `now` last. */
function lastDays(now: number, count: number, timezone: string): number[] {
  // The first part begins somewhere within its day.
  const parts = cut(now - (count + 1) * dayMs, now + 1, 'day', timezone);
  return parts
    .slice(1)
    .map(({ from }) => from)
    .slice(-count);
}
