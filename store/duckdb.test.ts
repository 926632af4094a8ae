/** The embedded store: what every store must do, and what sealing, retention, a new plant file and a kill do to this one. */
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../contract/clock.ts';
import type { Plant } from '../contract/plant.ts';
import type { Reading } from '../contract/reading.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { openDuckdbStore } from './duckdb.ts';
import { all, dayMs, hourMs, inOrder, mark, minuteMs, minuteRow, patch, put, reading, sampleReadings, start } from './sample.suite.ts';
import { storeSuite } from './store.suite.ts';
import type { Retention, Store } from './store.ts';

const log = pino({ level: 'silent' });
const everything: Retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 5 };

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'bobbin-store-'));

storeSuite('the embedded store', async () => {
  const folder = await makeFolder();
  return {
    open: () => openDuckdbStore({ folder, plant: workshopPlant(), retention: everything, clock: systemClock, log }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('the embedded store, besides', () => {
  let folder: string;
  let store: Store;
  let now = start;
  const clock: Clock = { ...systemClock, now: () => now };
  const open = async ({
    plant = workshopPlant(),
    retention = everything,
  }: { plant?: Plant; retention?: Retention } = {}): Promise<void> => {
    store = await openDuckdbStore({ folder, plant, retention, clock, log });
  };
  beforeEach(async () => {
    now = start;
    folder = await makeFolder();
    await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Changes the file behind the closed store's back. */
  /** Runs statements on the closed file; gives the texts of the last one's first column. */
  const edit = async (statements: string): Promise<string[]> => {
    const instance = await DuckDBInstance.create(join(folder, 'bobbin.duckdb'));
    const connection = await instance.connect();
    const rows = await (await connection.run(statements)).getRows();
    connection.disconnectSync();
    instance.closeSync();
    return rows.map(([text]) => String(text));
  };

  /** Readings as they come in during an hour; a twentieth of them are hours late. */
  const arrivals = (line: string, hour: number, count = 400): Reading[] =>
    sampleReadings(line, start + hour * hourMs, count).map((one, index) =>
      index % 20 === 3 ? { ...one, ts: one.ts - 5 * hourMs - 500, receivedAt: one.receivedAt } : one,
    );

  const expectEverything = async (given: readonly Reading[], lines: readonly string[]): Promise<void> => {
    expect(await all(store, lines)).toEqual(inOrder(given));
    expect((await store.size()).readings).toBe(given.length);
    const heads = await store.heads();
    for (const line of lines) expect(heads.get(line)).toBe(Math.max(...given.filter((one) => one.line === line).map(({ ts }) => ts)));
    const keys = given.filter((_, index) => index % 7 === 0).map(({ line, ts }) => ({ line, ts }));
    expect(await store.known(keys.flatMap((key) => [key, { ...key, ts: key.ts + 1 }]))).toHaveLength(keys.length);
    const own = inOrder(given.filter((one) => one.line === 'mill-1')).filter(({ ts }) => ts >= start + hourMs && ts < start + 3 * hourMs);
    expect(await all(store, ['mill-1'], start + hourMs, start + 3 * hourMs)).toEqual(own);
    const speeds = own.map(({ metrics }) => Number(metrics.speed));
    const points = await store.series('mill-1', 'speed', start + hourMs, start + 3 * hourMs, 1);
    expect(points.map(([, min, max]) => [min, max])).toEqual(own.length === 0 ? [] : [[Math.min(...speeds), Math.max(...speeds)]]);
  };

  test('answers alike before, between and after sealing, and when opened again', async () => {
    const given: Reading[] = [];
    const lines = ['mill-1', 'mill-2'];
    for (let hour = 0; hour < 30; hour += 3) {
      now = start + hour * hourMs;
      const fresh = [...arrivals('mill-2', hour), ...arrivals('mill-1', hour)];
      given.push(...fresh);
      await put(store, fresh);
      await store.maintain(now + hourMs / 2);
      if (hour % 2 === 0) await expectEverything(given, lines);
      await store.maintain(now + hourMs);
      await expectEverything(given, lines);
      if (hour % 9 === 0) {
        await store.close();
        await open();
        await expectEverything(given, lines);
      }
    }
  });

  test('sees each reading once while it is being sealed, and lets a reader finish with what it began', async () => {
    const given = sampleReadings('mill-1', start, 20_000);
    await put(store, given);
    let seen = 0;
    for await (const chunk of store.readings({ lines: ['mill-1'], from: 0, to: start + dayMs, metrics: ['made'] })) {
      if (seen === 0) {
        const [counts] = await Promise.all([
          Promise.all(Array.from({ length: 20 }, () => store.series('mill-1', 'made', start, start + dayMs, 1))),
          store.maintain(start + hourMs).then(() => put(store, [reading('mill-2', start)])),
          all(store, ['mill-1'], 0, start + dayMs, []).then((rows) => {
            expect(rows).toHaveLength(20_000);
          }),
        ]);
        for (const [point] of counts) expect(point).toEqual([start, 0, 59_997, 29_998.5]);
      }
      seen += chunk.length;
    }
    expect(seen).toBe(20_000);
    await store.maintain(start + 2 * hourMs);
    await expectEverything([...given, reading('mill-2', start)], ['mill-1', 'mill-2']);
  });

  test('drops readings by their age on arrival, and keeps what was derived from them', async () => {
    await store.close();
    await open({ retention: { ...everything, rawDays: 2 } });
    const late = reading('mill-1', start - 5 * dayMs, { receivedAt: start + 3 * dayMs });
    await put(store, sampleReadings('mill-1', start, 100));
    await store.writeDerived([patch('mill-1', start, start + 2 * minuteMs, { fresh: true, minutes: [minuteRow('mill-1', start)] })]);
    now = start + hourMs;
    await store.maintain(now);
    now = start + 3 * dayMs;
    await put(store, [late, ...sampleReadings('mill-2', now, 10)], { dirty: [mark('mill-1', late.ts, late.ts)] });
    await store.maintain(now);
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual([late, ...sampleReadings('mill-2', now, 10)]);
    expect((await store.size()).readings).toBe(11);
    // Folded anew from what is left, the past would be empty: it is past correcting.
    await store.writeDerived([patch('mill-1', 0, now, { minutes: [minuteRow('mill-1', late.ts), minuteRow('mill-1', start + hourMs)] })]);
    expect((await store.minutes(['mill-1'], 0, now)).map(({ minute }) => minute)).toEqual([start, start + hourMs]);
    expect(await store.dirty()).toEqual([]);
    await store.close();
    await open({ retention: { ...everything, rawDays: 2 } });
    expect(await all(store, ['mill-1'])).toEqual([late]);
    expect(await store.minutes(['mill-1'], 0, now)).toHaveLength(2);
  });

  test('drops the oldest days of readings when it has grown too large, and uses their space again', async () => {
    await store.close();
    await open({ retention: { ...everything, rawBytes: 8 * 1024 * 1024 } });
    const sizes: number[] = [];
    for (let day = 0; day < 6; day += 1) {
      now = start + day * dayMs;
      const noise = sampleReadings('mill-1', now, 60_000).map((one) => ({ ...one, metrics: { ...one.metrics, speed: Math.sin(one.ts) } }));
      await put(store, noise);
      await store.maintain(now + dayMs);
      sizes.push((await store.size()).sizeBytes ?? 0);
    }
    const kept = await all(store, ['mill-1'], 0, start + 9 * dayMs, []);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(kept.length).toBeLessThan(360_000);
    expect(kept.length).toBeGreaterThanOrEqual(60_000);
    expect(kept.at(-1)?.ts).toBe(start + 5 * dayMs + 59_999_000);
  });

  test('drops no more than it must while somebody still reads what it drops', async () => {
    for (let day = 0; day < 3; day += 1) {
      await put(store, sampleReadings('mill-1', start + day * dayMs, 10_000));
      await store.maintain(start + day * dayMs + hourMs);
    }
    await store.close();
    await open({ retention: { ...everything, rawBytes: 1 } });
    let seen = 0;
    for await (const chunk of store.readings({ lines: ['mill-1'], from: 0, to: start + 9 * dayMs, metrics: ['made'] })) {
      if (seen === 0) {
        for (let round = 0; round < 3; round += 1) await store.maintain(start + 3 * dayMs);
        expect((await store.size()).readings).toBe(20_000);
        expect(await all(store, ['mill-1'], 0, start + 9 * dayMs, [])).toHaveLength(20_000);
      }
      seen += chunk.length;
    }
    expect(seen).toBe(30_000);
    for await (const _chunk of store.readings({ lines: ['mill-2'], from: 0, to: start, metrics: [] })) break;
    await store.maintain(start + 3 * dayMs);
    expect((await store.size()).readings).toBe(0);
  });

  test('sorts minutes away when their day is over; corrections and late ones find them there', async () => {
    const day = Array.from({ length: 1440 }, (_, index) =>
      minuteRow('mill-1', start + index * minuteMs, { output: index, stops: { jam: { count: 1, ms: index } } }),
    );
    for (let hour = 0; hour < 24; hour += 1) {
      now = start + (hour + 1) * hourMs;
      const from = now - hourMs;
      const rows = day.slice(hour * 60, hour * 60 + 60);
      const both = [...rows, ...rows.map((row) => ({ ...row, line: 'mill-2' }))];
      await store.writeDerived(
        ['mill-2', 'mill-1'].map((line) => patch(line, from, now, { fresh: true, minutes: both.filter((row) => row.line === line) })),
      );
    }
    now = start + dayMs + 2 * hourMs;
    await store.maintain(now);
    expect(await store.minutes(['mill-1'], 0, now)).toEqual(day);
    const [from, to] = [start + hourMs, start + 2 * hourMs];
    await store.writeDerived([
      patch('mill-1', from, to, { minutes: [minuteRow('mill-1', from, { output: 0.5 })] }),
      patch('mill-2', start - 40 * dayMs, start - 39 * dayMs, { fresh: true, minutes: [minuteRow('mill-2', start - 40 * dayMs)] }),
    ]);
    await store.maintain(now);
    await store.close();
    await open();
    expect((await store.minutes(['mill-1'], from, to)).map(({ output }) => output)).toEqual([0.5]);
    const sums = await store.sums(['mill-1', 'mill-2'], 0, now);
    expect(sums.get('mill-1')).toMatchObject({ runningMs: 1381 * minuteMs, stops: { jam: { count: 1380 } } });
    expect(sums.get('mill-2')).toMatchObject({ runningMs: 1441 * minuteMs, output: (1439 * 1440) / 2, stops: { jam: { count: 1440 } } });
  });

  test('sums all there is from before it began to the end of time, days of long ago as well as those under way', async () => {
    const minutes = [start - 60 * dayMs, start - 40 * dayMs + hourMs, start].map((minute) => minuteRow('mill-1', minute));
    await store.writeDerived([{ ...patch('mill-1', 0, Number.MAX_SAFE_INTEGER), minutes }]);
    const sums = await store.sums(['mill-1'], 0, Number.MAX_SAFE_INTEGER);
    expect(sums.get('mill-1')?.runningMs).toBe(minutes.reduce((sum, { runningMs }) => sum + runningMs, 0));
    expect(await store.sums(['mill-1'], start + dayMs, Number.MAX_SAFE_INTEGER)).toEqual(new Map());
  });

  test('sums months up anew for another time zone, and where an older layout had none', async () => {
    now = start + 20 * dayMs;
    const rows = Array.from({ length: 200 }, (_, index) =>
      minuteRow('mill-1', start + index * 90 * minuteMs, { output: index, stops: { jam: { count: 1, ms: index } } }),
    );
    const runs = [{ ...minuteRow('mill-2', start + 7 * minuteMs), count: 9000 }];
    await store.writeDerived([
      patch('mill-1', start, now, { fresh: true, minutes: rows }),
      patch('mill-2', start, now, { fresh: true, runs }),
    ]);
    const windows = [0, 5, 24, 48].map((hour) => ({ from: start + hour * hourMs, to: start + (hour + 24) * hourMs }));
    const outputs = async (): Promise<(number | undefined)[]> => {
      const sums = await Promise.all(windows.map(({ from, to }) => store.sums(['mill-1'], from, to)));
      return sums.map((one) => one.get('mill-1')?.output);
    };
    const before = await outputs();
    expect(before).toEqual([120, 184, 376, 632]);
    await store.close();
    const plant = { ...workshopPlant(), timezone: 'America/St_Johns' };
    await open({ plant });
    expect(await outputs()).toEqual(before);
    await store.maintain(now);
    expect(await outputs()).toEqual(before);
    const whole = (await store.sums(['mill-2'], start + 26.5 * hourMs, start + 50.5 * hourMs)).get('mill-2');
    expect(whole?.runningMs).toBe(1440 * (runs[0]?.runningMs ?? 0));
    expect(await store.sums(['mill-1'], 0, now)).toMatchObject(
      new Map([['mill-1', { runningMs: 200 * minuteMs, stops: { jam: { count: 200 } } }]]),
    );
    await store.writeDerived([patch('mill-2', 0, now)]);
    await store.close();
    const uncounted = await edit(`SELECT 'ALTER TABLE minutes_' || id || ' DROP COLUMN count;' FROM tables WHERE kind = 'minutes'`);
    await edit(
      `${uncounted.join(' ')} UPDATE layout SET version = 1; DROP TABLE stop_codes; UPDATE tables SET period = -1 WHERE kind IN ('days', 'stops')`,
    );
    await open({ plant });
    expect(await outputs()).toEqual(before);
    await store.maintain(now);
    expect(await outputs()).toEqual(before);
    await store.close();
    // That the rows of days are what is read: where they are gone, so are the whole days.
    await edit(`UPDATE tables SET run = -1 WHERE kind IN ('days', 'stops')`);
    await open({ plant });
    expect((await store.sums(['mill-1'], start - dayMs, now)).get('mill-1')?.output).toBeUndefined();
  });

  test('keeps what was stored before metrics came, went or changed their kind', async () => {
    const [first, second] = [sampleReadings('mill-1', start, 50), sampleReadings('mill-1', start + hourMs, 50)];
    await put(store, first);
    await store.maintain(start + hourMs);
    await store.close();
    const { speed: _gone, ...rest } = mill.metrics;
    const changed = {
      ...mill,
      metrics: { ...rest, colour: { ...mill.metrics.made, kind: 'gauge' }, temperature: mill.metrics.speed },
    };
    const plant = workshopPlant();
    const lines = new Map([...plant.lines].map(([id, line]) => [id, { ...line, type: changed }]));
    await open({ plant: { ...plant, lines, types: new Map([[mill.id, changed]]) } as Plant });
    await put(store, second);
    expect(await all(store, ['mill-1'])).toEqual([...first, ...second]);
    await store.maintain(start + 2 * hourMs);
    expect(await all(store, ['mill-1'])).toEqual([...first, ...second]);
    const named = await all(store, ['mill-1'], 0, start + dayMs, ['speed', 'temperature', 'colour', 'open']);
    expect(named.map(({ metrics }) => ({ ...metrics, made: undefined }))).toEqual(
      [...first, ...second].map(({ metrics }) => ({ ...metrics, made: undefined })),
    );
    for (const metric of ['speed', 'temperature']) {
      const points = await store.series('mill-1', metric, start, start + 2 * hourMs, 2);
      expect(points).toHaveLength(2);
      expect(points[0]?.slice(1)).toEqual(points[1]?.slice(1));
    }
  });

  test('refuses a file of a newer layout, and a file that is open elsewhere', async () => {
    await store.close();
    await edit('UPDATE layout SET version = 99');
    await expect(open()).rejects.toThrow('written by a newer version of Bobbin (layout 99');
  });
});
