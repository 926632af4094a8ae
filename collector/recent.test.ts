/** New, known, or ask the store: never a wrong answer, whatever the order. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecentTimes } from './recent.ts';

const arrivals = fc.array(fc.record({ ts: fc.integer({ min: 0, max: 300 }), isRefused: fc.boolean() }), { maxLength: 400 });

test('never calls a stored reading new nor a new one known, and asks only about the past', () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: -1, max: 200 }), (times, head) => {
      // Up to its head everything may be stored already: those before it are even numbers here.
      const stored = new Set<number>();
      for (let ts = 0; ts <= head; ts += 2) stored.add(ts);
      const newest = Math.max(-1, ...stored);
      const recent = createRecentTimes(newest < 0 ? new Map() : new Map([['a', newest]]));
      for (const { ts, isRefused } of times) {
        const verdict = recent.verdict('a', ts);
        if (verdict === 'new') expect(stored.has(ts)).toBe(false);
        if (verdict === 'known') expect(stored.has(ts)).toBe(true);
        if (verdict === 'ask') expect(ts).toBeLessThan(Math.max(...stored));
        if (stored.has(ts)) continue;
        recent.add('a', ts);
        // The store would not have it.
        if (isRefused) recent.forget('a', ts);
        else stored.add(ts);
      }
    }),
  );
});

test('a line that keeps time is never asked about', () => {
  const recent = createRecentTimes(new Map());
  for (let ts = 0; ts < 1000; ts += 1) {
    expect(recent.verdict('a', ts)).toBe('new');
    recent.add('a', ts);
    expect(recent.verdict('a', ts)).toBe('known');
  }
  expect(recent.verdict('a', 990)).toBe('known');
  expect(recent.verdict('a', 5)).toBe('ask');
});
