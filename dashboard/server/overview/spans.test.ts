/** The times an overview speaks of, in the zone's own days, summer time included. */
import { expect, test } from 'vitest';
import { fourWeeks, nextToday, sameHours, today, trendSpans } from './spans.ts';

const zone = 'Asia/Shanghai';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Monday 2025-11-24, 00:00 in Shanghai. */
const midnight = Date.UTC(2025, 10, 23, 16);

test('today goes to the last settled five minutes, and the same hours lie whole weeks before it', () => {
  const now = midnight + 9 * hourMs + 13 * 60_000 + 20_000;
  const span = today(now, zone);
  expect(span).toEqual({ from: midnight, to: midnight + 9 * hourMs + 10 * 60_000 });
  expect(today(nextToday(span) - 1, zone)).toEqual(span);
  expect(today(nextToday(span), zone)).not.toEqual(span);
  expect(sameHours(span, zone)).toEqual(
    [1, 2, 3, 4].map((week) => ({ from: span.from - week * 7 * dayMs, to: span.to - week * 7 * dayMs })),
  );
});

test('of a day that has just begun nothing is known, and it is not the day before', () => {
  expect(today(midnight + 90_000, zone)).toEqual({ from: midnight, to: midnight });
});

test('days are as long as the clock makes them: hours that a day does not have are compared with none', () => {
  // Clocks go forward on 2026-03-29 at 02:00 in Berlin.
  const after = Date.parse('2026-04-05T23:59:00+02:00');
  const [week] = sameHours(today(after, 'Europe/Berlin'), 'Europe/Berlin');
  expect(week?.from).toBe(Date.parse('2026-03-29T00:00:00+01:00'));
  expect(week?.to).toBe(Date.parse('2026-03-30T00:00:00+02:00'));
});

test('four weeks are 28 days with today, up to the last full hour', () => {
  const { settled, recent } = fourWeeks(midnight + 9 * hourMs + 30 * 60_000, zone);
  expect(settled).toEqual({ from: midnight - 27 * dayMs, to: midnight - dayMs });
  expect(recent).toEqual({ from: midnight - dayMs, to: midnight + 9 * hourMs });
  expect(fourWeeks(midnight + 60_000, zone).recent.to).toBe(midnight - hourMs);
});

test('a trend of days compares seven whole days with the same weekdays four weeks earlier', () => {
  const { steps, period, before } = trendSpans('day', midnight + 9 * hourMs, zone);
  expect(steps).toHaveLength(91);
  expect(steps.at(-2)).toEqual({ from: midnight - dayMs, to: midnight });
  expect(steps.at(-1)).toEqual({ from: midnight, to: midnight + 9 * hourMs - 2 * 60_000 });
  expect(period).toEqual({ from: midnight - 7 * dayMs, to: midnight });
  expect(before).toEqual({ from: midnight - 35 * dayMs, to: midnight - 28 * dayMs });
});

test('a trend of months compares this month so far with as many days of the same month a year before', () => {
  const now = midnight + 9 * hourMs;
  const { steps, period, before } = trendSpans('month', now, zone);
  expect(steps).toHaveLength(13);
  expect(period.from).toBe(Date.UTC(2025, 9, 31, 16));
  expect(before).toEqual({ from: Date.UTC(2024, 9, 31, 16), to: Date.UTC(2024, 9, 31, 16) + (period.to - period.from) });
});
