/** Calendars against the wall clock of their zones, minute by minute; shifts, periods and daylight saving. */
import { expect, test } from 'vitest';
import { calendarSchema } from '../contract/calendar.ts';
import { isScheduled } from '../test/naive.ts';
import { createSchedule, cut } from './calendar.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const at = (text: string): number => Date.parse(text);

const twoShift = calendarSchema.parse({
  shifts: [
    { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
    { id: 'night', start: '20:00', end: '08:00', breaks: [['00:00', '00:30']] },
  ],
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  holidays: ['2026-10-01'],
});

test.each([
  ['a working week with a holiday', 'Asia/Shanghai', '2026-09-28T00:00:00+08:00', '2026-10-06T00:00:00+08:00'],
  ['the night clocks go back', 'Europe/Berlin', '2026-10-24T12:00:00+02:00', '2026-10-26T12:00:00+01:00'],
  ['the night clocks go forward', 'America/New_York', '2026-03-07T00:00:00-05:00', '2026-03-10T00:00:00-04:00'],
])('[KPI-2] scheduled minutes are those the wall clock says: %s', (_, timezone, from, to) => {
  const schedule = createSchedule(twoShift, timezone);
  let scheduled = 0;
  for (let minute = at(from); minute < at(to); minute += minuteMs) {
    const works = isScheduled(minute, twoShift, timezone);
    expect(schedule.segmentAt(minute).scheduled, new Date(minute).toISOString()).toBe(works);
    expect(schedule.scheduledMs(minute, minute + minuteMs), new Date(minute).toISOString()).toBe(works ? minuteMs : 0);
    if (works) scheduled += minuteMs;
  }
  expect(schedule.scheduledMs(at(from), at(to))).toBe(scheduled);
});

test('a night shift belongs to the day it starts on: the one of Saturday runs into Sunday, Sunday has none', () => {
  const schedule = createSchedule(twoShift, 'Asia/Shanghai');
  expect(schedule.shiftAt(at('2026-11-22T03:00:00+08:00'))).toEqual({
    id: 'night',
    from: at('2026-11-21T20:00:00+08:00'),
    to: at('2026-11-22T08:00:00+08:00'),
  });
  expect(schedule.shiftAt(at('2026-11-22T09:00:00+08:00'))).toBeNull();
  expect(schedule.shiftAt(at('2026-11-23T12:10:00+08:00'))?.id).toBe('day');
});

test('shifts of a window, across the edges of weeks, once each', () => {
  const schedule = createSchedule(twoShift, 'Asia/Shanghai');
  const shifts = schedule.shifts(at('2026-11-16T00:00:00+08:00'), at('2026-11-30T00:00:00+08:00'));
  expect(new Set(shifts.map((shift) => shift.from)).size).toBe(shifts.length);
  // 12 working days of two shifts; the Sunday night shift before the window does not exist.
  expect(shifts.length).toBe(24);
  expect(shifts.every((shift) => shift.to - shift.from === 12 * hourMs)).toBe(true);
});

test('a calendar without a pause is scheduled always', () => {
  const always = calendarSchema.parse({
    shifts: [{ id: 'all', start: '00:00', end: '24:00' }],
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  });
  const schedule = createSchedule(always, 'Asia/Shanghai');
  const from = at('2019-01-18T07:02:27+08:00');
  expect(schedule.scheduledMs(from, from + 60 * 24 * hourMs + 17)).toBe(60 * 24 * hourMs + 17);
});

test('days and months begin where the time zone says, daylight saving included', () => {
  const days = cut(at('2026-10-24T10:00:00+02:00'), at('2026-10-26T10:00:00+01:00'), 'day', 'Europe/Berlin');
  expect(days.map(({ from, to }) => (to - from) / hourMs)).toEqual([14, 25, 10]);
  const months = cut(at('2026-01-31T16:00:00Z'), at('2026-03-31T16:00:00Z'), 'month', 'Asia/Shanghai');
  expect(months.map(({ from }) => new Date(from).toISOString())).toEqual(['2026-01-31T16:00:00.000Z', '2026-02-28T16:00:00.000Z']);
  const hours = cut(at('2026-11-23T08:10:00Z'), at('2026-11-23T10:00:00Z'), 'hour', 'Asia/Kolkata');
  expect(hours.map(({ from, to }) => (to - from) / minuteMs)).toEqual([20, 60, 30]);
});
