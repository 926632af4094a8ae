/**
 * A second, deliberately naive way to the figures, for tests to hold the product against. It shares no code with it.
 * Comes in: every reading of a line, the type, the calendar. Goes out: the figures of a window, minute by minute, by the
 * words of the definitions and nothing else. Slow on purpose: what it does can be checked by reading it once.
 */
import type { Calendar } from '../contract/calendar.ts';
import type { EquipmentType } from '../contract/equipment.ts';
import type { Reading } from '../contract/reading.ts';

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
}

/** Readings in any order of arrival; of two with one ts the first that arrived counts. */
export function sortedOnce(arrived: readonly Reading[]): Reading[] {
  const first = new Map<number, Reading>();
  for (const reading of arrived) if (!first.has(reading.ts)) first.set(reading.ts, reading);
  return [...first.values()].sort((a, b) => a.ts - b.ts);
}

/** [tsᵢ, min(tsᵢ₊₁, tsᵢ + holdᵢ)), the newest to min(now, ts + hold). */
export function heldSpans(readings: readonly Reading[], type: EquipmentType, now: number): Held[] {
  const spans: Held[] = [];
  let state = 'unknown';
  let stop: string | null = null;
  readings.forEach((reading, index) => {
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
    if (to > reading.ts) spans.push({ from: reading.ts, to, state, stop });
  });
  return spans;
}

export function naiveFigures(
  arrived: readonly Reading[],
  type: EquipmentType,
  calendar: Calendar,
  timezone: string,
  window: { from: number; to: number; now: number },
): NaiveFigures {
  const { from, to, now } = window;
  const readings = sortedOnce(arrived);
  const spans = heldSpans(readings, type, now);
  const figures = { running: 0, setup: 0, idle: 0, stopped: 0, fault: 0, planned: 0 };
  let scheduled = 0;
  let overtime = 0;
  for (let minute = Math.floor(from / 60_000) * 60_000; minute < to; minute += 60_000) {
    const start = Math.max(from, minute);
    const end = Math.min(to, minute + 60_000);
    const works = isScheduled(minute, calendar, timezone);
    if (works) scheduled += end - start;
    for (const span of spans) {
      const shared = Math.min(span.to, end) - Math.max(span.from, start);
      if (shared <= 0) continue;
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

/** Increases of a counter at readings with from ≤ ts < to. */
function counted(readings: readonly Reading[], metric: string, from: number, to: number): number {
  let sum = 0;
  let previous: number | null = null;
  for (const reading of readings) {
    const value = reading.metrics[metric];
    if (typeof value !== 'number') continue;
    if (previous !== null && reading.ts >= from && reading.ts < to) sum += value < previous ? value : value - previous;
    previous = value;
  }
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

/** Whether that whole minute is scheduled, by asking the wall clock of the zone. */
export function isScheduled(minute: number, calendar: Calendar, timezone: string): boolean {
  const today = wallClock(minute, timezone);
  const yesterday = dayBefore(today);
  return calendar.shifts.some((shift) => {
    const overnight = shift.end <= shift.start;
    const inFirstDay = today.time >= shift.start && (overnight || today.time < shift.end);
    const inSecondDay = overnight && today.time < shift.end;
    const day = inFirstDay ? today : inSecondDay ? yesterday : null;
    if (!day || !calendar.days.some((name) => name === dayNames[day.weekday]) || calendar.holidays.includes(day.date)) return false;
    return !shift.breaks.some(([start, end]) => today.time >= start && today.time < (end === '00:00' ? '24:00' : end));
  });
}

interface WallClock {
  date: string;
  time: string;
  weekday: number;
}

function dayBefore(day: WallClock): WallClock {
  const date = new Date(Date.parse(`${day.date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  return { date, time: day.time, weekday: (day.weekday + 6) % 7 };
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(ts: number, timezone: string): WallClock {
  let format = clocks.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    clocks.set(timezone, format);
  }
  const part = Object.fromEntries(format.formatToParts(ts).map(({ type, value }) => [type, value]));
  const date = `${part.year ?? ''}-${part.month ?? ''}-${part.day ?? ''}`;
  return { date, time: `${part.hour ?? ''}:${part.minute ?? ''}`, weekday: (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7 };
}
