/** What every store must do with what people say of stops. Comes in: a store, and a way to open it again. Goes out: tests. */
import { expect, test } from 'vitest';
import type { Reclassification } from '../contract/reclassification.ts';
import { dayMs, hostileTexts, minuteMs, put, start } from './sample.suite.ts';
import type { Store } from './store.ts';

export function reclassificationsSuite(store: () => Store, reopen: () => Promise<void>): void {
  const said = (id: string, line: string, from: number, rest: Partial<Reclassification> = {}): Reclassification => ({
    ...{ id, line, from, to: from + minuteMs, stop: 'jam', before: { state: 'stopped', stop: null } },
    ...{ who: 'li', why: 'looked', at: start + dayMs },
    ...rest,
  });

  test('come back in the order in which they were made, those of the lines that touch the window', async () => {
    const first = said('b', 'mill-1', start, { stop: null, before: { state: 'fault', stop: 'broken' } });
    const second = said('a', 'mill-1', start, { who: '李', why: hostileTexts.join('|') });
    const third = said('li/1', 'mill-2', start);
    await put(store(), [], { reclassifications: [first, second] });
    await put(store(), [], { reclassifications: [third] });
    await put(store(), [], { reclassifications: [said('c', 'mill-1', start + 5 * minuteMs)] });
    const check = async (): Promise<void> => {
      expect(await store().reclassifications(['mill-1'], 0, start + minuteMs)).toEqual([first, second]);
      expect(await store().reclassifications(['mill-2', 'mill-1'], start, start + 1)).toEqual([first, second, third]);
      expect(await store().reclassifications(['mill-1'], start + minuteMs, start + 5 * minuteMs)).toEqual([]);
      expect((await store().reclassifications(['mill-1'], 0, Number.MAX_SAFE_INTEGER)).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      expect(await store().reclassifications([], 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
      expect(await store().reclassifications(['nobody'], 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
    };
    await check();
    await reopen();
    await check();
    await put(store(), [], { reclassifications: [said('d', 'mill-1', start)] });
    expect((await store().reclassifications(['mill-1'], 0, Number.MAX_SAFE_INTEGER)).map(({ id }) => id)).toEqual(['b', 'a', 'c', 'd']);
  });

  test('a batch that comes again adds none', async () => {
    const cursor = { position: 7, counts: { stored: 0, duplicate: 0, rejected: {} } };
    const batch = { readings: [], rejections: [], dirty: [], reclassifications: [said('a', 'mill-1', start)], cursor };
    await store().write(batch);
    await store().write(batch);
    expect(await store().reclassifications(['mill-1'], 0, Number.MAX_SAFE_INTEGER)).toEqual(batch.reclassifications);
  });
}
