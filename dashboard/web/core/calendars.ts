/**
 * Calendars to look at: a week of one drawn by the wall clock, and who follows it. Comes in: calendars and places of the plant answer, dates as
 * text. Goes out: bars in minutes of their day. It knows no instants: figures are worked out by the server, which knows when clocks change.
 */
import type { Calendar, Shift } from '../../../contract/calendar.ts';
import type { Text } from '../../../contract/text.ts';
import { versionOn, versionsOf } from '../../../contract/versions.ts';
import { minuteOf, type Plant } from './plant.ts';
import { partsOf, type ScopePart } from './scope.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const dayMinutes = 1440;

export interface ShiftBar {
  readonly shift: Shift;
  /** Its place among the shifts of its version. */
  readonly index: number;
  /** Minutes from the day's midnight, without breaks. */
  readonly parts: readonly { readonly from: number; readonly to: number }[];
  /** It began the day before. */
  readonly carried: boolean;
}

export interface CalendarDay {
  readonly date: string;
  /** Monday is 0. */
  readonly weekday: number;
  readonly kind: 'working' | 'holiday' | 'off';
  readonly bars: readonly ShiftBar[];
}

/** The week from Monday in which the date is. */
export function weekOf(calendar: Calendar, date: string): CalendarDay[] {
  const monday = later(date, -weekdayOf(date));
  return Array.from({ length: 7 }, (_, index) => dayOf(calendar, later(monday, index)));
}

function dayOf(calendar: Calendar, date: string): CalendarDay {
  const before = barsOn(calendar, later(date, -1)).flatMap((bar): ShiftBar[] => {
    const parts = cut(bar.parts, dayMinutes, 2 * dayMinutes).map(({ from, to }) => ({ from: from - dayMinutes, to: to - dayMinutes }));
    return parts.length > 0 ? [{ ...bar, parts, carried: true }] : [];
  });
  // What began the day before runs to its end; a shift of another version begins after it.
  const free = Math.max(0, ...before.flatMap(({ parts }) => parts.map(({ to }) => to)));
  const own = barsOn(calendar, date).map((bar) => ({ ...bar, parts: cut(bar.parts, free, dayMinutes) }));
  const { kind } = workOn(calendar, date);
  return { date, weekday: weekdayOf(date), kind, bars: [...before, ...own.filter(({ parts }) => parts.length > 0)] };
}

/** The shifts that start on the date, as long as they are. */
function barsOn(calendar: Calendar, date: string): ShiftBar[] {
  const { kind, shifts } = workOn(calendar, date);
  if (kind !== 'working') return [];
  return shifts.map((shift, index) => {
    const from = minuteOf(shift.start);
    const to = minuteOf(shift.end) + (shift.end <= shift.start ? dayMinutes : 0);
    const breaks = shift.breaks.map(([begin, end]) => ({
      from: minuteOf(begin) + (begin < shift.start ? dayMinutes : 0),
      to: minuteOf(end) + (end <= shift.start ? dayMinutes : 0),
    }));
    return { shift, index, parts: without({ from, to }, breaks), carried: false };
  });
}

function workOn(calendar: Calendar, date: string): { readonly kind: CalendarDay['kind']; readonly shifts: readonly Shift[] } {
  const { days, holidays, shifts } = versionOn(versionsOf(calendar), date);
  if (holidays.includes(date)) return { kind: 'holiday', shifts };
  return { kind: days.some((day) => day === weekdays[weekdayOf(date)]) ? 'working' : 'off', shifts };
}

interface Part {
  readonly from: number;
  readonly to: number;
}

function without(whole: Part, breaks: readonly Part[]): Part[] {
  return breaks.reduce<Part[]>(
    (parts, pause) => parts.flatMap((part) => [...cut([part], part.from, pause.from), ...cut([part], pause.to, part.to)]),
    [whole],
  );
}

function cut(parts: readonly Part[], from: number, to: number): Part[] {
  return parts.map((part) => ({ from: Math.max(part.from, from), to: Math.min(part.to, to) })).filter((part) => part.from < part.to);
}

/** The largest parts of the plant all of whose lines follow the calendar, and single lines besides. */
export function followersOf(
  plant: Plant,
  calendar: string,
): { readonly parts: readonly ScopePart[]; readonly lines: readonly { readonly id: string; readonly name: Text }[] } {
  const following = new Map<string, number>();
  const lines = [...plant.lines()].filter((line) => line.calendar === calendar);
  const keysOf = (line: (typeof lines)[number]): string[] => [
    `parks ${line.park.id}`,
    `firms ${line.firm.id}`,
    `workshops ${line.firm.id}/${line.workshop.id}`,
  ];
  for (const line of lines) for (const key of keysOf(line)) following.set(key, (following.get(key) ?? 0) + 1);
  const whole = new Set(
    partsOf(plant)
      .filter(({ kind, id, lines: all }) => all > 0 && following.get(`${kind} ${id}`) === all)
      .map(({ kind, id }) => `${kind} ${id}`),
  );
  const parts = partsOf(plant).filter(
    ({ kind, id, within }) => whole.has(`${kind} ${id}`) && !within.some((larger) => whole.has(`${larger.kind} ${larger.id}`)),
  );
  return { parts, lines: lines.filter((line) => !keysOf(line).some((key) => whole.has(key))) };
}

/** Dates one after the other, as the stretches they make. */
export function stretchesOf(dates: readonly string[]): { readonly from: string; readonly to: string }[] {
  return [...dates].sort().reduce<{ from: string; to: string }[]>((stretches, date) => {
    const last = stretches.at(-1);
    if (last && later(last.to, 1) === date) return [...stretches.slice(0, -1), { from: last.from, to: date }];
    return [...stretches, { from: date, to: date }];
  }, []);
}

/** So many days later, by the calendar alone. */
export function later(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Monday is 0. */
function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
}
