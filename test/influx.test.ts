/**
 * The store on a real InfluxDB: the suite that holds for every store, and what is its own: schema, retention, sign-in,
 * lines that move. With BOBBIN_TEST_INFLUX_URL (and _TOKEN, _ORG) the suite runs on that one as well.
 */
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alarmOf } from '../contract/alarm.suite.ts';
import { systemClock, type Clock } from '../contract/clock.ts';
import type { Plant } from '../contract/plant.ts';
import { states, type MetricValue, type Reading } from '../contract/reading.ts';
import { openInfluxStore, type InfluxOptions } from '../store/influx.ts';
import { all, dayMs, hostileTexts, hourMs, inOrder, mark, minuteMs, minuteRow, patch, put, reading, start } from '../store/sample.suite.ts';
import { alarmBookSuite } from '../store/alarmbook.suite.ts';
import { storeSuite, type StoreHome } from '../store/store.suite.ts';
import type { Store } from '../store/store.ts';
import { administrator, givenInflux, reasonAgainstInflux, startInflux, type Influx } from './influx.ts';
import { workshopPlant } from './workshop.ts';

const log = pino({ level: 'silent' });
const everything = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
const missing = reasonAgainstInflux();
const given = givenInflux();

function optionsOf(url: string, database: string, rest: Partial<InfluxOptions> = {}): InfluxOptions {
  return { url, database, plant: workshopPlant(), retention: everything, clock: systemClock, log, ...rest };
}

