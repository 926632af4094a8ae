/** A hundred thousand mutated sessions: nothing uncaught, nothing left behind, flat memory, and everybody else served. */
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { growthLimitBytes } from './limit.ts';

test('the broker outlives 100,000 mutated sessions and is as small as before', { timeout: 600_000 }, async () => {
  const { sessions, before, after } = await fuzz(100_000, 20_261_123);
  expect(sessions).toBe(100_000);
  expect(after.sessions).toBe(0);
  // Both sides of the door were reached: readings came through, and every kind of fault was met.
  expect(after.records).toBeGreaterThan(50_000);
  for (const reason of ['identifier', 'password', 'publish', 'subscribe', 'protocol', 'bad-type', 'not-connect']) {
    expect(after.refusals[reason], reason).toBeGreaterThan(50);
  }
  expect(after.liveBytes - before.liveBytes).toBeLessThan(growthLimitBytes);
});
