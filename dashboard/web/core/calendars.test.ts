/** A week drawn by the wall clock, held against the schedule that figures are worked out with; and who follows a calendar. */
import { describe, expect, it } from 'vitest';
import { calendarSchema, type Calendar } from '../../../contract/calendar.ts';
import { createSchedule } from '../../../kpi/calendar.ts';
import { followersOf, later, stretchesOf, weekOf } from './calendars.ts';
import { plant } from './samples.suite.ts';

const shifts = [
  { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
  { id: 'night', start: '20:00', end: '08:00', breaks: [['00:00', '00:30']] },
];
const calendar = calendarSchema.parse({
  ...{ shifts, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], holidays: ['2026-11-26'] },
  changes: [{ from: '2026-11-28', shifts: [{ id: 'long', start: '06:00', end: '24:00' }] }],
});

/** Minutes of each day that the schedule has, in a zone without changes of clocks. */
function scheduled(of: Calendar, date: string): number {
  const midnight = Date.parse(`${date}T00:00+08:00`);
  return createSchedule(of, 'Asia/Shanghai').scheduledMs(midnight, midnight + 86_400_000) / 60_000;
}

describe('a week', () => {
  it('begins on Monday, and has the minutes that figures count', () => {
    const week = weekOf(calendar, '2026-11-24');
    expect(week.map(({ date }) => date)).toEqual(Array.from({ length: 7 }, (_, day) => later('2026-11-23', day)));
    for (const { date, bars } of week) {
      const minutes = bars.flatMap(({ parts }) => parts).reduce((sum, { from, to }) => sum + to - from, 0);
      expect([date, minutes]).toEqual([date, scheduled(calendar, date)]);
    }
  });

  it('says which days are off, and carries the night shift over', () => {
    const [monday, , , thursday, , saturday, sunday] = weekOf(calendar, '2026-11-29');
    expect([monday?.kind, thursday?.kind, saturday?.kind, sunday?.kind]).toEqual(['working', 'holiday', 'working', 'off']);
    expect(thursday?.bars.map(({ shift, carried }) => [shift.id, carried])).toEqual([['night', true]]);
    // The shift of the new version waits for the night shift of the old one.
    expect(saturday?.bars.map(({ shift, parts }) => [shift.id, parts])).toEqual([
      ['night', [{ from: 30, to: 480 }]],
      ['long', [{ from: 480, to: 1440 }]],
    ]);
  });
});

it('dates in a row are one stretch', () => {
  expect(stretchesOf(['2027-01-01', '2026-12-31', '2027-03-05'])).toEqual([
    { from: '2026-12-31', to: '2027-01-01' },
    { from: '2027-03-05', to: '2027-03-05' },
  ]);
});

it('a calendar that all follow is followed by parks alone', () => {
  const { parts, lines } = followersOf(plant, 'days');
  expect(parts.map(({ kind }) => kind)).toEqual(plant.parks.map(() => 'parks'));
  expect(lines).toEqual([]);
  expect(followersOf(plant, 'nobody')).toEqual({ parts: [], lines: [] });
});
