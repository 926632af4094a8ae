/** Calendars against the wall clock of their zones, minute by minute; shifts, periods and daylight saving. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarSchema, weekdays, type Calendar } from '../contract/calendar.ts';
import { mistakesOfCalendar } from '../contract/shifts.ts';
import { isScheduled, naiveShiftAt, wallClock } from '../test/naive.ts';
import { createSchedule, cut, type Period } from './calendar.ts';

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

/** A Sunday on which clocks change, or a day near which calendars may change, at noon UTC. */
const moments = [
  ['Asia/Shanghai', '2026-10-01'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2026-03-08'],
  ['America/St_Johns', '2026-11-01'],
  // Clocks go forward, and back, at midnight.
  ['America/Santiago', '2026-09-06'],
  ['America/Santiago', '2026-04-05'],
] as const;

const timeText = (minute: number): string =>
  `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Any shifts at all, with breaks, on any days; shifts that may not be are filtered out below. */
const shifts = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15),
      minutes: fc.integer({ min: 1, max: 96 }).map((quarter) => quarter * 15),
      pauses: fc.array(fc.tuple(fc.nat(1440), fc.integer({ min: 1, max: 60 })), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((given) =>
    given.map(({ start, minutes, pauses }, index) => ({
      id: `s${String(index)}`,
      start: timeText(start),
      end: timeText(start + minutes),
      breaks: pauses.flatMap(([after, long]) =>
        after + long <= minutes && after < minutes ? [[timeText(start + after), timeText(start + after + long)] as [string, string]] : [],
      ),
    })),
  );
const days = fc.subarray([...weekdays], { minLength: 1 });

const situation = fc.constantFrom(...moments).chain(([timezone, date]) => {
  const near = fc
    .integer({ min: -2, max: 2 })
    .map((offset) => new Date(at(`${date}T12:00:00Z`) + offset * 24 * hourMs).toISOString().slice(0, 10));
  const changes = fc
    .uniqueArray(fc.tuple(near, fc.option(shifts, { nil: undefined }), days), { selector: ([from]) => from, maxLength: 2 })
    .map((list) =>
      [...list]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([from, changed, on]) => ({ from, days: on, ...(changed && { shifts: changed }) })),
    );
  return fc
    .record({ timezone: fc.constant(timezone), date: fc.constant(date), shifts, days, holidays: fc.array(near, { maxLength: 1 }), changes })
    .filter((given) => mistakesOfCalendar(given).length === 0);
});

test('[KPI-2] [KPI-8] any calendar, changed from any date, in zones where clocks change, is what the wall clock says', () => {
  fc.assert(
    fc.property(situation, ({ timezone, date, ...calendar }) => {
      const schedule = createSchedule(calendar, timezone);
      const from = at(`${date}T12:00:00Z`) - 2 * 24 * hourMs;
      const to = from + 4 * 24 * hourMs;
      let scheduled = 0;
      for (let minute = from; minute < to; minute += minuteMs) {
        const works = isScheduled(minute, calendar, timezone);
        if (works) scheduled += minuteMs;
        const { scheduled: said } = schedule.segmentAt(minute);
        const [running, naive] = [schedule.shiftAt(minute)?.id ?? null, naiveShiftAt(minute, calendar, timezone)?.id ?? null];
        if (said !== works || running !== naive)
          expect([wallClock(minute, timezone), said, running]).toEqual([wallClock(minute, timezone), works, naive]);
      }
      expect(schedule.scheduledMs(from, to)).toBe(scheduled);
      const found = schedule.shifts(from, to);
      for (const [index, shift] of found.entries()) {
        expect(shift.to).toBeGreaterThan(shift.from);
        const next = found[index + 1];
        if (next) expect(next.from).toBeGreaterThanOrEqual(shift.to);
      }
    }),
    { numRuns: 40 },
  );
});

test('[KPI-8] a break in the hour that is left out does not happen, and one in the hour that comes twice happens once', () => {
  const night: Calendar = {
    shifts: [{ id: 'night', start: '22:00', end: '06:00', breaks: [['02:15', '02:45']] }],
    days: [...weekdays],
    holidays: [],
  };
  const berlin = createSchedule(night, 'Europe/Berlin');
  const slept = (from: string, to: string): number => berlin.scheduledMs(at(from), at(to)) / minuteMs;
  expect(slept('2026-03-27T22:00:00+01:00', '2026-03-28T06:00:00+01:00')).toBe(480 - 30);
  expect(slept('2026-03-28T22:00:00+01:00', '2026-03-29T06:00:00+02:00')).toBe(420);
  expect(slept('2026-10-24T22:00:00+02:00', '2026-10-25T06:00:00+01:00')).toBe(540 - 30);
  expect(berlin.segmentAt(at('2026-10-25T02:20:00+02:00')).scheduled).toBe(false);
  expect(berlin.segmentAt(at('2026-10-25T02:20:00+01:00')).scheduled).toBe(true);
});

test('[KPI-8] shifts that meet in the hour that is left out, or in the one that comes twice, still meet', () => {
  const shifts = [
    { id: 'evening', start: '20:00', end: '02:30', breaks: [] },
    { id: 'night', start: '02:30', end: '08:00', breaks: [] },
  ];
  const berlin = createSchedule({ shifts, days: [...weekdays], holidays: [] }, 'Europe/Berlin');
  const ofNight = (from: string, to: string): (number | string)[][] =>
    berlin.shifts(at(from), at(to)).map(({ id, from, to }) => [id, wallClock(from, 'Europe/Berlin').slice(11), (to - from) / hourMs]);
  expect(ofNight('2026-03-28T20:00:00+01:00', '2026-03-29T08:00:00+02:00')).toEqual([
    ['evening', '20:00', 6],
    ['night', '03:00', 5],
  ]);
  expect(ofNight('2026-10-24T20:00:00+02:00', '2026-10-25T08:00:00+01:00')).toEqual([
    ['evening', '20:00', 6.5],
    ['night', '02:30', 6.5],
  ]);
});

test('[KPI-9] a calendar that changes leaves the past as it was; a night shift begun before goes on to its end', () => {
  const three = calendarSchema.parse({
    shifts: [
      { id: 'early', start: '06:00', end: '14:00' },
      { id: 'late', start: '14:00', end: '22:00' },
      { id: 'night', start: '22:00', end: '06:00' },
    ],
    days: weekdays,
  });
  const { shifts, days } = three;
  const schedule = createSchedule({ ...twoShift, changes: [{ from: '2026-12-01', shifts, days }] }, 'Asia/Shanghai');
  const old = createSchedule(twoShift, 'Asia/Shanghai');
  const change = at('2026-12-01T08:00:00+08:00');
  expect(schedule.shifts(at('2026-09-01T00:00:00+08:00'), change)).toEqual(old.shifts(at('2026-09-01T00:00:00+08:00'), change));
  expect(schedule.scheduledMs(at('2026-09-01T00:00:00+08:00'), change)).toBe(old.scheduledMs(at('2026-09-01T00:00:00+08:00'), change));
  const around = schedule.shifts(at('2026-11-30T21:00:00+08:00'), at('2026-12-01T23:00:00+08:00'));
  expect(
    around.map(({ id, from, to }) => [id, wallClock(from, 'Asia/Shanghai').slice(8), wallClock(to, 'Asia/Shanghai').slice(8)]),
  ).toEqual([
    ['night', '30 20:00', '01 08:00'],
    ['early', '01 08:00', '01 14:00'],
    ['late', '01 14:00', '01 22:00'],
    ['night', '01 22:00', '02 06:00'],
  ]);
});

test('parts of a window touch, begin where the wall clock says, and are never longer than their period', () => {
  const begins: Record<Period, RegExp> = { hour: /./, day: / 0[01]:00$/, week: / 0[01]:00$/, month: /-01 0[01]:00$/ };
  const longest: Record<Period, number> = { hour: 1, day: 25, week: 7 * 24 + 1, month: 31 * 24 + 1 };
  const period = fc.constantFrom<Period>('hour', 'day', 'week', 'month');
  fc.assert(
    fc.property(
      fc.constantFrom(...moments),
      period,
      fc.integer({ min: -3e6, max: 3e6 }),
      fc.nat(4000),
      ([timezone, date], step, offset, minutes) => {
        const from = at(`${date}T12:00:00Z`) + offset * 60;
        const to = from + minutes * minuteMs;
        const parts = cut(from, to, step, timezone);
        expect(parts.reduce((end, part) => (part.from === end ? part.to : Number.NaN), from)).toBe(to);
        for (const [index, part] of parts.entries()) {
          expect(part.to - part.from).toBeGreaterThan(0);
          expect(part.to - part.from).toBeLessThanOrEqual(longest[step] * hourMs);
          if (index > 0) expect(wallClock(part.from, timezone)).toMatch(begins[step]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('weeks begin on Mondays, and hours end where clocks change by half of one', () => {
  const weeks = cut(at('2026-11-20T08:00:00Z'), at('2026-12-02T08:00:00Z'), 'week', 'Asia/Shanghai');
  expect(weeks.map(({ from }) => wallClock(from, 'Asia/Shanghai'))).toEqual(['2026-11-20 16:00', '2026-11-23 00:00', '2026-11-30 00:00']);
  const back = cut(at('2026-04-04T14:00:00Z'), at('2026-04-04T17:00:00Z'), 'hour', 'Australia/Lord_Howe');
  expect(back.map(({ from, to }) => [wallClock(from, 'Australia/Lord_Howe').slice(11), (to - from) / minuteMs])).toEqual([
    ['01:00', 60],
    ['01:30', 30],
    ['02:00', 60],
    ['03:00', 30],
  ]);
  // At 23:30 it was midnight.
  const forward = cut(at('2018-05-04T14:00:00Z'), at('2018-05-04T16:00:00Z'), 'hour', 'Asia/Pyongyang');
  expect(forward.map(({ from, to }) => [wallClock(from, 'Asia/Pyongyang').slice(11), (to - from) / minuteMs])).toEqual([
    ['22:30', 30],
    ['23:00', 30],
    ['00:00', 60],
  ]);
});
