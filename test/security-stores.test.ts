/**
 * Injection, on both stores as they really are: names and values that try to be SQL, InfluxQL or line protocol are stored and asked for
 * as the texts they are, and what was there before stays as it was.
 */
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import type { Rejection } from '../contract/reading.ts';
import { openDuckdbStore } from '../store/duckdb.ts';
import { openInfluxStore } from '../store/influx.ts';
import { all, put, reading, sampleReadings, start } from '../store/sample.suite.ts';
import type { Store } from '../store/store.ts';
import { reasonAgainstInflux, startInflux } from './influx.ts';
import { workshopPlant } from './workshop.ts';

const retention = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
const options = { plant: workshopPlant(), retention, clock: systemClock, log: pino({ level: 'silent' }) };

/** What closes a string, begins a statement, ends a line or separates fields, in one language or another. */
const fragments = [
  ...[`'`, `"`, '`', `\\`, `\\'`, `''`, ';', '--', '/*', '*/', '\n', '\r\n', ',', '=', ' ', '\t', '#', '$1', '?', ':x', '%', '_', '/', '~'],
  ...['OR 1=1', 'UNION SELECT * FROM', 'DROP TABLE readings', 'DROP DATABASE "suite"', 'DELETE FROM /.*/', 'DROP SERIES FROM /.*/'],
  ...[
    'raw,line=mill-2 speed=0i 1',
    'speed=0',
    '; ATTACH',
    "COPY (SELECT 1) TO 'x'",
    "read_text('/etc/passwd')",
    '{{x}}',
    '=~ /.*/',
    '\u0000',
    '汝',
  ],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('').slice(0, 64));

interface Home {
  readonly name: string;
  readonly missing: string;
  readonly open: () => Promise<{ store: Store; close: () => Promise<void> }>;
}

const homes: Home[] = [
  {
    name: 'the embedded store',
    missing: '',
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'bobbin-injection-'));
      const store = await openDuckdbStore({ folder, ...options });
      const close = async (): Promise<void> => {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      };
      return { store, close };
    },
  },
  {
    name: 'InfluxDB',
    missing: reasonAgainstInflux(),
    async open() {
      const influx = await startInflux();
      const store = await openInfluxStore({ url: influx.url, database: 'suite', ...options });
      const close = async (): Promise<void> => {
        await store.close();
        await influx.remove();
      };
      return { store, close };
    },
  },
];

describe.each(homes)('$name$missing', ({ missing, open }) => {
  test.skipIf(missing !== '')('takes no text for anything but a text', async () => {
    const { store, close } = await open();
    const untouched = sampleReadings('mill-2', start, 50);
    await put(store, untouched);
    let ts = start;
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 8, maxLength: 8 }), async (words) => {
        const [name = '', value = '', order = '', batch = '', stop = '', detail = '', sample = '', line = ''] = words;
        ts += 1000;
        const one = reading('mill-1', ts, { stop, order, batch, metrics: { [name]: value, speed: 7 } });
        const rejection: Rejection = { line, receivedAt: ts, reason: 'bad-value', detail, sample };
        await put(store, [one], { rejections: [rejection] });
        expect(await all(store, ['mill-1', line], ts, ts + 1)).toStrictEqual([one]);
        expect(await all(store, ['mill-1'], ts, ts + 1, [name])).toMatchObject([{ metrics: { [name]: value } }]);
        expect(await store.rejections(line, 1)).toStrictEqual([rejection]);
        // Asked for under names that nothing has: no answer, and no harm.
        expect(await store.series('mill-1', `${name}${value}`, start, ts + 1, 10)).toEqual([]);
        expect(await store.series(`${line}x`, 'speed', start, ts + 1, 10)).toEqual([]);
        expect(await store.savedBatches(line)).toEqual([]);
        expect(await store.minutes([line], start, ts)).toEqual([]);
        expect(await store.contexts(line, start, ts)).toEqual([]);
        expect(await store.known([{ line, ts }])).toEqual([]);
      }),
      { numRuns: 60, seed: 20_261_123 },
    );
    expect(await all(store, ['mill-2'])).toStrictEqual(untouched);
    expect((await store.heads()).size).toBe(2);
    await close();
  });
});
