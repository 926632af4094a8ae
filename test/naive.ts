/**
 * A second, deliberately naive way to the figures, for tests to hold the product against. It shares no code with it.
 * Comes in: every reading of a line, the type, the calendar. Goes out: the figures of a window, minute by minute, by the
 * words of the definitions and nothing else. Slow on purpose: what it does can be checked by reading it once.
 */
import type { Calendar } from '../contract/calendar.ts';
import type { EquipmentType } from '../contract/equipment.ts';
import type { BatchRecord } from '../contract/figures.ts';
import type { Reading, State } from '../contract/reading.ts';

export interface NaiveFigures {
  busySeconds: number;
  runningSeconds: number;
  setupSeconds: number;
  idleSeconds: number;
  stoppedSeconds: number;
  faultSeconds: number;
  unknownSeconds: number;
  plannedSeconds: number;
  overtimeSeconds: number;
  output: number;
  scrap: number;
  stops: Record<string, { count: number; seconds: number }>;
}

interface Held {
  from: number;
  to: number;
  state: string;
  stop: string | null;
  /** What the readings say, where somebody said otherwise. */
  original?: { state: string; stop: string | null };
}

/** Somebody said afterwards that the stop of `[from, to)` was this one; null: it was what the readings say. */
export interface Said {
  readonly from: number;
  readonly to: number;
  readonly stop: string | null;
}

/** Readings in any order of arrival; of two with one ts the first that arrived counts. */
export function sortedOnce(arrived: readonly Reading[]): Reading[] {
  const first = new Map<number, Reading>();
  for (const reading of arrived) if (!first.has(reading.ts)) first.set(reading.ts, reading);
  return [...first.values()].sort((a, b) => a.ts - b.ts);
}

/** [tsᵢ, min(tsᵢ₊₁, tsᵢ + holdᵢ)), the newest to min(now, ts + hold). */
export function heldSpans(readings: readonly Reading[], type: EquipmentType, now: number, said: readonly Said[] = []): Held[] {
  return heldByEach(readings, type, now)
    .map((span) => saidOf(span, type, said))
    .filter((span) => span.to > span.from);
}

/** A stop is what was said last of the reading it began with. Running time, and what nobody knows, cannot be said away, nor said. */
function saidOf(span: Held, type: EquipmentType, said: readonly Said[]): Held {
  let stop: string | null = null;
  for (const one of said) if (one.from <= span.from && span.from < one.to) stop = one.stop;
  const state = stop === null ? 'running' : (type.stops[stop]?.state ?? 'unknown');
  const none = ['running', 'unknown'];
  if (none.includes(state) || none.includes(span.state) || (span.state === state && span.stop === stop)) return span;
  return { from: span.from, to: span.to, state, stop, original: { state: span.state, stop: span.stop } };
}

/** One span a reading, of no length where it holds for nothing. */
function heldByEach(readings: readonly Reading[], type: EquipmentType, now: number): Held[] {
  let state = 'unknown';
  let stop: string | null = null;
  return readings.map((reading, index) => {
    const rule = type.state;
    const value = rule ? reading.metrics[rule.metric] : undefined;
    if (reading.state !== undefined) {
      state = reading.state;
      stop = reading.state === 'unknown' ? null : (reading.stop ?? null);
    } else if (reading.stop !== undefined) {
      state = type.stops[reading.stop]?.state ?? 'unknown';
      stop = reading.stop;
    } else if (rule && typeof value === 'number') {
      state = value > rule.above ? rule.then : rule.otherwise;
      stop = null;
    }
    const next = readings[index + 1]?.ts ?? now;
    const to = Math.min(next, reading.ts + Math.round((reading.hold ?? type.holdSeconds) * 1000));
    return { from: reading.ts, to: Math.max(reading.ts, to), state, stop };
  });
}

