/**
 * When people are at a line: shifts, breaks and days off of its calendar, with the small delays of real life.
 * Comes in: a calendar and a time zone. Goes out: the duty at an instant and until when it lasts. Figures are never made of
 * this; it only decides when a simulated line works.
 */
import { Temporal } from 'temporal-polyfill';
import type { Calendar } from '../contract/calendar.ts';
import { createSchedule, type Schedule as CalendarSchedule } from '../kpi/calendar.ts';
import { chanceAt } from './random.ts';

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

/** The calendar laid out as segments without gaps, none longer than its shift; shared by all lines that keep it. */
export class Schedule {
  readonly #calendar: CalendarSchedule;
  readonly #timezone: string;
  #last: Segment | null = null;

  constructor(calendar: Calendar, timezone: string) {
    this.#calendar = createSchedule(calendar, timezone);
    this.#timezone = timezone;
  }

  segmentAt(at: number): Segment {
    if (this.#last !== null && at >= this.#last.from && at < this.#last.until) return this.#last;
    const { from, to, scheduled } = this.#calendar.segmentAt(at);
    const shift = this.#calendar.shiftAt(at);
    const segment: Segment = shift
      ? {
          kind: scheduled ? 'work' : 'break',
          from: Math.max(from, shift.from),
          until: Math.min(to, shift.to),
          opensShift: scheduled && from <= shift.from,
        }
      : { kind: 'off', from, until: to, opensShift: false };
    this.#last = segment;
    return segment;
  }

  /** The local minute of an instant as `YYMMDD-HHMM`: what orders and batches are numbered by. */
  stamp(at: number): string {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.#timezone).toString();
    return `${local.slice(2, 10).replaceAll('-', '')}-${local.slice(11, 16).replace(':', '')}`;
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
