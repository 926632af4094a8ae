/** Another edition of the web app is noticed, once; a server that is away is no other edition. */
import { expect, test } from 'vitest';
import type { Clock } from '../../../contract/clock.ts';
import { watchEdition } from './edition.ts';

test('it calls when another first page is served than at the start, whatever was in between', async () => {
  let tick = (): void => undefined;
  const clock: Clock = {
    now: () => 0,
    after: () => () => undefined,
    every: (_milliseconds, callback) => {
      tick = callback;
      return () => undefined;
    },
  };
  const served: (string | null | Error)[] = ['"a"', '"a"', new Error('away'), null, '"a"', '"b"'];
  let [asked, changes] = [0, 0];
  const fetcher = (): Promise<Response> => {
    const mark = served[asked] ?? null;
    asked += 1;
    if (mark instanceof Error) return Promise.reject(mark);
    return Promise.resolve(mark === null ? new Response(null, { status: 502 }) : new Response(null, { headers: { etag: mark } }));
  };
  watchEdition(fetcher, clock, () => {
    changes += 1;
  });
  const changesAfter: number[] = [];
  for (let ask = 1; ask < served.length; ask += 1) {
    await expect.poll(() => asked).toBe(ask);
    tick();
    await expect.poll(() => asked).toBe(ask + 1);
    changesAfter.push(changes);
  }
  expect(changesAfter.slice(0, -1)).toEqual([0, 0, 0, 0]);
  await expect.poll(() => changes).toBe(1);
});
