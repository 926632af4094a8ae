/** Whose turn it is, while late readings keep coming and when they have stopped. */
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** Turns taken while a reading comes every `stepMs` for `lengthMs`, looked at every 100 ms until 10 s after. */
function turnsOf(stepMs: number, lengthMs: number): number[] {
  const turns = new Turns();
  const taken: number[] = [];
  let isMarked = false;
  for (let now = 0; now <= lengthMs + 10_000; now += 100) {
    if (now <= lengthMs && now % stepMs === 0) {
      turns.note('a', now);
      isMarked = true;
    }
    if (!isMarked || !turns.isDue('a', now)) continue;
    turns.take('a', now);
    taken.push(now);
    isMarked = false;
  }
  return taken;
}

test('the first turn comes at once, later ones after growing pauses, the last one within 2 s of the end', () => {
  expect(turnsOf(100, 0)).toEqual([0]);
  const taken = turnsOf(500, 600_000);
  expect(taken.slice(0, 5)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
  expect(taken.length).toBeLessThan(30);
  const pauses = taken.slice(1).map((at, index) => at - (taken[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(30_500);
  expect(taken.at(-1)).toBeLessThanOrEqual(602_000);
});

test('what comes now and then is never waited for', () => {
  expect(turnsOf(5_000, 20_000)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
});

test('nothing is known of other lines', () => {
  const turns = new Turns();
  turns.note('a', 0);
  turns.take('a', 0);
  expect([turns.isDue('a', 500), turns.isDue('b', 500)]).toEqual([false, true]);
});
