/**
 * A process made to be killed: writes readings and derived rows to a store as fast as it takes them, and keeps it up.
 * Comes in: a folder, as the only argument. Goes out: on stdout, the cursor's position after each batch that is durable.
 * Batch n holds the readings at positions [n, n + 50), one a second, so a store's rows can be told from its cursor.
 */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { systemClock } from '../contract/clock.ts';
import { workshopPlant } from '../test/workshop.ts';
import { openDuckdbStore } from './duckdb.ts';
import { hourMs, minuteMs, minuteRow, patch, put, sampleReadings, start } from './sample.suite.ts';

const batchReadings = 50;
const stdout = 1;

const store = await openDuckdbStore({
  folder: process.argv[2] ?? '',
  plant: workshopPlant(),
  retention: { rawDays: 14, rawBytes: 1e12, minuteYears: 5 },
  clock: systemClock,
  log: pino({ level: 'silent' }),
});
for (let { position } = await store.cursor(); ; position += batchReadings) {
  const ts = start + position * 1000;
  await put(store, sampleReadings('mill-1', ts, batchReadings));
  writeSync(stdout, `${String(position + batchReadings)}\n`);
  const minute = Math.floor(ts / minuteMs) * minuteMs;
  await store.writeDerived([patch('mill-1', minute, minute + minuteMs, { minutes: [minuteRow('mill-1', minute)] })]);
  // An hour of arrival is over every 72 batches.
  if (position % (10 * batchReadings) === 0) void store.maintain(ts - (ts % hourMs));
}
