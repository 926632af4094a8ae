/**
 * When people are at a line: shifts, breaks and days off of its calendar, with the small delays of real life.
 * Comes in: a calendar and a time zone. Goes out: the duty at an instant and until when it lasts. Figures are never made of
 * this; it only decides when a simulated line works.
 */
import { Temporal } from 'temporal-polyfill';
import { weekdays, type Calendar } from '../contract/calendar.ts';
import { chanceAt } from './random.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** `handover` is the start of a shift until the line works again. */
export type DutyKind = 'work' | 'break' | 'handover' | 'off';

export interface Duty {
  readonly kind: DutyKind;
  readonly until: number;
}

interface Segment {
  readonly kind: 'work' | 'break' | 'off';
  readonly from: number;
  readonly until: number;
  readonly opensShift: boolean;
}

/** The calendar laid out as segments without gaps (cut at UTC days at the latest); shared by all lines that keep it. */
export class Schedule {
  readonly #calendar: Calendar;
  readonly #timezone: string;
  readonly #days = new Map<number, readonly Segment[]>();
  #last: Segment | null = null;

  constructor(calendar: Calendar, timezone: string) {
    this.#calendar = calendar;
    this.#timezone = timezone;
  }

  segmentAt(at: number): Segment {
    if (this.#last !== null && at >= this.#last.from && at < this.#last.until) return this.#last;
    const segment = this.#day(Math.floor(at / dayMs)).find(({ until }) => at < until);
    if (!segment) throw new Error(`no segment at ${String(at)}`);
    this.#last = segment;
    return segment;
  }

  /** The local minute of an instant as `YYMMDD-HHMM`: what orders and batches are numbered by. */
  stamp(at: number): string {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.#timezone).toString();
    return `${local.slice(2, 10).replaceAll('-', '')}-${local.slice(11, 16).replace(':', '')}`;
  }

  /** The segments that cover one UTC day. */
  #day(day: number): readonly Segment[] {
    const known = this.#days.get(day);
    if (known) return known;
    const from = day * dayMs;
    const made = cover(this.#shiftParts(from), from, from + dayMs);
    this.#days.set(day, made);
    return made;
  }

  /** Work and break parts of the shifts that start on the local dates around an instant, in order. */
  #shiftParts(at: number): Segment[] {
    const around = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.#timezone).toPlainDate();
    const parts: Segment[] = [];
    for (let days = -2; days <= 2; days += 1) {
      const date = around.add({ days });
      const weekday = weekdays[date.dayOfWeek - 1];
      if (weekday === undefined || !this.#calendar.days.includes(weekday) || this.#calendar.holidays.includes(date.toString())) continue;
      for (const shift of this.#calendar.shifts) {
        const start = this.#instant(date, shift.start, null);
        const end = this.#instant(date, shift.end, shift.start);
        const breaks = shift.breaks.map(([from, until]) => ({
          from: this.#instant(date, from, from < shift.start ? shift.start : null),
          until: this.#instant(date, until, until <= shift.start ? shift.start : null),
        }));
        parts.push(...shiftSegments(start, end, breaks));
      }
    }
    return parts.sort((left, right) => left.from - right.from);
  }

  /** A time of day on a date, or on the next one where it is not after `after`. */
  #instant(date: Temporal.PlainDate, time: string, after: string | null): number {
    const tomorrow = time === '24:00' || (after !== null && time <= after);
    const plainTime = time === '24:00' ? '00:00' : time;
    const day = tomorrow ? date.add({ days: 1 }) : date;
    return day.toZonedDateTime({ timeZone: this.#timezone, plainTime }).epochMilliseconds;
  }
}

/** What one line does with its schedule: late starts, a break begun a minute later, now and then none at all. */
export class Attendance {
  readonly #schedule: Schedule;
  readonly #seed: number;

  constructor(schedule: Schedule, seed: number) {
    this.#schedule = schedule;
    this.#seed = seed;
  }

  at(at: number): Duty {
    const segment = this.#schedule.segmentAt(at);
    const lagUntil = Math.min(segment.until, segment.from + this.#lagMs(segment));
    if (at >= lagUntil) return { kind: segment.kind, until: segment.until };
    if (segment.kind === 'work') return { kind: segment.opensShift ? 'handover' : 'break', until: lagUntil };
    return { kind: 'work', until: lagUntil };
  }

  /** For how long into a segment the one before it still lasts. */
  #lagMs(segment: Segment): number {
    const chance = chanceAt(this.#seed, segment.from / minuteMs);
    if (segment.kind === 'work') return Math.round((segment.opensShift ? 2 + 9 * chance : 4 * chance) * minuteMs);
    // One line in eight is kept running through a break by a neighbour; some stay on for a while after the shift.
    if (segment.kind === 'break') return chance < 0.125 ? segment.until - segment.from : Math.round(3 * chance * minuteMs);
    return chance < 0.06 ? Math.round(60 * minuteMs * (1 + chance * 30)) : Math.round(6 * chance * minuteMs);
  }
}

function shiftSegments(start: number, end: number, breaks: readonly { from: number; until: number }[]): Segment[] {
  const segments: Segment[] = [];
  let from = start;
  for (const pause of [...breaks].sort((left, right) => left.from - right.from)) {
    if (pause.from > from) segments.push({ kind: 'work', from, until: pause.from, opensShift: from === start });
    segments.push({ kind: 'break', from: pause.from, until: pause.until, opensShift: false });
    from = pause.until;
  }
  if (from < end) segments.push({ kind: 'work', from, until: end, opensShift: from === start });
  return segments;
}

/** Fills the gaps between shifts with `off`, and keeps what touches the window. */
function cover(parts: readonly Segment[], from: number, until: number): Segment[] {
  const covered: Segment[] = [];
  let at = Math.min(from, parts[0]?.from ?? from);
  for (const part of parts) {
    if (part.until <= at) continue;
    if (part.from > at) covered.push({ kind: 'off', from: at, until: part.from, opensShift: false });
    covered.push({ ...part, from: Math.max(part.from, at) });
    at = part.until;
  }
  if (at < until) covered.push({ kind: 'off', from: at, until, opensShift: false });
  return covered.filter((segment) => segment.until > from && segment.from < until);
}
