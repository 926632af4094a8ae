/** Six kills at random moments under 2,000 readings a second, people at work meanwhile; `npm run prove -- kills` does a hundred under 5,000. */
import { expect, test } from 'vitest';
import { runKills, slowOnes } from './kills.ts';

test('killed six times, it has every acknowledged reading and action once, and no false alarm', { timeout: 400_000 }, async () => {
  const { starts, work, wrong } = await runKills({ kills: 6, ratePerSecond: 2_000, seed: 20_261_123 });
  expect(wrong).toEqual([]);
  expect(work.actions).toBeGreaterThan(8);
  expect(slowOnes(starts)).toEqual([]);
});
