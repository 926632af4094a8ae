/**
 * What a calendar means for instants: which time is scheduled, which shift runs, where hours, days, weeks and months begin.
 * Comes in: a calendar of the plant file and the zone's time zone. Goes out: a Schedule that answers in ms since the
 * epoch, daylight saving included. Never reads the time; weeks already worked out are kept, nothing else is.
 *
 * A time of day means the first moment at which the wall clock shows it or a later one [KPI-8]: one that is left out as
 * clocks go forward is the moment of the change, of one that comes twice as they go back the first counts.
 */
import { Temporal } from 'temporal-polyfill';
import { weekdays, type Calendar, type Shift } from '../contract/calendar.ts';
import { versionOn, versionsOf } from '../contract/versions.ts';

/** A stretch around an instant in which scheduled or not does not change (it may be cut short, never too long). */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly scheduled: boolean;
}

export interface ShiftWindow {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

export interface Schedule {
  segmentAt(ts: number): Segment;
  /** Scheduled milliseconds within `[from, to)`: shifts minus breaks on working days [KPI-2]. */
  scheduledMs(from: number, to: number): number;
  /** The shift running at an instant, breaks included. No two run at once. */
  shiftAt(ts: number): ShiftWindow | null;
  /** Shifts that overlap the window, by start. */
  shifts(from: number, to: number): ShiftWindow[];
}

export const periods = ['hour', 'day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Everything worked out for one stretch of `blockMs`: scheduled spans cut to it, their total, and the shifts that touch it. */
interface Block {
  readonly spans: readonly Span[];
  readonly totalMs: number;
  readonly shifts: readonly ShiftWindow[];
}

const midnight = new Temporal.PlainTime();
const oneOf = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const blockMs = 7 * dayMs;

export function createSchedule(calendar: Calendar, timezone: string): Schedule {
  const blocks = new Map<number, Block>();
  const versions = versionsOf(calendar);

  const blockOf = (index: number): Block => {
    let block = blocks.get(index);
    if (!block) {
      block = workOut(index * blockMs, (index + 1) * blockMs);
      blocks.set(index, block);
    }
    return block;
  };

  const workOut = (from: number, to: number): Block => {
    const shifts: ShiftWindow[] = [];
    const spans: Span[] = [];
    // A shift may begin on the local day before the window's first and last up to a day.
    let date = localDate(from, timezone).subtract({ days: 2 });
    const last = localDate(to, timezone);
    let free = Number.NEGATIVE_INFINITY;
    while (Temporal.PlainDate.compare(date, last) <= 0) {
      const { days, holidays, shifts: daily } = versionOn(versions, date.toString());
      if (days.some((day) => day === weekdays[date.dayOfWeek - 1]) && !holidays.includes(date.toString())) {
        const begun = free;
        for (const shift of daily) {
          // What began the day before, under another version, runs to its end first [KPI-9].
          const window = cutTo(shiftOn(date, shift, timezone), begun, Number.POSITIVE_INFINITY);
          free = Math.max(free, window.to);
          if (window.to <= Math.max(from, window.from) || window.from >= to) continue;
          shifts.push(window);
          spans.push(...minusBreaks(date, shift, window, timezone));
        }
      }
      date = date.add({ days: 1 });
    }
    shifts.sort((a, b) => a.from - b.from);
    const merged = union(spans, from, to);
    return { spans: merged, totalMs: merged.reduce((sum, span) => sum + span.to - span.from, 0), shifts };
  };

  const before = (ts: number): number => {
    const index = Math.floor(ts / blockMs);
    let sum = 0;
    for (const span of blockOf(index).spans) {
      if (span.from >= ts) break;
      sum += Math.min(span.to, ts) - span.from;
    }
    return sum;
  };

  return {
    segmentAt(ts) {
      const index = Math.floor(ts / blockMs);
      let free = index * blockMs;
      for (const span of blockOf(index).spans) {
        if (ts < span.from) return { from: free, to: span.from, scheduled: false };
        if (ts < span.to) return { from: span.from, to: span.to, scheduled: true };
        free = span.to;
      }
      return { from: free, to: (index + 1) * blockMs, scheduled: false };
    },
    scheduledMs(from, to) {
      if (to <= from) return 0;
      let sum = before(to) - before(from);
      for (let index = Math.floor(from / blockMs); index < Math.floor(to / blockMs); index += 1) sum += blockOf(index).totalMs;
      return sum;
    },
    shiftAt(ts) {
      const { shifts } = blockOf(Math.floor(ts / blockMs));
      return shifts.find((shift) => shift.from <= ts && ts < shift.to) ?? null;
    },
    shifts(from, to) {
      const found = new Map<string, ShiftWindow>();
      for (let index = Math.floor(from / blockMs); index <= Math.floor((to - 1) / blockMs); index += 1) {
        for (const shift of blockOf(index).shifts) {
          if (shift.from < to && shift.to > from) found.set(`${String(shift.from)} ${shift.id}`, shift);
        }
      }
      return [...found.values()];
    },
  };
}

/** One schedule a calendar of the plant, by calendar id. */
export function createSchedules(calendars: ReadonlyMap<string, Calendar>, timezone: string): Map<string, Schedule> {
  return new Map([...calendars].map(([id, calendar]) => [id, createSchedule(calendar, timezone)]));
}

/**
 * Cuts `[from, to)` where hours, days, weeks (Mondays) or months begin in the time zone; the first and last part may be short.
 * Days are as long as the zone makes them (23 to 25 hours where clocks change), and an hour ends where clocks change.
 */
export function cut(from: number, to: number, period: Period, timezone: string): Span[] {
  const parts: Span[] = [];
  let start = from;
  for (const next of beginnings(from, period, timezone)) {
    if (start >= to) break;
    if (next <= start) continue;
    parts.push({ from: start, to: Math.min(next, to) });
    start = next;
  }
  return parts;
}

/** Where periods begin after that moment, without end. */
function* beginnings(from: number, period: Period, timezone: string): Generator<number> {
  if (period === 'hour') {
    for (let at = from; ; yield at) at = nextHour(at, timezone);
  }
  let date = localDate(from, timezone);
  if (period === 'week') date = date.subtract({ days: date.dayOfWeek - 1 });
  if (period === 'month') date = date.with({ day: 1 });
  for (;;) {
    date = date.add(oneOf[period]);
    yield firstMoment(date, midnight, timezone);
  }
}

/** Where the next full hour of the wall clock begins; clocks may change by half of one before it does. */
function nextHour(at: number, timezone: string): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  const { minute, second, millisecond } = zoned;
  const change = zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  return Math.min(at + hourMs - ((minute * 60 + second) * 1000 + millisecond), change);
}

function localDate(ts: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ts).toZonedDateTimeISO(timezone).toPlainDate();
}

