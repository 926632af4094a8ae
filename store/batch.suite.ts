/**
 * What every store does with a batch: written whole or not at all, once, and without what can never be stored. Comes in: the store of the moment, and
 * a way to close and open it again. Goes out: tests.
 */
import { describe, expect, test } from 'vitest';
import type { Rejection } from '../contract/reading.ts';
import { all, hostileTexts, hourMs, mark, patch, put, reading, sampleReadings, start } from './sample.suite.ts';
import type { Store } from './store.ts';

export function batchSuite(store: () => Store, reopen: () => Promise<void>): void {
  describe('a batch', () => {
    const rejection: Rejection = { line: 'mill-1', receivedAt: start, reason: 'bad-value', detail: 'd', sample: 's' };

    test('is written whole with its cursor, which survives', async () => {
      const cursor = { position: 17, counts: { stored: 3, duplicate: 4, rejected: { future: 2, 'bad-value': 1 } } };
      await store().write({ readings: sampleReadings('mill-1', start, 3), rejections: [rejection], dirty: [mark('mill-1', 5, 9)], cursor });
      expect(await store().cursor()).toEqual(cursor);
      await reopen();
      expect(await store().cursor()).toEqual(cursor);
      expect(await store().rejections('mill-1', 5)).toEqual([rejection]);
      expect(await store().dirty()).toEqual([mark('mill-1', 5, 9)]);
    });

    test('that fails changes nothing, and may come again mended', async () => {
      await put(store(), sampleReadings('mill-1', start, 10));
      const before = await store().cursor();
      const broken = { ...rejection, receivedAt: 0.5 };
      const next = [...sampleReadings('mill-2', start + 1000, 5), ...sampleReadings('mill-1', start + hourMs, 5)];
      const rest = { rejections: [rejection], dirty: [mark('mill-2', 1, 2)] };
      await expect(put(store(), next, { ...rest, rejections: [rejection, broken] })).rejects.toThrow();
      expect(await store().cursor()).toEqual(before);
      expect(await all(store(), ['mill-1', 'mill-2'])).toHaveLength(10);
      expect(await store().dirty()).toEqual([]);
      expect(await store().rejections('mill-1', 5)).toEqual([]);
      expect(await store().undeclaredMetrics()).toEqual(new Map([['mill-1', ['temperature']]]));
      await put(store(), next, rest);
      expect(await all(store(), ['mill-1', 'mill-2'])).toHaveLength(20);
      await reopen();
      expect(await all(store(), ['mill-1', 'mill-2'])).toHaveLength(20);
      expect(await store().dirty()).toEqual([mark('mill-2', 1, 2)]);
    });

    test('with readings that can never be stored is stored without them, and they are kept for inspection', async () => {
      const good = sampleReadings('mill-1', start, 20);
      const fraction = { ...reading('mill-1', start + 500), seq: 0.5 };
      const endless = { ...reading('mill-2', Number.NaN), metrics: { speed: 3 }, receivedAt: start };
      const cursor = { position: 30, counts: { stored: 22, duplicate: 1, rejected: { 'bad-value': 1 } } };
      const settled = { position: 30, counts: { stored: 20, duplicate: 1, rejected: { 'bad-value': 1, 'not-storable': 2 } } };
      const batch = {
        ...{ readings: [...good.slice(0, 7), fraction, endless, ...good.slice(7)] },
        ...{ rejections: [rejection], dirty: [mark('mill-1', 5, 9)], cursor },
      };
      const { setAside, ...taken } = await store().write(batch);
      expect({ setAside, taken }).toEqual({ setAside: [fraction, endless], taken: { cursor: settled } });
      for (const open of [undefined, reopen]) {
        await open?.();
        expect(await store().cursor()).toEqual(settled);
        expect(await all(store(), ['mill-1', 'mill-2'])).toEqual(good);
        expect(await store().rejections('mill-1', 5)).toMatchObject([
          { reason: 'not-storable', receivedAt: fraction.receivedAt, sample: JSON.stringify(fraction) },
          { reason: 'bad-value' },
        ]);
        expect(await store().rejections('mill-2', 5)).toMatchObject([{ reason: 'not-storable', sample: JSON.stringify(endless) }]);
        expect(await store().known([fraction])).toEqual([]);
        expect(await store().dirty()).toEqual([mark('mill-1', 5, 9)]);
      }
      expect(await store().write(batch)).toEqual({ cursor: settled, setAside: [] });
    });

    test('that is in the store already is not written again, even after a restart', async () => {
      const cursor = { position: 5, counts: { stored: 5, duplicate: 0, rejected: {} } };
      const batch = { readings: sampleReadings('mill-1', start, 5), rejections: [rejection], dirty: [mark('mill-1', 5, 9)], cursor };
      await store().write(batch);
      await store().writeDerived([patch('mill-1', 0, 10)]);
      await store().write(batch);
      await reopen();
      await store().write(batch);
      expect(await all(store(), ['mill-1'])).toEqual(batch.readings);
      expect(await store().rejections('mill-1', 5)).toEqual([rejection]);
      expect(await store().dirty()).toEqual([]);
    });

    test('keeps the last thousand rejections of each line', async () => {
      const many = (line: string, from: number, count: number): Rejection[] =>
        Array.from({ length: count }, (_, index) => ({
          ...rejection,
          line,
          detail: hostileTexts[index % 16] ?? '',
          receivedAt: from + index,
        }));
      await put(store(), [], { rejections: many('mill-1', 0, 1500) });
      for (let part = 0; part < 4; part += 1) await put(store(), [], { rejections: many('mill-1', 1500 + part * 600, 600) });
      await put(store(), [], { rejections: many('a line that is not there', 0, 3) });
      await reopen();
      const kept = await store().rejections('mill-1', 1000);
      expect(kept.map(({ receivedAt }) => receivedAt)).toEqual(Array.from({ length: 1000 }, (_, index) => 3899 - index));
      expect(await store().rejections('mill-1', 2)).toEqual(kept.slice(0, 2));
      expect((await store().rejections('a line that is not there', 10)).map(({ receivedAt }) => receivedAt)).toEqual([2, 1, 0]);
      expect((await store().rejections('a line that is not there', 10))[0]?.detail).toBe(hostileTexts[2]);
    });
  });
}
