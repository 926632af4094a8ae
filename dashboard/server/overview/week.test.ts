/** Four weeks of hours as one week: every hour is in the one cell it belongs to, and nothing is made up. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut } from '../../../kpi/calendar.ts';
import { weekOf } from './week.ts';

const zone = 'Asia/Shanghai';
const hourMs = 3_600_000;
/** Monday 2025-11-24, 00:00 in Shanghai. */
const monday = Date.UTC(2025, 10, 23, 16);
const hour = (from: number, busySeconds: number, runningSeconds: number, unknownSeconds = 0) => ({
  from,
  busySeconds,
  runningSeconds,
  unknownSeconds,
});

test('the same hour of the same weekday is summed, then divided; an hour that nobody was scheduled for is none', () => {
  const cells = weekOf(
    [
      hour(monday + 8 * hourMs, 3600, 1800),
      hour(monday + 8 * hourMs - 7 * 24 * hourMs, 7200, 7200, 0),
      hour(monday + 9 * hourMs, 0, 0),
      hour(monday + 6 * 24 * hourMs + 23 * hourMs, 3600, 900, 1800),
    ],
    zone,
  );
  expect(cells.map((day) => day.length)).toEqual(Array(7).fill(24));
  expect(cells[0]?.[8]).toMatchObject({ busySeconds: 10_800, runningSeconds: 9000, utilization: 9000 / 10_800, coverage: 1 });
  expect(cells[0]?.[9]).toBeNull();
  expect(cells[6]?.[23]).toMatchObject({ utilization: 0.5, low: 0.25, high: 0.75, coverage: 0.5 });
  expect(cells.flat().filter((cell) => cell !== null)).toHaveLength(2);
});

test.each(['Europe/Berlin', 'Australia/Lord_Howe'])('what goes in comes out, whatever the clocks do: %s', (timezone) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 }),
      fc.array(fc.tuple(fc.nat(3600), fc.nat(3600)), { minLength: 48, maxLength: 48 }),
      (days, seconds) => {
        const from = monday + days * 24 * hourMs;
        const parts = cut(from, from + 48 * hourMs, 'hour', timezone).map((span, index) => {
          const [busy = 0, running = 0] = seconds[index % 48] ?? [];
          return hour(span.from, busy, Math.min(busy, running));
        });
        const cells = weekOf(parts, timezone).flat();
        const total = (
          of: 'busySeconds' | 'runningSeconds',
          among: readonly ({ busySeconds: number; runningSeconds: number } | null)[],
        ): number => among.reduce((sum, one) => sum + (one?.[of] ?? 0), 0);
        expect(total('busySeconds', cells)).toBe(total('busySeconds', parts));
        expect(total('runningSeconds', cells)).toBe(total('runningSeconds', parts));
      },
    ),
    { numRuns: 5 },
  );
});
