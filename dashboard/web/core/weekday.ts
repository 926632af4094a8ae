/**
 * Names of weekdays and hours, in one language. Comes in: a time, or a number with Monday as 0. Goes out: text.
 */
import type { Format } from './format.ts';

const locales = { zh: 'zh-CN', en: 'en-GB' } as const;
/** A Monday, at noon in UTC. */
const monday = Date.UTC(2024, 0, 1, 12);
const dayMs = 86_400_000;

/** "周一", "Monday": of a time in the zone. */
export function weekdayOf(ts: number, { language, timezone }: Format): string {
  return named(ts, timezone, language, language === 'zh' ? 'short' : 'long');
}

/** "周一", "Mon": of a number, Monday 0. */
export function weekdayName(index: number, { language }: Format): string {
  return named(monday + index * dayMs, 'UTC', language, 'short');
}

/** "11月23日", "23 Nov": of a day in the zone. */
export function dateOf(ts: number, { language, timezone }: Format): string {
  const month = language === 'zh' ? 'numeric' : 'short';
  return new Intl.DateTimeFormat(locales[language], { timeZone: timezone, month, day: 'numeric' }).format(ts);
}

/** "11/23", "23 Nov": of a date as the calendar has it. */
export function shortDate(date: string, { language }: Format): string {
  const month = language === 'zh' ? 'numeric' : 'short';
  return new Intl.DateTimeFormat(locales[language], { timeZone: 'UTC', month, day: 'numeric' }).format(Date.parse(date));
}

/** "2027年2月5日–8日", "5–8 Feb 2027": of dates as the calendar has them. */
export function stretchName({ from, to }: { readonly from: string; readonly to: string }, { language }: Format): string {
  const names = new Intl.DateTimeFormat(locales[language], {
    timeZone: 'UTC',
    year: 'numeric',
    month: language === 'zh' ? 'long' : 'short',
    day: 'numeric',
  });
  if (language === 'en' || from === to) return names.formatRange(Date.parse(from), Date.parse(to));
  // A range in Chinese falls back to bare numbers: the later date leaves out what it shares with the earlier one.
  const shared = from.slice(0, 7) === to.slice(0, 7) ? {} : ({ month: 'long' } as const);
  const later =
    from.slice(0, 4) === to.slice(0, 4)
      ? new Intl.DateTimeFormat(locales[language], { timeZone: 'UTC', day: 'numeric', ...shared })
      : names;
  return `${names.format(Date.parse(from))}–${later.format(Date.parse(to))}`;
}

/** "2026年11月", "Nov 2026": of a month in the zone; "11月", "Nov" where there is little room. */
export function monthName(ts: number, { language, timezone }: Format, how: 'full' | 'short' = 'full'): string {
  const month = { timeZone: timezone, month: 'short' } as const;
  return new Intl.DateTimeFormat(locales[language], how === 'full' ? { ...month, year: 'numeric' } : month).format(ts);
}

function named(ts: number, timeZone: string, language: Format['language'], weekday: 'short' | 'long'): string {
  return new Intl.DateTimeFormat(locales[language], { timeZone, weekday }).format(ts);
}
