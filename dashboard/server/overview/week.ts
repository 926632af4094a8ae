/**
 * Four weeks of hours as one week: Monday first, 24 hours a day. Comes in: hours with their figures, in the zone's time zone. Goes
 * out: for each weekday and hour the sum of its hours, null where nobody was scheduled in any of them. It is pure.
 */
import type { OverviewFigures } from '../../../contract/overview.ts';
import { added } from './figures.ts';

const hours = 24;
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** An hour, or a part of one, beginning at `from`. */
export interface HourPart {
  readonly from: number;
  readonly busySeconds: number;
  readonly runningSeconds: number;
  readonly unknownSeconds: number;
}

export function weekOf(parts: readonly HourPart[], timezone: string): (OverviewFigures | null)[][] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
  const cells = weekdays.map(() => Array.from({ length: hours }, (): HourPart[] => []));
  for (const part of parts) {
    const words = new Map(format.formatToParts(part.from).map(({ type, value }) => [type, value]));
    cells[weekdays.indexOf(words.get('weekday') ?? '')]?.[Number(words.get('hour'))]?.push(part);
  }
  return cells.map((day) => day.map((own) => added(own)));
}
