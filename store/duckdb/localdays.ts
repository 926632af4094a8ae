/**
 * Days of the zone's own calendar: where each begins. Comes in: a time zone and instants. Goes out: first milliseconds of
 * days. Months already worked out are kept; it never reads the time.
 */
import { cut } from '../../kpi/calendar.ts';
import { dayMs, monthOf, monthStart } from './periods.ts';

export class LocalDays {
  readonly timezone: string;
  /** The days that begin in a month, by the month's number in UTC. */
  readonly #months = new Map<number, readonly number[]>();

  constructor(timezone: string) {
    this.timezone = timezone;
  }

  /** Beginnings of days within `[from, to)`. */
  starts(from: number, to: number): number[] {
    const found: number[] = [];
    for (let month = monthOf(from); from < to && month <= monthOf(to - 1); month += 1) {
      for (const start of this.#month(month)) if (start >= from && start < to) found.push(start);
    }
    return found;
  }

  /** The beginning of the day an instant lies in. */
  startOf(ts: number): number {
    const month = monthOf(ts);
    const start = this.#month(month).findLast((one) => one <= ts) ?? this.#month(month - 1).at(-1);
    if (start === undefined) throw new RangeError(`no day begins before ${String(ts)}`);
    return start;
  }

  /** Where the day that begins then ends; none is longer than 26 hours. */
  after(start: number): number {
    return this.starts(start + 1, start + 2 * dayMs)[0] ?? start + dayMs;
  }

  #month(month: number): readonly number[] {
    let starts = this.#months.get(month);
    if (!starts) {
      // What is cut a millisecond early begins with the rest of a day.
      starts = cut(monthStart(month) - 1, monthStart(month + 1), 'day', this.timezone)
        .slice(1)
        .map(({ from }) => from);
      this.#months.set(month, starts);
    }
    return starts;
  }
}