/** An instant from a local date and "HH:MM"; "24:00" and `later` days roll over. */
function instant(date: Temporal.PlainDate, time: string, later: number, timezone: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const days = later + Math.floor(hour / 24);
  return firstMoment(days === 0 ? date : date.add({ days }), new Temporal.PlainTime(hour % 24, minute), timezone);
}

/** [KPI-8] */
function firstMoment(date: Temporal.PlainDate, time: Temporal.PlainTime, timezone: string): number {
  const local = date.toPlainDateTime(time);
  const zoned = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (zoned.toPlainDateTime().equals(local)) return zoned.epochMilliseconds;
  return zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? zoned.epochMilliseconds;
}

function shiftOn(date: Temporal.PlainDate, shift: Shift, timezone: string): ShiftWindow {
  const later = shift.end <= shift.start ? 1 : 0;
  return { id: shift.id, from: instant(date, shift.start, 0, timezone), to: instant(date, shift.end, later, timezone) };
}

function minusBreaks(date: Temporal.PlainDate, shift: Shift, window: ShiftWindow, timezone: string): Span[] {
  let spans: Span[] = [{ from: window.from, to: window.to }];
  for (const [start, end] of shift.breaks) {
    const from = instant(date, start, start < shift.start ? 1 : 0, timezone);
    const to = instant(date, end, end <= shift.start ? 1 : 0, timezone);
    spans = spans
      .flatMap((span) => [cutTo(span, Number.NEGATIVE_INFINITY, from), cutTo(span, to, Number.POSITIVE_INFINITY)])
      .filter((part) => part.from < part.to);
  }
  return spans;
}

function cutTo<T extends Span>(span: T, from: number, to: number): T {
  return { ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) };
}

/** The spans cut to the window, sorted, overlapping and touching ones made one. */
function union(spans: readonly Span[], from: number, to: number): Span[] {
  const merged: Span[] = [];
  const sorted = spans
    .map((span) => cutTo(span, from, to))
    .filter((span) => span.from < span.to)
    .sort((a, b) => a.from - b.from);
  for (const span of sorted) {
    const previous = merged.at(-1);
    if (previous && span.from <= previous.to) merged[merged.length - 1] = { from: previous.from, to: Math.max(previous.to, span.to) };
    else merged.push(span);
  }
  return merged;
}
