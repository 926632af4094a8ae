/** Days begin when the zone's clocks show it, whatever the browser's show. */
import { expect, it } from 'vitest';
import { beginOf, dayOf } from './days.ts';

it.each([
  ['Asia/Shanghai', '2026-11-24', '2026-11-23T16:00:00.000Z'],
  ['UTC', '2026-11-24', '2026-11-24T00:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
  ['America/New_York', '2026-11-02', '2026-11-02T05:00:00.000Z'],
])('in %s %s begins at %s', (timezone, day, begin) => {
  const ts = beginOf(day, timezone) ?? 0;
  expect(new Date(ts).toISOString()).toBe(begin);
  expect([dayOf(ts, timezone), dayOf(ts - 1, timezone) < day]).toEqual([day, true]);
});

it.each(['', '2026-13-01', 'today', '2026-1-1'])('%j is no day', (day) => {
  expect(beginOf(day, 'Asia/Shanghai')).toBeNull();
});
