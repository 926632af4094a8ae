/** Details over the embedded store: breaks counted once, excursions as measured, contexts as they changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import { equipmentTypeSchema } from '../contract/equipment.ts';
import { plantSchema, resolvePlant, type Plant } from '../contract/plant.ts';
import { createSchedules } from '../kpi/calendar.ts';
import { lineKind, type LineKind } from '../kpi/fold.ts';
import { breaksOf, contextsOf, excursionsOf } from './details.ts';
import { openDuckdbStore } from './duckdb.ts';
import { patch, put, reading } from './sample.suite.ts';
import type { Store } from './store.ts';

const name = { zh: '甲', en: 'A' };
const start = Date.parse('2026-11-23T00:00:00Z');
const at = (second: number): number => start + second * 1000;
const week = { from: start, to: at(7 * 86_400) };

const frame = equipmentTypeSchema.parse({
  id: 'frame',
  name,
  expectSeconds: 5,
  holdSeconds: 15,
  metrics: {
    head: { name, unit: '1', kind: 'gauge' },
    side: { name, unit: '1', kind: 'text' },
    heat: { name, unit: '°C', kind: 'gauge', limits: { alertHigh: 40, actionHigh: 50, alertLow: 10, when: 'running', settleSeconds: 10 } },
  },
  stops: { torn: { state: 'stopped', name }, service: { state: 'planned', name }, other: { state: 'stopped', name } },
  breaks: { stops: ['torn'], head: 'head', side: 'side', perHour: 10 },
});

let folder: string;
let store: Store;
let kind: LineKind;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bobbin-details-'));
  const plant = onePlant();
  const retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 5 };
  store = await openDuckdbStore({ folder, plant, retention, clock: { ...systemClock, now: () => start }, log: pino({ level: 'silent' }) });
  const schedule = createSchedules(plant.calendars, plant.timezone).get('always');
  if (!schedule) throw new Error('no calendar');
  kind = lineKind('f-1', frame, schedule);
  const torn = (second: number, metrics: Record<string, number | string>) => reading('f-1', at(second), { stop: 'torn', metrics });
  const warm = (second: number, heat: number) => reading('f-1', at(second), { state: 'running', metrics: { heat } });
  await put(store, [
    torn(0, { head: 7, side: 'upper' }),
    // The same break, told again; then one whose head is named later; one by nobody; two apart.
    torn(10, { head: 9, side: 'bobbin' }),
    reading('f-1', at(20), { state: 'running' }),
    torn(30, {}),
    torn(35, { head: 3 }),
    reading('f-1', at(40), { stop: 'other' }),
    torn(50, {}),
    reading('f-1', at(60), { stop: 'other', order: 'A', design: 'peony' }),
    torn(70, { head: 7, side: 'bobbin' }),
    // Too hot from 110 to 130, far too hot at 120; hot before it has settled does not count; low at 140 for as long as it holds.
    warm(100, 45),
    warm(110, 41),
    warm(120, 52),
    warm(130, 39),
    warm(140, 4),
    reading('f-1', at(300), { state: 'stopped', design: null, metrics: { heat: 80 } }),
  ]);
  const context = { line: 'f-1', order: null, batch: null, design: null, product: null };
  const contexts = [
    { ...context, ts: at(60), order: 'A', design: 'peony' },
    { ...context, ts: at(300), order: 'A' },
  ];
  await store.writeDerived([patch('f-1', start, at(600), { contexts })]);
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a stretch of a break code is one break; the first reading that names a head decides', async () => {
  expect(await breaksOf(store, kind, week)).toEqual([
    { ts: at(0), head: 7, side: 'upper' },
    { ts: at(30), head: 3, side: null },
    { ts: at(50), head: null, side: null },
    { ts: at(70), head: 7, side: 'bobbin' },
  ]);
  // A break that began before the window is not in it.
  expect(await breaksOf(store, kind, { from: at(5), to: at(40) })).toEqual([{ ts: at(30), head: 3, side: null }]);
});

test('an excursion lasts until a reading is within again, or as long as the last one holds', async () => {
  const found = await excursionsOf(store, kind, week);
  expect(found).toEqual({
    complete: true,
    excursions: [
      { metric: 'heat', side: 'high', kind: 'action', limit: 50, from: at(110), to: at(130), extreme: 52, readings: 2 },
      { metric: 'heat', side: 'low', kind: 'alert', limit: 10, from: at(140), to: at(155), extreme: 4, readings: 1 },
    ],
  });
});

test('contexts begin with the one in force', async () => {
  const found = await contextsOf(store, 'f-1', { from: at(100), to: at(400) });
  expect(found).toEqual([
    { ts: at(60), order: 'A', batch: null, design: 'peony', product: null },
    { ts: at(300), order: 'A', batch: null, design: null, product: null },
  ]);
});

function onePlant(): Plant {
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: {
      always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
    },
    parks: [
      {
        ...{ id: 'p', name, cluster: 'c', calendar: 'always' },
        firms: [{ id: 'f', name, workshops: [{ id: 'w', name, lines: [{ id: 'f-1', type: 'frame' }] }] }],
      },
    ],
  });
  const { plant, mistakes } = resolvePlant(file, new Map([[frame.id, frame]]));
  if (mistakes) throw new Error(JSON.stringify(mistakes));
  return plant;
}
