/** Walls by their addresses and by the clock. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tilePages, turnAt, viewsFor, wallOf } from './wall.ts';

const asked = (text: string) => wallOf(new URLSearchParams(text));

describe('a wall', () => {
  it('takes its interval and views from the address, and what makes no sense for what is usual', () => {
    expect(asked('every=45&views=plan.trend.nonsense')).toMatchObject({ everySeconds: 45, views: ['plan', 'trend'] });
    expect(['', 'every=x', 'every=1', 'every=99999'].map((text) => asked(text).everySeconds)).toEqual([20, 20, 5, 3600]);
  });

  it('shows only views there is something for, and never none', () => {
    expect(viewsFor([], { parks: 1, buildings: 0 })).toEqual(['overview', 'ranking', 'trend']);
    expect(viewsFor(['plan'], { parks: 6, buildings: 73 })).toEqual(['plan']);
    expect(viewsFor(['plan'], { parks: 1, buildings: 0 })).toEqual(['overview', 'ranking', 'trend']);
  });

  it('turns by the clock alone, each view as long as the others', () => {
    const turns = Array.from({ length: 120 }, (_, second) => turnAt(1_763_971_200_000 + second * 1000, 20, 3));
    expect([0, 1, 2].map((turn) => turns.filter((one) => one === turn).length)).toEqual([40, 40, 40]);
    expect(turnAt(5, 20, 1)).toBe(0);
  });

  it('has room for every line of a workshop, on as many pages as it takes', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.double({ min: 0.5, max: 4, noNaN: true }), (count, ratio) => {
        const { columns, rows, perPage, pages } = tilePages(count, ratio);
        expect(perPage).toBe(columns * rows);
        expect(perPage * pages).toBeGreaterThanOrEqual(count);
        expect(perPage * (pages - 1)).toBeLessThan(Math.max(1, count));
      }),
    );
  });
});
