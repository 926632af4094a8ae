/**
 * The handover at the end of a shift: which lines and which shift it is about, what is worth telling of each, and all of it as
 * plain text to send on. Comes in: an address, spans, figures. Goes out: rows and text. It is pure.
 */
import type { StateSpan, UtilizationRecord } from '../../../contract/figures.ts';
import { placeOf, setPlace, type Place, type PlantLine } from './plant.ts';

export const handoverShifts = ['running', 'last'] as const;
export type HandoverShift = (typeof handoverShifts)[number];
export const longStopMinutes = [5, 10, 30] as const;

export interface HandoverView {
  readonly place: Place;
  readonly shift: HandoverShift;
  readonly minutes: number;
}

/** More lines than these are no sheet that anybody hands over: each asks the server twice. */
export const handoverLines = 60;
const usualMinutes = 10;

export function handoverViewOf(query: URLSearchParams): HandoverView {
  return {
    place: placeOf(query),
    shift: handoverShifts.find((shift) => shift === query.get('shift')) ?? 'running',
    minutes: longStopMinutes.find((minutes) => String(minutes) === query.get('stops')) ?? usualMinutes,
  };
}

export function handoverAddress({ place, shift, minutes }: HandoverView): string {
  const query = new URLSearchParams();
  setPlace(query, place);
  if (shift !== 'running') query.set('shift', shift);
  if (minutes !== usualMinutes) query.set('stops', String(minutes));
  const text = query.toString();
  return text === '' ? '/handover' : `/handover?${text}`;
}

/** Lines that keep one calendar have their shifts together; the calendar of most lines first. */
export function byCalendar(lines: readonly PlantLine[]): PlantLine[][] {
  const groups = new Map<string, PlantLine[]>();
  for (const line of lines) groups.set(line.calendar, [...(groups.get(line.calendar) ?? []), line]);
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

export interface HandoverRow {
  readonly line: PlantLine;
  readonly figures: UtilizationRecord;
  /** The longest first. */
  readonly longStops: readonly StateSpan[];
}

/** Stretches without production that were at least so long; what was planned, and what nobody knows, is none. */
export function longStopsOf(spans: readonly StateSpan[], minutes: number): StateSpan[] {
  return spans
    .filter(({ state, from, to }) => !['running', 'planned', 'unknown'].includes(state) && to - from >= minutes * 60_000)
    .sort((a, b) => b.to - b.from - (a.to - a.from));
}

/** How often and how long a line stood, whatever the reason; `running` codes are none. */
export function stopSumOf(
  { stops }: Pick<UtilizationRecord, 'stops'>,
  { type }: Pick<PlantLine, 'type'>,
): { count: number; seconds: number } {
  const sum = { count: 0, seconds: 0 };
  for (const [stop, { count, seconds }] of Object.entries(stops)) {
    if (type.stops[stop]?.state === 'running') continue;
    sum.count += count;
    sum.seconds += seconds;
  }
  return sum;
}
