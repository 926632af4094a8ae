/**
 * What can be wrong with a calendar though each part of it is right: changes out of order, shifts that overlap, breaks that
 * lie elsewhere. Comes in: a calendar of the plant file. Goes out: mistakes with their paths. It is pure, and repairs nothing.
 */
import { weekdays, type Calendar, type Shift } from './calendar.ts';
import { versionsOf, type CalendarVersion } from './versions.ts';

/** A path within the calendar, and the reason in words. */
export interface CalendarMistake {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** The dates of changes rise; every version by itself has shifts that can be told apart and leave room for each other. */
export function mistakesOfCalendar(calendar: Calendar): CalendarMistake[] {
  const { changes = [] } = calendar;
  const mistakes = changes.flatMap((change, index): CalendarMistake[] => {
    const path = ['changes', index];
    const found = risingFrom(change.from, changes[index - 1]?.from, [...path, 'from']);
    if (change.shifts ?? change.days ?? change.holidays) return found;
    return [...found, { path, reason: 'changes nothing: needs shifts, days or holidays' }];
  });
  versionsOf(calendar).forEach((version, index) => {
    const path = index === 0 ? [] : ['changes', index - 1];
    // A change of the days alone can make shifts meet that its version has from the one before.
    const changed = index === 0 || changes[index - 1]?.shifts !== undefined;
    if (changed) mistakes.push(...mistakesOfShifts(version, [...path, 'shifts']));
    mistakes.push(...overlaps(version, [...path, changed ? 'shifts' : 'days']));
  });
  return mistakes;
}

/** A date must come after the one before it, where there is one. */
export function risingFrom(from: string, before: string | undefined, path: readonly (string | number)[]): CalendarMistake[] {
  return before !== undefined && from <= before ? [{ path, reason: `must come after "${before}", is "${from}"` }] : [];
}

function mistakesOfShifts({ shifts }: CalendarVersion, path: readonly (string | number)[]): CalendarMistake[] {
  return shifts.flatMap((shift, index) => {
    const { start, end } = minutesOf(shift);
    const own = [...path, index];
    const mistakes: CalendarMistake[] = [];
    if (shifts.findIndex(({ id }) => id === shift.id) < index)
      mistakes.push({ path: [...own, 'id'], reason: `is used twice: "${shift.id}"` });
    shift.breaks.forEach((pause, at) => {
      const from = minuteOfDay(pause[0]) + (pause[0] < shift.start ? dayMinutes : 0);
      const to = minuteOfDay(pause[1]) + (pause[1] <= shift.start ? dayMinutes : 0);
      const said = `${pause[0]} to ${pause[1]}`;
      if (from < start || from >= end || to > end)
        mistakes.push({ path: [...own, 'breaks', at], reason: `lies outside its shift: ${said}` });
      else if (to <= from) mistakes.push({ path: [...own, 'breaks', at], reason: `ends before it begins: ${said}` });
    });
    return mistakes;
  });
}

/** Two shifts at once would count one minute for both; a shift may meet those of its own day and, after midnight, of the next. */
function overlaps({ shifts, days }: CalendarVersion, path: readonly (string | number)[]): CalendarMistake[] {
  const inARow = days.some((day) => days.includes(weekdays[(weekdays.indexOf(day) + 1) % weekdays.length] ?? day));
  return shifts.flatMap((shift, index) => {
    const one = minutesOf(shift);
    const met = shifts.find((before, at) => {
      const other = minutesOf(before);
      if (at >= index) return false;
      const sameDay = one.start < other.end && other.start < one.end;
      return sameDay || (inARow && (one.start + dayMinutes < other.end || other.start + dayMinutes < one.end));
    });
    return met
      ? [{ path: path.at(-1) === 'shifts' ? [...path, index] : path, reason: `shift "${shift.id}" overlaps shift "${met.id}"` }]
      : [];
  });
}

const dayMinutes = 24 * 60;

/** Minutes from the beginning of the day the shift starts on. */
function minutesOf({ start, end }: Shift): { start: number; end: number } {
  return { start: minuteOfDay(start), end: minuteOfDay(end) + (end <= start ? dayMinutes : 0) };
}

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