/** The state history of `[from, to)`: gaps are unknown, equal neighbours are one. */
export function naiveStates(
  arrived: readonly Reading[],
  type: EquipmentType,
  window: { from: number; to: number; now: number },
  said: readonly Said[] = [],
): Held[] {
  const unknown = { state: 'unknown', stop: null };
  const pieces: Held[] = [];
  let at = window.from;
  for (const span of heldSpans(sortedOnce(arrived), type, window.now, said)) {
    const from = Math.max(span.from, window.from);
    const to = Math.min(span.to, window.to);
    if (from >= to) continue;
    pieces.push({ from: at, to: from, ...unknown });
    pieces.push(span.state === 'unknown' ? { from, to, ...unknown } : { ...span, from, to });
    at = to;
  }
  pieces.push({ from: at, to: window.to, ...unknown });
  const merged: Held[] = [];
  for (const piece of pieces.filter((one) => one.to > one.from)) {
    const last = merged.at(-1);
    const same = last?.original?.state === piece.original?.state && last?.original?.stop === piece.original?.stop;
    if (last?.state === piece.state && last.stop === piece.stop && same) last.to = piece.to;
    else merged.push({ ...piece });
  }
  return merged;
}

/** Every batch of a line, newest first: the readings with it in force, and the time they and the gaps between them take. */
export function naiveBatches(arrived: readonly Reading[], type: EquipmentType, line: string, now: number): BatchRecord[] {
  const readings = sortedOnce(arrived);
  const spans = heldByEach(readings, type, now);
  let batch: string | null = null;
  let product: string | null = null;
  const inForce = readings.map((reading) => {
    if (reading.batch !== undefined) batch = reading.batch;
    if (reading.product !== undefined) product = reading.product;
    return { batch, product };
  });
  const names = new Set(inForce.flatMap((context) => (context.batch === null ? [] : [context.batch])));
  const records = [...names].map((name): BatchRecord => {
    const own = readings.flatMap((reading, index) => (inForce[index]?.batch === name ? [{ reading, index }] : []));
    const lasted = { running: 0, stopped: 0, unknown: 0 };
    const counts: BatchRecord['readings'] = { running: 0, stopped: 0, total: own.length };
    let to = 0;
    for (const { index } of own) {
      const span = spans[index];
      if (!span) continue;
      const state = span.state as State;
      counts[state] = (counts[state] ?? 0) + 1;
      if (state === 'running' || state === 'stopped' || state === 'unknown') lasted[state] += span.to - span.from;
      const next = readings[index + 1];
      const goesOn = next !== undefined && inForce[index + 1]?.batch === name;
      if (goesOn) lasted.unknown += next.ts - span.to;
      to = goesOn ? next.ts : span.to;
    }
    const gauges = Object.keys(type.metrics).filter((metric) => type.metrics[metric]?.kind === 'gauge');
    const counters = Object.keys(type.metrics).filter((metric) => type.metrics[metric]?.kind === 'counter');
    const values = (metric: string, running: boolean): number[] =>
      own.flatMap(({ reading, index }) => {
        const value = reading.metrics[metric];
        return typeof value === 'number' && (!running || spans[index]?.state === 'running') ? [value] : [];
      });
    return {
      line,
      batch: name,
      product: inForce[own.at(-1)?.index ?? -1]?.product ?? null,
      from: own[0]?.reading.ts ?? 0,
      to,
      readings: counts,
      runningSeconds: lasted.running / 1000,
      stoppedSeconds: lasted.stopped / 1000,
      unknownSeconds: lasted.unknown / 1000,
      counters: Object.fromEntries(
        counters.map((metric) => [metric, countedAt(readings, metric, (index) => inForce[index]?.batch === name)]),
      ),
      metrics: Object.fromEntries(
        gauges
          .filter((metric) => values(metric, false).length > 0)
          .map((metric) => {
            const all = values(metric, false);
            const running = values(metric, true);
            const none = running.length === 0;
            const mean = none ? null : running.reduce((sum, value) => sum + value, 0) / running.length;
            return [
              metric,
              { meanRunning: mean, min: Math.min(...all), max: Math.max(...all), maxRunning: none ? null : Math.max(...running) },
            ];
          }),
      ),
    };
  });
  return records.sort((a, b) => b.from - a.from);
}

