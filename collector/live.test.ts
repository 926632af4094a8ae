/** Live records: what a screen is told, when, and what happens to readings that come late. */
import { expect, test } from 'vitest';
import type { Reading } from '../contract/reading.ts';
import { createSchedules } from '../kpi/calendar.ts';
import { createFold, lineKind, take } from '../kpi/fold.ts';
import { naiveFigures } from '../test/naive.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { createLive, type Live } from './live.ts';
import { createWindows } from './windows.ts';

const plant = workshopPlant();
const schedules = createSchedules(plant.calendars, plant.timezone);
/** A Monday afternoon. */
const start = Date.parse('2026-11-23T14:00:00+08:00');

function reading(offsetSeconds: number, rest: Partial<Reading> = {}): Reading {
  return { line: 'mill-1', ts: start + offsetSeconds * 1000, receivedAt: start, metrics: {}, ...rest };
}

function liveAfter(readings: readonly Reading[]): Live {
  const live = createLive(plant, schedules);
  for (const one of readings) live.take(one);
  return live;
}

function record(live: Live, now: number, line = 'mill-1'): ReturnType<Live['due']>[number] | undefined {
  return live.due(now).find((one) => one.id === line);
}

test('every line has a record from the first moment, unknown before any reading', () => {
  const records = createLive(plant, schedules).due(start);
  expect(records.map((one) => one.id)).toEqual([...plant.lines.keys()]);
  expect(records[0]).toMatchObject({ state: 'unknown', stop: null, since: null, ts: null, connected: false, metrics: {} });
  expect(records[0]?.shift).toMatchObject({ id: 'day', from: Date.parse('2026-11-23T08:00:00+08:00'), to: start, coverage: 0 });
});

test('a reading shows at once; silence turns the line unknown when its hold ends, not before', () => {
  const live = liveAfter([reading(0, { metrics: { speed: 700 } })]);
  expect(record(live, start + 10)).toMatchObject({ state: 'running', since: start, ts: start, metrics: { speed: 700 } });
  expect(record(live, start + 14_999)?.state).not.toBe('unknown');
  expect(record(live, start + 15_000)).toMatchObject({ state: 'unknown', stop: null, since: start + 15_000 });
});

test('a change of state goes out at once, numbers at most four times a second', () => {
  const live = liveAfter([reading(0, { metrics: { speed: 700 } })]);
  record(live, start + 10);
  live.take(reading(0.05, { metrics: { speed: 701 } }));
  expect(record(live, start + 60)).toBeUndefined();
  live.take(reading(0.07, { stop: 'jam' }));
  expect(record(live, start + 80)).toMatchObject({ state: 'stopped', stop: 'jam', since: start + 70, metrics: { speed: 701 } });
  live.take(reading(0.1, { stop: 'jam', metrics: { speed: 0 } }));
  expect(record(live, start + 200)).toBeUndefined();
  expect(record(live, start + 330)).toMatchObject({ since: start + 70, metrics: { speed: 0 } });
});

test('shift and hour are the figures of their windows, as of now', () => {
  const readings = [
    ...Array.from({ length: 400 }, (_, index) => reading(index * 10, { state: 'running', metrics: { made: index * 3 } })),
    reading(4000, { stop: 'broken' }),
    reading(4010, { stop: 'jam', hold: 30 }),
  ];
  const live = liveAfter(readings);
  const now = start + 4_025_500;
  const shown = record(live, now);
  for (const window of [shown?.shift, shown?.hour]) {
    if (!window) throw new Error('no window');
    const calendar = plant.calendars.get('two-shift');
    if (!calendar) throw new Error('no calendar');
    const { from, to } = window;
    expect(to).toBe(now);
    expect(window).toMatchObject(naiveFigures(readings, mill, calendar, plant.timezone, { from, to, now }));
  }
  expect(shown?.hour.from).toBe(Date.parse('2026-11-23T14:07:00+08:00'));
});

test('no shift runs on a Sunday: the record says so', () => {
  const live = liveAfter([]);
  expect(record(live, Date.parse('2026-11-22T14:00:00+08:00'))?.shift).toBeNull();
});

test('a new shift starts from what is known of it', () => {
  const evening = Date.parse('2026-11-23T19:59:50+08:00');
  const live = createLive(plant, schedules);
  live.take({ line: 'mill-1', ts: evening, receivedAt: evening, state: 'running', hold: 3600, metrics: {} });
  expect(record(live, evening + 5000)?.shift).toMatchObject({ id: 'day', runningSeconds: 5 });
  expect(record(live, evening + 40_000)?.shift).toMatchObject({ id: 'night', runningSeconds: 30, busySeconds: 30 });
});

test('a late reading waits for the correction, which brings it in and keeps what came since', () => {
  const early = reading(5, { state: 'fault', stop: 'broken' });
  const live = liveAfter([reading(0, { state: 'running' }), reading(10, { state: 'running' }), early, reading(20, { state: 'running' })]);
  expect(record(live, start + 21_000)?.shift).toMatchObject({ runningSeconds: 21, faultSeconds: 0 });

  const schedule = schedules.get('two-shift');
  if (!schedule) throw new Error('no calendar');
  const fold = createFold(lineKind('mill-1', mill, schedule), null);
  for (const one of [reading(0, { state: 'running' }), early, reading(10, { state: 'running' })]) take(fold, one, {});
  live.rebase({ line: 'mill-1', fold, windows: createWindows(schedule.shiftAt(start), []) }, [reading(20, { state: 'running' })]);
  expect(record(live, start + 22_000)?.shift).toMatchObject({
    runningSeconds: 17,
    faultSeconds: 5,
    stops: { broken: { count: 1, seconds: 5 } },
  });
});

test('connection changes are told at once', () => {
  const live = liveAfter([]);
  record(live, start);
  live.connected('mill-1', true);
  expect(record(live, start + 1)?.connected).toBe(true);
  expect(record(live, start + 2)).toBeUndefined();
});
