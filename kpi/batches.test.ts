/** The record of a batch: counts, seconds, counters and means, and what belongs to it. */
import { expect, test } from 'vitest';
import type { BatchRecord } from '../contract/figures.ts';
import type { Reading } from '../contract/reading.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { createBatchSum } from './batches.ts';
import { createSchedules } from './calendar.ts';
import { createFold, lineKind, take } from './fold.ts';

const plant = workshopPlant();

function recordFor(batch: string, readings: readonly Omit<Reading, 'line' | 'receivedAt'>[], now: number): BatchRecord | null {
  const schedule = createSchedules(plant.calendars, plant.timezone).get('always');
  if (!schedule) throw new Error('no calendar');
  const fold = createFold(lineKind('mill-always', mill, schedule), null);
  const sum = createBatchSum('mill-always', batch, mill);
  for (const reading of readings) {
    const before = fold.carry;
    const whole = { line: 'mill-always', receivedAt: 0, ...reading };
    take(fold, whole, {});
    sum.add(whole, before, fold);
  }
  return sum.finish(fold.carry, now);
}

const readings = [
  { ts: 0, batch: 'a', product: 'p', metrics: { speed: 10, made: 100, waste: 0 } },
  { ts: 10_000, batch: 'b', product: 'q', metrics: { speed: 4, made: 130, waste: 2 } },
  { ts: 20_000, metrics: { speed: 6, made: 5, waste: 3 } },
  { ts: 60_000, metrics: { speed: 0, made: 7 } },
  { ts: 70_000, batch: null, metrics: { speed: 9, made: 20 } },
  { ts: 80_000, batch: 'b', metrics: { speed: 8, made: 21, waste: 1 } },
];

test('[KPI-7] a batch is every reading with it in force, however often it comes back', () => {
  // Readings at 10, 20, 60 and 80 s. made: 130−100, reset to 5, 7−5, 21−20. waste: 2−0, 3−2, reset to 1.
  // Running 10–35 s (hold 15 s) and 80–90 s; unknown 35–60 s; stopped 60–70 s.
  expect(recordFor('b', readings, 90_000)).toEqual({
    line: 'mill-always',
    batch: 'b',
    product: 'q',
    from: 10_000,
    to: 90_000,
    readings: { running: 3, stopped: 1, total: 4 },
    runningSeconds: 35,
    stoppedSeconds: 10,
    unknownSeconds: 25,
    counters: { made: 38, waste: 4 },
    metrics: { speed: { meanRunning: 6, min: 0, max: 8, maxRunning: 8 } },
  });
});

test('the last reading of an open batch holds to min(now, ts + hold)', () => {
  expect(recordFor('b', readings, 200_000)).toMatchObject({ to: 95_000, runningSeconds: 40, unknownSeconds: 25 });
});

test('a batch without a reading has no record', () => {
  expect(recordFor('c', readings, 90_000)).toBeNull();
});
