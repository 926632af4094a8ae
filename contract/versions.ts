/**
 * Versions of a calendar: what is in force from which date on, and calendars that a place keeps one after the other.
 * Comes in: calendars as the plant file has them. Goes out: their versions, oldest first. It holds no schema, so that the
 * page can use it, too, and never looks at a clock or a time zone: dates are compared as the text they are.
 */
import type { Calendar } from './calendar.ts';

/** `from` is the first local date whose shifts follow this version; null: from the beginning. */
export interface CalendarVersion {
  readonly from: string | null;
  readonly shifts: Calendar['shifts'];
  readonly days: Calendar['days'];
  readonly holidays: Calendar['holidays'];
}

/** A calendar kept from a date on; the first of several has none. */
export interface Turn {
  readonly from: string | null;
  readonly calendar: Calendar;
}

/** What a change leaves out stays as it was. */
export function versionsOf(calendar: Calendar): [CalendarVersion, ...CalendarVersion[]] {
  const { shifts, days, holidays, changes = [] } = calendar;
  const versions: [CalendarVersion, ...CalendarVersion[]] = [{ from: null, shifts, days, holidays }];
  let last = versions[0];
  for (const change of changes) {
    last = {
      from: change.from,
      shifts: change.shifts ?? last.shifts,
      days: change.days ?? last.days,
      holidays: change.holidays ?? last.holidays,
    };
    versions.push(last);
  }
  return versions;
}

/** The version that the shifts of a local date ("2026-12-01") follow [KPI-9]. */
export function versionOn(versions: readonly [CalendarVersion, ...CalendarVersion[]], date: string): CalendarVersion {
  return versions.findLast(({ from }) => from === null || from <= date) ?? versions[0];
}

/** One calendar out of several in turn: in each one's turn its versions of that time are in force. */
export function calendarInTurns(first: Calendar, others: readonly Turn[]): Calendar {
  const turns: Turn[] = [{ from: null, calendar: first }, ...others];
  const versions = turns.flatMap(({ from, calendar }, index) => {
    const until = turns[index + 1]?.from ?? null;
    const own = versionsOf(calendar);
    const begins = from === null ? [] : [{ ...versionOn(own, from), from }];
    const later = own.filter((one) => from === null || (one.from !== null && one.from > from));
    return [...begins, ...later].filter((one) => until === null || one.from === null || one.from < until);
  });
  const { shifts, days, holidays } = versionsOf(first)[0];
  const changes = versions.flatMap(({ from, shifts, days, holidays }) => (from === null ? [] : [{ from, shifts, days, holidays }]));
  return { shifts, days, holidays, changes };
}
