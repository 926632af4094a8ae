/** Freshness: what came late has the past fetched again within seconds, and nothing else does before half a minute is over. */
import { describe, expect, it } from 'vitest';
import { Freshness } from './freshness.ts';
import { figures, now } from './samples.suite.ts';

const before = { id: 'day', ...figures({ runningSeconds: 600, stoppedSeconds: 20, unknownSeconds: 80 }) };

/** The past fetched just now, by somebody who has seen a record of the shift. */
function fetched(): Freshness {
  const freshness = new Freshness();
  freshness.see(before, now);
  freshness.fetch(now);
  return freshness;
}

describe('the past', () => {
  it('is due until it was fetched, and every half minute', () => {
    const freshness = new Freshness();
    freshness.see(before, now);
    expect(freshness.isDue(now)).toBe(true);
    freshness.fetch(now);
    expect([freshness.isDue(now + 29_999), freshness.isDue(now + 30_000)]).toEqual([false, true]);
  });

  it.each([
    ['unknown time is filled', { runningSeconds: 660, stoppedSeconds: 20, unknownSeconds: 25 }],
    ['a stop is found in running time', { runningSeconds: 590, stoppedSeconds: 40, unknownSeconds: 80 }],
  ])('is due as soon as %s, and once more when that is stored for certain', (_, after) => {
    const freshness = fetched();
    const seen = now + 10_000;
    freshness.see({ ...before, ...after }, seen);
    expect(freshness.isDue(seen)).toBe(true);
    freshness.fetch(seen);
    expect(freshness.isDue(seen + 2_000)).toBe(true);
    freshness.fetch(seen + 2_000);
    expect(freshness.isDue(seen + 4_000)).toBe(false);
  });

  it('is not due because the shift goes on, or another begins', () => {
    const freshness = fetched();
    freshness.see({ ...before, runningSeconds: 610, unknownSeconds: 79.5 }, now + 10_000);
    freshness.see({ ...before, ...figures({ from: now, runningSeconds: 1, stoppedSeconds: 0 }) }, now + 11_000);
    expect(freshness.isDue(now + 11_000)).toBe(false);
  });

  it('is due every few seconds where no shift tells of it', () => {
    const freshness = fetched();
    freshness.see(null, now + 1_000);
    expect([freshness.isDue(now + 3_999), freshness.isDue(now + 4_000)]).toEqual([false, true]);
  });
});