describe.skipIf(missing !== '')(`InfluxDB${missing}`, () => {
  let influx: Influx;
  let number = 0;
  const database = (): string => `suite-${String((number += 1))}`;
  const open = (name: string, rest: Partial<InfluxOptions> = {}): Promise<Store> => openInfluxStore(optionsOf(influx.url, name, rest));
  const drop = async (name: string): Promise<void> => {
    await influx.ask(`DROP DATABASE "${name}"`);
    await influx.ask(`DROP DATABASE "${name}_raw"`);
  };
  beforeAll(async () => {
    influx = await startInflux();
  });
  afterAll(() => influx.remove());

  const makeHome = (): Promise<StoreHome> => {
    const name = database();
    return Promise.resolve({ open: () => open(name), remove: () => drop(name) });
  };
  storeSuite('holds to what every store does', makeHome);
  alarmBookSuite(makeHome);

  test('gives every reading back as it was, whatever is in it', async () => {
    const store = await open(database());
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 64 }), fc.constantFrom(...hostileTexts), fc.string({ unit: 'grapheme' }));
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(-0, 1e-9, 5e-324, Number.MAX_VALUE),
    );
    const value: fc.Arbitrary<MetricValue> = fc.oneof(number, fc.boolean(), text, fc.constant(null));
    const name = fc.oneof(fc.constantFrom('speed', 'made', 'waste', 'colour', 'open', 'state', 'rest', 'm_speed', 'colour_text'), text);
    const context = fc.option(fc.option(text, { nil: null }), { nil: undefined });
    const rest = fc.record(
      {
        seq: fc.maxSafeNat(),
        state: fc.constantFrom(...states),
        stop: text,
        hold: fc.double({ min: 0, max: 2_678_400, noNaN: true }),
        metrics: fc.array(fc.tuple(name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
      },
      { requiredKeys: ['metrics'] },
    );
    const contexts = fc.record({ order: context, batch: context, design: context, product: context });
    let ts = start;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(rest, contexts), { minLength: 1, maxLength: 12 }), async (list) => {
        const from = ts;
        const readings = list.map(([one, named]): Reading => {
          const said = Object.fromEntries(Object.entries(named).filter(([, context]) => context !== undefined));
          return { ...reading('mill-1', (ts += 1000), one), ...said };
        });
        await put(store, readings);
        expect(await all(store, ['mill-1'], from + 1, ts + 1)).toStrictEqual(readings);
      }),
      { numRuns: 60 },
    );
    await store.close();
  });

  test('keeps its series bounded: a plant of 3,500 lines with rows of every kind has fewer than 50,000', async () => {
    const small = workshopPlant();
    const [mill] = [...small.lines.values()];
    if (!mill) throw new Error('the plant has no line');
    const ids = Array.from({ length: 3500 }, (_, index) => `line-${String(index)}`);
    const plant: Plant = { ...small, lines: new Map(ids.map((id) => [id, { ...mill, id, line: id }])) };
    const name = database();
    // The hour of these minutes is over, and was summed when there were none.
    const store = await open(name, { plant });
    const at = Math.floor((systemClock.now() - 5 * hourMs) / hourMs) * hourMs;
    await put(
      store,
      ids.map((id) => reading(id, at, { metrics: { speed: 1, own: 2 } })),
      {
        rejections: ids.map((line) => ({ line, receivedAt: at, reason: 'bad-value' as const, detail: '', sample: '' })),
        dirty: ids.map((id) => mark(id, at, at)),
      },
    );
    const context = { order: null, batch: 'B', design: null, product: null };
    await store.writeDerived(
      ids.map((line) =>
        patch(line, at, at + minuteMs, {
          fresh: true,
          minutes: [minuteRow(line, at, { stops: { jam: { count: 1, ms: 5 } } })],
          checkpoints: [{ line, at, carry: '{}' }],
          contexts: [{ line, ts: at, ...context }],
        }),
      ),
    );
    const records = ids.map((id) => alarmOf(id, at));
    const steps = records.map(({ id }) => ({ alarm: id, at, what: 'raised' as const, who: null, detail: null }));
    await store.alarms.enter({ snapshot: null, records, incidents: [], announcements: [], steps, overrides: [] });
    expect((await store.sums(ids, at, at + dayMs)).size).toBe(3500);
    await store.maintain(systemClock.now());
    expect((await store.sums(ids, at, at + dayMs)).size).toBe(3500);
    const count = async (of: string): Promise<number> => {
      const answer = JSON.stringify(await influx.ask('SHOW SERIES EXACT CARDINALITY', of));
      return [...answer.matchAll(/"values":\[\[(\d+)\]\]/g)].reduce((sum, [, digits]) => sum + Number(digits), 0);
    };
    const series = (await count(name)) + (await count(`${name}_raw`));
    expect(series).toBeGreaterThanOrEqual(9 * 3500);
    // Days, saved batches, and points set aside of two kinds may come to every line as well.
    expect(series + 4 * 3500).toBeLessThan(50_000);
    await store.close();
  });

  test('sets up retention, changes it when it is set otherwise, and drops what is older than that without a fault', async () => {
    const name = database();
    const policies = async (of: string): Promise<string> => JSON.stringify(await influx.ask(`SHOW RETENTION POLICIES ON "${of}"`));
    await (await open(name, { retention: { rawDays: 14, rawBytes: 1e9, minuteYears: 5 } })).close();
    expect(await policies(`${name}_raw`)).toContain('["autogen","336h0m0s","24h0m0s",1,true]');
    expect(await policies(name)).toContain('["autogen","43920h0m0s","168h0m0s",1,true]');
    const store = await open(name, { retention: { rawDays: 30, rawBytes: 1e9, minuteYears: 5 } });
    expect(await policies(`${name}_raw`)).toContain('"720h0m0s"');
    const now = systemClock.now();
    const fresh = [reading('mill-1', now - dayMs), reading('mill-1', now)];
    await put(store, [reading('mill-1', now - 40 * dayMs), ...fresh]);
    expect(await all(store, ['mill-1'])).toEqual(fresh);
    expect((await store.cursor()).counts.stored).toBe(3);
    await store.close();
  });

  test('works minutes out anew only where readings are still kept', async () => {
    const name = database();
    const retention = { rawDays: 14, rawBytes: 1e9, minuteYears: 50 };
    const now = Math.floor(systemClock.now() / hourMs) * hourMs;
    const store = await open(name, { retention, clock: { ...systemClock, now: () => now } });
    const old = minuteRow('mill-1', now - 20 * dayMs);
    const recent = minuteRow('mill-1', now - dayMs);
    await store.writeDerived([patch('mill-1', old.minute, now, { fresh: true, minutes: [old, recent] })]);
    await store.writeDerived([patch('mill-1', 0, Number.MAX_SAFE_INTEGER, { minutes: [{ ...recent, output: 5 }] })]);
    expect(await store.minutes(['mill-1'], 0, now)).toEqual([old, { ...recent, output: 5 }]);
    await store.close();
  });

  test('hours and days follow their minutes, of whatever age', async () => {
    let now = start + 12 * hourMs;
    const clock: Clock = { ...systemClock, now: () => now };
    const name = database();
    const store = await open(name, { clock });
    const lines = ['mill-1', 'mill-2'];
    const minutes = (line: string, from: number, count: number): ReturnType<typeof minuteRow>[] =>
      Array.from({ length: count }, (_, index) =>
        minuteRow(line, from + index * minuteMs, {
          output: index,
          stops: { [index % 7 === 0 ? '__proto__' : 'jam']: { count: 1, ms: index } },
        }),
      );
    const kept: ReturnType<typeof minuteRow>[] = [];
    const write = async (line: string, from: number, count: number): Promise<void> => {
      const rows = minutes(line, from, count);
      await store.writeDerived([patch(line, from, from + count * minuteMs, { fresh: true, minutes: rows })]);
      kept.push(...rows);
    };
    const check = async (): Promise<void> => {
      for (const [from, to] of [
        [0, Number.MAX_SAFE_INTEGER],
        [start + 90 * minuteMs, start + 40 * hourMs],
        [start - dayMs, start + dayMs],
        [start - 8 * hourMs, start + 16 * hourMs],
      ] as const) {
        const sums = await store.sums(lines, from, to);
        for (const line of lines) {
          const own = kept.filter((row) => row.line === line && row.minute >= from && row.minute < to);
          expect(sums.get(line)?.output ?? 0).toBe(own.reduce((sum, row) => sum + row.output, 0));
          expect(sums.get(line)?.stops.jam?.ms ?? 0).toBe(own.reduce((sum, row) => sum + (row.stops.jam?.ms ?? 0), 0));
        }
      }
    };
    await write('mill-1', start + 10 * hourMs, 600);
    now = start + 50 * hourMs;
    await store.maintain(now);
    await check();
    // Late ones, in hours and days that are settled.
    await write('mill-2', start - 5 * hourMs, 800);
    await check();
    const from = start + 12 * hourMs;
    await store.writeDerived([patch('mill-1', from, from + 2 * hourMs, { minutes: minutes('mill-1', from, 30) })]);
    const stays = kept.filter((row) => row.line !== 'mill-1' || row.minute < from || row.minute >= from + 2 * hourMs);
    kept.splice(0, kept.length, ...stays, ...minutes('mill-1', from, 30));
    await check();
    await store.close();
    const again = await open(name, { clock });
    expect((await again.sums(lines, 0, now)).get('mill-1')?.output).toBe(
      kept.filter((row) => row.line === 'mill-1').reduce((sum, row) => sum + row.output, 0),
    );
    await again.close();
  });

  test('a line that has moved keeps its past where it was, and each minute once', async () => {
    const name = database();
    const before = workshopPlant();
    const store = await open(name, { plant: before });
    const rows = [0, 1, 2].map((index) => minuteRow('mill-1', start + index * minuteMs, { output: 1 }));
    await store.writeDerived([patch('mill-1', start, start + 3 * minuteMs, { fresh: true, minutes: rows })]);
    await store.close();
    const line = before.lines.get('mill-1');
    if (!line) throw new Error('no such line');
    const moved: Plant = { ...before, lines: new Map([...before.lines, ['mill-1', { ...line, firm: 'other' }]]) };
    const after = await open(name, { plant: moved });
    const again = [1, 2, 3].map((index) => minuteRow('mill-1', start + index * minuteMs, { output: 2 }));
    await after.writeDerived([patch('mill-1', start + minuteMs, start + dayMs, { minutes: again })]);
    expect((await after.minutes(['mill-1'], 0, start + dayMs)).map(({ output }) => output)).toEqual([1, 2, 2, 2]);
    const firms = JSON.stringify(await influx.ask('SELECT sum("output") FROM "minutes" GROUP BY "firm"', name));
    expect([...firms.matchAll(/"firm":"(\w+)"/g)].map(([, firm]) => firm)).toEqual(['firm', 'other']);
    await after.close();
  });

  test('backlogs of many lines are told from new readings, however many there are', async () => {
    const store = await open(database());
    const many = Array.from({ length: 4000 }, (_, index) => reading(index % 2 === 0 ? 'mill-1' : 'mill-2', start + index * 977));
    await put(store, many);
    const known = await store.known([...many, ...many.map(({ line, ts }) => ({ line, ts: ts + 1 }))]);
    expect(inOrder(known.map(({ line, ts }) => reading(line, ts))).map(({ ts }) => ts)).toEqual(inOrder(many).map(({ ts }) => ts));
    await store.close();
  });

  test('tells how much room it takes', async () => {
    const store = await open(database());
    await put(
      store,
      Array.from({ length: 500 }, (_, index) => reading('mill-1', start + index)),
    );
    await store.maintain(systemClock.now());
    expect((await store.size()).sizeBytes).toBeGreaterThan(1000);
    await store.close();
  });

  test('opens with a user and a password, and says in words when they are wrong', async () => {
    const guarded = await startInflux({ authentication: true });
    try {
      const store = await openInfluxStore(optionsOf(guarded.url, 'guarded', administrator));
      await put(store, [reading('mill-1', start)]);
      expect(await all(store, ['mill-1'])).toHaveLength(1);
      await store.close();
      const wrong = openInfluxStore(optionsOf(guarded.url, 'guarded', { ...administrator, password: 'wrong' }));
      await expect(wrong).rejects.toThrow(/answered 401: authorization failed/);
      await expect(openInfluxStore(optionsOf(guarded.url, 'guarded'))).rejects.toThrow(/answered 401/);
    } finally {
      await guarded.remove();
    }
  });
});

test('a server that is not there is said in words', async () => {
  await expect(openInfluxStore(optionsOf('http://127.0.0.1:1', 'nowhere'))).rejects.toThrow(
    /InfluxDB at http:\/\/127.0.0.1:1 cannot be reached/,
  );
});

if (given) {
  let number = 0;
  const run = String(systemClock.now());
  const makeHome = (): Promise<StoreHome> => {
    const name = `bobbin-test-${run}-${String((number += 1))}`;
    return Promise.resolve({ open: () => openInfluxStore(optionsOf(given.url, name, given)), remove: () => Promise.resolve() });
  };
  storeSuite(`InfluxDB at ${given.url} holds to what every store does`, makeHome);
  alarmBookSuite(makeHome);
}