export function naiveFigures(
  arrived: readonly Reading[],
  type: EquipmentType,
  calendar: Calendar,
  timezone: string,
  window: { from: number; to: number; now: number },
  said: readonly Said[] = [],
): NaiveFigures {
  const { from, to, now } = window;
  const readings = sortedOnce(arrived);
  const spans = heldSpans(readings, type, now, said);
  const figures = { running: 0, setup: 0, idle: 0, stopped: 0, fault: 0, planned: 0 };
  let scheduled = 0;
  let overtime = 0;
  for (const minute of minutesOf(from, to)) {
    if (isScheduled(minute, calendar, timezone)) scheduled += Math.min(to, minute + 60_000) - Math.max(from, minute);
  }
  for (const span of spans) {
    const [start, end] = [Math.max(from, span.from), Math.min(to, span.to)];
    for (const minute of minutesOf(start, end)) {
      const shared = Math.min(end, minute + 60_000) - Math.max(start, minute);
      const works = isScheduled(minute, calendar, timezone);
      if (works && span.state !== 'unknown') figures[span.state as keyof typeof figures] += shared;
      if (!works && span.state === 'running') overtime += shared;
    }
  }
  const busy = scheduled - figures.planned;
  const known = figures.running + figures.setup + figures.idle + figures.stopped + figures.fault;
  return {
    busySeconds: busy / 1000,
    runningSeconds: figures.running / 1000,
    setupSeconds: figures.setup / 1000,
    idleSeconds: figures.idle / 1000,
    stoppedSeconds: figures.stopped / 1000,
    faultSeconds: figures.fault / 1000,
    unknownSeconds: (busy - known) / 1000,
    plannedSeconds: figures.planned / 1000,
    overtimeSeconds: overtime / 1000,
    output: type.output ? counted(readings, type.output.metric, from, to) * type.output.scale : 0,
    scrap: type.scrap ? counted(readings, type.scrap.metric, from, to) * type.scrap.scale : 0,
    stops: stopsOf(spans, calendar, timezone, from, to),
  };
}

/** The whole minutes that a window touches. */
function* minutesOf(from: number, to: number): Iterable<number> {
  if (from >= to) return;
  for (let minute = Math.floor(from / 60_000) * 60_000; minute < to; minute += 60_000) yield minute;
}

/** Increases of a counter at readings with from ≤ ts < to. */
function counted(readings: readonly Reading[], metric: string, from: number, to: number): number {
  return countedAt(readings, metric, (_index, { ts }) => ts >= from && ts < to);
}

/** Increases of a counter at some of the readings, by their place among all. */
function countedAt(readings: readonly Reading[], metric: string, counts: (index: number, reading: Reading) => boolean): number {
  let sum = 0;
  let previous: number | null = null;
  readings.forEach((reading, index) => {
    const value = reading.metrics[metric];
    if (typeof value !== 'number') return;
    if (previous !== null && counts(index, reading)) sum += value < previous ? value : value - previous;
    previous = value;
  });
  return sum;
}

