/**
 * The store on a real InfluxDB that fails in every way it can: it answers nonsense, hangs, is cut off, is killed. Whatever
 * happens, everything is there once afterwards. Runs with the system tests, since it starts and kills a server.
 */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import type { Reading } from '../contract/reading.ts';
import { reasonAgainstInflux, startInflux, type Influx } from '../test/influx.ts';
import { startProxy, type Mischief, type Proxy } from '../test/proxy.ts';
import { workshopPlant } from '../test/workshop.ts';
import { openInfluxStore } from './influx.ts';
import { all, inOrder, mark, minuteMs, minuteRow, patch, put, reading, sampleReadings, start } from './sample.suite.ts';
import type { Store } from './store.ts';

const everything = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
const missing = reasonAgainstInflux();

describe.skipIf(missing !== '')(`InfluxDB in trouble${missing}`, () => {
  let influx: Influx;
  let proxy: Proxy;
  let store: Store;
  let number = 0;
  let logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(line) });
  const open = (): Promise<Store> =>
    openInfluxStore({
      url: proxy.url,
      database: `trouble-${String(number)}`,
      plant: workshopPlant(),
      retention: everything,
      clock: systemClock,
      log,
      writeTimeoutMs: 500,
    });
  const onWrites =
    (mischief: Mischief) =>
    (_method: string, path: string): Mischief =>
      path.startsWith('/write') ? mischief : null;

  beforeAll(async () => {
    influx = await startInflux();
    proxy = await startProxy(influx.url);
  });
  afterAll(async () => {
    await proxy.close();
    await influx.remove();
  });
  beforeEach(async () => {
    number += 1;
    logged = [];
    store = await open();
  });
  afterEach(async () => {
    proxy.behave();
    await store.close();
  });

  /** The same batch, as often as it takes: what the collector's patience does. */
  const insist = async (readings: readonly Reading[], rest: Parameters<typeof put>[2] = {}): Promise<number> => {
    for (let failed = 0; ; failed += 1) {
      const outcome = await put(store, readings, rest).then(
        () => 'done',
        () => 'failed',
      );
      if (outcome === 'done') return failed;
      if (failed > 200) throw new Error('it never works');
    }
  };

  test.each<[what: string, mischief: Mischief, words: RegExp]>([
    ['429', { status: 429, body: '{"error":"too many requests"}' }, /answered 429: too many requests/],
    ['500', { status: 500, body: '{"error":"engine: something broke"}' }, /answered 500: engine: something broke/],
    ['503', { status: 503, body: '{"error":"timeout"}' }, /answered 503: timeout/],
    ['401', { status: 401, body: '{"error":"authorization failed"}' }, /answered 401: authorization failed/],
    ['404', { status: 404, body: '{"error":"database not found"}' }, /answered 404/],
    ['a 400 for everything', { status: 400, body: '{"error":"unable to parse"}' }, /answered 400: unable to parse/],
    ['nothing at all', 'hang', /did not answer within 0.5 s/],
    ['by hanging up', 'cut', /cannot be reached/],
    ['too late, having written', 'cut-after', /cannot be reached/],
  ])('a server that answers %s costs the call and nothing else', async (_, mischief, words) => {
    const before = sampleReadings('mill-1', start, 50);
    await put(store, before);
    const next = sampleReadings('mill-2', start, 700);
    const rest = {
      dirty: [mark('mill-2', 1, 2)],
      rejections: [{ line: 'mill-1', receivedAt: start, reason: 'bad-value' as const, detail: 'd', sample: '' }],
    };
    proxy.misbehave(onWrites(mischief));
    for (let round = 0; round < 3; round += 1) await expect(put(store, next, rest)).rejects.toThrow(words);
    expect((await store.cursor()).position).toBe(50);
    // What is on the server by now is seen by nobody, here or after a restart.
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual(before);
    proxy.behave();
    await store.close();
    store = await open();
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual(before);
    expect(await store.heads()).toEqual(new Map([['mill-1', start + 49_000]]));
    expect(await store.known(next)).toEqual([]);
    expect(await store.rejections('mill-1', 10)).toEqual([]);
    await put(store, next, rest);
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual(inOrder([...before, ...next]));
    expect(await store.known(next)).toHaveLength(700);
    expect(await store.dirty()).toEqual([mark('mill-2', 1, 2)]);
    expect(await store.rejections('mill-1', 10)).toHaveLength(1);
    expect(logged.filter((line) => line.includes('set aside'))).toEqual([]);
  });

  test('a write that is cut off between its points and its cursor is seen by nobody, and made good by the next', async () => {
    await put(store, sampleReadings('mill-1', start, 10));
    const next = [...sampleReadings('mill-1', start + 20_000, 10), ...sampleReadings('mill-2', start, 10)];
    proxy.misbehave((_method, path, body) => (path.startsWith('/write') && body.startsWith('cursor') ? 'cut' : null));
    await expect(put(store, next)).rejects.toThrow();
    await store.close();
    proxy.behave();
    store = await open();
    expect(await store.heads()).toEqual(new Map([['mill-1', start + 9000]]));
    expect(await all(store, ['mill-1', 'mill-2'])).toHaveLength(10);
    // The journal may come in other portions this time.
    await put(store, next.slice(0, 5));
    expect(await all(store, ['mill-1', 'mill-2'])).toHaveLength(15);
    await put(store, next.slice(5));
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual(inOrder([...sampleReadings('mill-1', start, 10), ...next]));
  });

  test('a point that the server will never have is set aside alone, and its neighbours are stored', async () => {
    // Somebody has written a text where numbers belong.
    await influx.ask(`CREATE DATABASE "trouble-${String(number)}_raw"`);
    const poison = await fetch(`${influx.url}/write?db=trouble-${String(number)}_raw&precision=ms`, {
      method: 'POST',
      body: `readings,line=elsewhere hold="a text",position=0i,received=0i ${String(start)}`,
    });
    expect(poison.status).toBe(204);
    const good = Array.from({ length: 3000 }, (_, index) => reading('mill-1', start + index * 1000, { metrics: { speed: index } }));
    const bad = reading('mill-1', start + 1_234_500, { hold: 7.5, order: 'say "so"', metrics: { speed: 1 } });
    const { setAside, cursor } = await put(store, [...good.slice(0, 1235), bad, ...good.slice(1235)]);
    expect(setAside).toEqual([bad]);
    expect(cursor).toEqual({ position: 3001, counts: { stored: 3000, duplicate: 0, rejected: { 'not-storable': 1 } } });
    expect(await store.cursor()).toEqual(cursor);
    const [rejection] = await store.rejections('mill-1', 5);
    expect(rejection).toMatchObject({ receivedAt: bad.receivedAt, reason: 'not-storable', sample: JSON.stringify(bad) });
    expect(rejection?.detail).toContain('field type conflict');
    expect(await all(store, ['mill-1'])).toEqual(good);
    const answer = JSON.stringify(await influx.ask('SELECT * FROM "set_aside"', `trouble-${String(number)}`));
    expect(answer).toContain('field type conflict');
    expect(answer).toContain(JSON.stringify(JSON.stringify(bad)).slice(1, -1).slice(0, 40));
    expect(answer).toContain(String(bad.ts));
    expect(logged.filter((line) => line.includes('set aside'))).toHaveLength(1);
  });

  test('readings in a body that is too large for the server go in smaller ones', async () => {
    const given = sampleReadings('mill-1', start, 900);
    proxy.misbehave((_method, path, body) =>
      path.startsWith('/write') && body.length > 20_000 ? { status: 413, body: '{"error":"Request Entity Too Large"}' } : null,
    );
    await put(store, given);
    expect(await all(store, ['mill-1'])).toEqual(given);
    expect(logged).toEqual([]);
  });

  test('derived rows that are cut off anywhere come again whole', async () => {
    const minutes = (output: number, count: number): ReturnType<typeof minuteRow>[] =>
      Array.from({ length: count }, (_, index) => minuteRow('mill-1', start + index * minuteMs, { output }));
    const checkpoints = (carry: string, count: number): { line: string; at: number; carry: string }[] =>
      Array.from({ length: count }, (_, index) => ({ line: 'mill-1', at: start + index * 5 * minuteMs, carry }));
    const end = start + 60 * minuteMs;
    await put(store, [], { dirty: [mark('mill-1', start, start + minuteMs)] });
    await store.writeDerived([patch('mill-1', start, end, { fresh: true, minutes: minutes(1, 60), checkpoints: checkpoints('old', 12) })]);
    const again = patch('mill-1', start, end, { minutes: minutes(2, 50), checkpoints: checkpoints('new', 10) });
    for (let reached = 0; ; reached += 1) {
      let writes = 0;
      proxy.misbehave((_method, path) => (path.startsWith('/write') && ++writes > reached ? 'cut' : null));
      const done = await store.writeDerived([again]).then(
        () => true,
        () => false,
      );
      if (done) break;
      // Where minutes are new no old checkpoint is left to fold on from, and the line stays marked.
      const carries = new Set((await store.checkpoints('mill-1', 0, end)).map(({ carry }) => carry));
      const isBegun = (await store.minutes(['mill-1'], 0, end)).some(({ output }) => output === 2);
      expect(isBegun ? [...carries].filter((carry) => carry !== 'new') : []).toEqual([]);
      expect(await store.dirty()).toHaveLength(1);
      expect(reached).toBeLessThan(12);
    }
    proxy.behave();
    await store.close();
    store = await open();
    expect(await store.minutes(['mill-1'], 0, end)).toEqual(minutes(2, 50));
    expect((await store.sums(['mill-1'], start, end)).get('mill-1')?.output).toBe(100);
    expect(await store.checkpoints('mill-1', 0, end)).toEqual(checkpoints('new', 10));
    expect(await store.dirty()).toEqual([]);
  });

  test('killed and started again while it is written to, it has every reading once', async () => {
    const given: Reading[] = [];
    let failed = 0;
    for (let round = 0; round < 6; round += 1) {
      const batches = Array.from({ length: 5 }, (_, index) =>
        sampleReadings(index % 2 === 0 ? 'mill-1' : 'mill-2', start + (round * 5 + index) * 400_000, 400),
      );
      const writing = (async (): Promise<void> => {
        for (const batch of batches) failed += await insist(batch);
      })();
      if (round % 2 === 1) {
        await influx.kill();
        const [, outcome] = await Promise.all([influx.start(), writing.then(() => 'done')]);
        expect(outcome).toBe('done');
      }
      await writing;
      given.push(...batches.flat());
    }
    expect(failed).toBeGreaterThan(0);
    await store.close();
    store = await open();
    expect(await all(store, ['mill-1', 'mill-2'])).toEqual(inOrder(given));
    expect((await store.cursor()).counts.stored).toBe(given.length);
  });
});
