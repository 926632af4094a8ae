/**
 * The alarm book of the embedded store: what every alarm book must do, and what upkeep lets go of besides. Runs with the system tests,
 * since each of them opens a store of its own.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alarmOf, closed } from '../contract/alarm.suite.ts';
import { systemClock, type Clock } from '../contract/clock.ts';
import { workshopPlant } from '../test/workshop.ts';
import { alarmBookSuite } from './alarmbook.suite.ts';
import type { AlarmEntry } from './alarmbook.ts';
import { openDuckdbStore } from './duckdb.ts';
import { dayMs, hourMs, start } from './sample.suite.ts';
import type { Store } from './store.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'bobbin-alarms-'));
const openIn = (folder: string, clock: Clock): Promise<Store> => {
  const retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 1 };
  return openDuckdbStore({ folder, plant: workshopPlant(), retention, clock, log: pino({ level: 'silent' }) });
};

alarmBookSuite(async () => {
  const folder = await makeFolder();
  return { open: () => openIn(folder, systemClock), remove: () => rm(folder, { recursive: true, force: true }) };
});

const nothing: AlarmEntry = { snapshot: null, records: [], incidents: [], announcements: [], steps: [], overrides: [] };

describe('upkeep of the alarm book', () => {
  let folder: string;
  let store: Store;
  const open = async (): Promise<void> => {
    store = await openIn(folder, { ...systemClock, now: () => start });
  };
  beforeEach(async () => {
    folder = await makeFolder();
    await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the file holds, seen without the store. */
  const countRows = async (table: string): Promise<number> => {
    await store.close();
    const instance = await DuckDBInstance.create(join(folder, 'bobbin.duckdb'));
    const connection = await instance.connect();
    const [row] = await (await connection.run(`SELECT count(*) FROM ${table}`)).getRows();
    connection.disconnectSync();
    instance.closeSync();
    await open();
    return Number(row?.[0]);
  };

  test('deletes versions that newer ones took the place of, and none that count', async () => {
    const first = Array.from({ length: 1500 }, (_, index) => alarmOf('mill-1', start + index));
    const last = first.map((record, index) => (index % 2 === 0 ? closed(record, record.raisedAt + 5) : record));
    await store.alarms.enter({ ...nothing, records: first });
    await store.alarms.enter({ ...nothing, records: last });
    await store.maintain(start + hourMs);
    expect(await countRows('alarm_records')).toBe(1500);
    await store.alarms.enter({ ...nothing, records: last.slice(0, 10) });
    await store.maintain(start + 2 * hourMs);
    expect(await countRows('alarm_records')).toBe(1510);
    const found = await store.alarms.records({ lines: ['mill-1'], from: start, to: start + hourMs, limit: 5000 });
    expect(found).toEqual(last.toReversed());
  });

  test('lets go of what was over before minutes are kept, and never of what is open', async () => {
    const old = start - 400 * dayMs;
    const [open, over] = [alarmOf('mill-1', old), closed(alarmOf('mill-2', old), old + hourMs)];
    const fresh = closed(alarmOf('mill-2', old), start - hourMs);
    const step = { alarm: over.id, at: old, what: 'raised', who: null, detail: null } as const;
    await store.alarms.enter({ ...nothing, records: [open, over, { ...fresh, id: `${old.toString(36)}-fresh` }], steps: [step] });
    await store.maintain(start);
    const found = await store.alarms.records({ lines: ['mill-1', 'mill-2'], from: 0, to: start, limit: 10 });
    expect(found.map(({ id }) => id).sort()).toEqual([open.id, `${old.toString(36)}-fresh`].sort());
    expect(await store.alarms.steps(over.id)).toEqual([]);
  });

  test('an entry that fails leaves nothing of itself', async () => {
    const record = alarmOf('mill-1', start);
    const broken = { ...nothing, records: [record], snapshot: { position: 0.5, at: start, engine: '{}' } };
    await expect(store.alarms.enter(broken)).rejects.toThrow();
    expect(await store.alarms.record(record.id)).toBeNull();
    await store.alarms.enter({ ...nothing, records: [{ ...record, raises: 2 }] });
    expect(await store.alarms.record(record.id)).toMatchObject({ raises: 2 });
    expect(await countRows('alarm_records')).toBe(1);
  });
});
