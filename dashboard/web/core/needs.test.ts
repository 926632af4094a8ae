/** What needs somebody, and what comes first. */
import { describe, expect, it } from 'vitest';
import { needsOf } from './needs.ts';
import { floor, hourMs, minuteMs, now, plant } from './samples.suite.ts';

const ids = (changes: Parameters<typeof floor>[0]): string[] => needsOf(plant, floor(changes), now).map(({ line }) => line.id);

describe('what needs somebody', () => {
  it('is nothing while everything runs', () => {
    expect(ids({})).toEqual([]);
  });

  it('is ordered by urgency: faults, long stops, silence, setups that drag on; the longest first', () => {
    expect(
      ids({
        a1: { state: 'setup', since: now - hourMs },
        a2: { state: 'unknown', since: now - 2 * minuteMs },
        b1: { state: 'stopped', since: now - 5 * minuteMs },
        b2: { state: 'stopped', since: now - 9 * minuteMs },
        g1: { state: 'fault', since: now - minuteMs },
      }),
    ).toEqual(['g1', 'b2', 'b1', 'a2', 'a1']);
  });

  it('leaves out short stops, short setups, and lines outside their shift, but never a fault', () => {
    expect(
      ids({
        a1: { state: 'stopped', since: now - minuteMs },
        a2: { state: 'setup', since: now - 10 * minuteMs },
        a3: { state: 'stopped', since: now - hourMs, shift: null },
        b1: { state: 'fault', shift: null },
        b2: { state: 'unknown', since: null, ts: null },
      }),
    ).toEqual(['b1']);
  });

  it('makes one matter of the lines of a workshop that went silent together', () => {
    const silent = { state: 'unknown', since: now - 5 * minuteMs } as const;
    const needs = needsOf(plant, floor({ a1: silent, a2: silent, a3: silent, b1: silent }), now);
    expect(needs.map(({ line, others }) => [line.id, others])).toEqual([
      ['a1', 2],
      ['b1', 0],
    ]);
  });
});