/** Time per stop code within busy time, and how many stretches have their first busy instant in the window. */
function stopsOf(spans: readonly Held[], calendar: Calendar, timezone: string, from: number, to: number): NaiveFigures['stops'] {
  const stretches: Held[] = [];
  for (const span of spans) {
    const last = stretches.at(-1);
    if (last?.to === span.from && last.state === span.state && last.stop === span.stop) last.to = span.to;
    else stretches.push({ ...span });
  }
  const stops: NaiveFigures['stops'] = {};
  for (const stretch of stretches) {
    if (stretch.stop === null || !['setup', 'idle', 'stopped', 'fault'].includes(stretch.state)) continue;
    if (stretch.to <= from || stretch.from >= to) continue;
    let first: number | null = null;
    let shared = 0;
    for (let minute = Math.floor(stretch.from / 60_000) * 60_000; minute < stretch.to; minute += 60_000) {
      if (!isScheduled(minute, calendar, timezone)) continue;
      first ??= Math.max(minute, stretch.from);
      shared += Math.max(0, Math.min(stretch.to, minute + 60_000, to) - Math.max(stretch.from, minute, from));
    }
    const count = first !== null && first >= from && first < to ? 1 : 0;
    if (shared === 0 && count === 0) continue;
    const sum = (stops[stretch.stop] ??= { count: 0, seconds: 0 });
    sum.count += count;
    sum.seconds += shared;
  }
  for (const sum of Object.values(stops)) sum.seconds /= 1000;
  return stops;
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Whether that whole minute is scheduled: it lies in a shift, and in none of that shift's breaks. What began the day before comes first. */
export function isScheduled(minute: number, calendar: Calendar, timezone: string): boolean {
  const shift = naiveShiftAt(minute, calendar, timezone);
  return shift !== null && !shift.breaks.some((pause) => pause.from <= minute && minute < pause.to);
}

/** The shift a minute lies in, where two versions of a calendar meet the one that began on the earlier day. */
export function naiveShiftAt(minute: number, calendar: Calendar, timezone: string): NaiveShift | null {
  const today = wallClock(minute, timezone).slice(0, 10);
  for (const date of [dayAfter(today, -1), today]) {
    for (const shift of shiftsOn(date, calendar, timezone)) if (shift.from <= minute && minute < shift.to) return shift;
  }
  return null;
}

interface NaiveShift {
  id: string;
  from: number;
  to: number;
  breaks: { from: number; to: number }[];
}

const shiftsSeen = new WeakMap<Calendar, Map<string, NaiveShift[]>>();

/** The shifts that start on a date, by what is in force on it. */
function shiftsOn(date: string, calendar: Calendar, timezone: string): NaiveShift[] {
  const seen = shiftsSeen.get(calendar) ?? new Map<string, NaiveShift[]>();
  shiftsSeen.set(calendar, seen);
  const key = `${date} ${timezone}`;
  const found = seen.get(key);
  if (found) return found;
  let { shifts, days, holidays } = calendar;
  for (const change of calendar.changes ?? []) {
    if (date < change.from) continue;
    shifts = change.shifts ?? shifts;
    days = change.days ?? days;
    holidays = change.holidays ?? holidays;
  }
  const weekday = dayNames[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];
  const works = days.some((day) => day === weekday) && !holidays.includes(date);
  const worked = !works
    ? []
    : shifts.map((shift): NaiveShift => {
        /** A time of the shift at or before its start is on the next day; the start of a break may be the start of the shift. */
        const at = (time: string, isNext: boolean): number => momentOf(dayAfter(date, isNext ? 1 : 0), time, timezone);
        return {
          id: shift.id,
          from: at(shift.start, false),
          to: at(shift.end, shift.end <= shift.start),
          breaks: shift.breaks.map(([start, end]) => ({ from: at(start, start < shift.start), to: at(end, end <= shift.start) })),
        };
      });
  seen.set(key, worked);
  return worked;
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first minute at which the wall clock shows that date and time or later ones, looked for minute by minute. */
function momentOf(date: string, time: string, timezone: string): number {
  const wanted = time === '24:00' ? `${dayAfter(date, 1)} 00:00` : `${date} ${time}`;
  let minute = Date.parse(`${wanted.replace(' ', 'T')}Z`) - 15 * 3_600_000;
  while (wallClock(minute, timezone) < wanted) minute += 60_000;
  return minute;
}

const clocks = new Map<string, { format: Intl.DateTimeFormat; shown: Map<number, string> }>();

/** "2026-11-23 08:00", as a clock on the wall shows it. */
export function wallClock(ts: number, timezone: string): string {
  let clock = clocks.get(timezone);
  if (!clock) {
    const twoDigits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, hourCycle: 'h23', year: 'numeric', ...twoDigits });
    clock = { format, shown: new Map() };
    clocks.set(timezone, clock);
  }
  const minute = Math.floor(ts / 60_000) * 60_000;
  const shown = clock.shown.get(minute) ?? clock.format.format(minute);
  clock.shown.set(minute, shown);
  return shown;
}
