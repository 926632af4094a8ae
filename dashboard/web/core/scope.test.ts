/** A scope as it is put together, on the small plant. */
import { describe, expect, it } from 'vitest';
import { plant } from './samples.suite.ts';
import { areSame, chosenOf, has, isBrought, isEmpty, partsOf, toggled, type ScopePart } from './scope.ts';

const parts = partsOf(plant);
const [park] = parts;
const firm = parts.find(({ kind }) => kind === 'firms');
const workshop = parts.find(({ kind }) => kind === 'workshops');
if (!park || !firm || !workshop) throw new Error('the small plant has a park, a firm and a workshop');

describe('a scope', () => {
  it('takes a part in, and lets it go again', () => {
    const taken = toggled({}, workshop, parts);
    expect([has(taken, workshop), isEmpty(taken)]).toEqual([true, false]);
    expect(isEmpty(toggled(taken, workshop, parts))).toBe(true);
  });

  it('needs no smaller part beside the larger one that brings it', () => {
    const small = toggled(toggled({}, workshop, parts), firm, parts);
    expect(small).toMatchObject({ firms: [firm.id], workshops: [] });
    expect(toggled(small, park, parts)).toEqual({ parks: [park.id], firms: [], workshops: [] });
    expect([firm, workshop].map((part) => isBrought({ parks: [park.id] }, part))).toEqual([true, true]);
  });

  it('keeps what the plant has no more, without a name, until somebody takes it out', () => {
    const gone: ScopePart = { kind: 'firms', id: 'gone', names: [], within: [], lines: 0 };
    expect(chosenOf({ firms: ['gone'], workshops: [workshop.id] }, parts)).toEqual([gone, workshop]);
    expect(toggled({ firms: ['gone'] }, gone, parts).firms).toEqual([]);
  });

  it('is the same in any order, and empty without anything', () => {
    expect(areSame({ parks: ['a', 'b'] }, { parks: ['b', 'a'], firms: [] })).toBe(true);
    expect(areSame({ parks: ['a'] }, { firms: ['a'] })).toBe(false);
    expect(isEmpty({ workshops: [] })).toBe(true);
  });
});

it('every line is in a part of each kind', () => {
  for (const kind of ['parks', 'firms', 'workshops'] as const) {
    const lines = parts.filter((part) => part.kind === kind).reduce((sum, part) => sum + part.lines, 0);
    expect([kind, lines]).toEqual([kind, plant.size]);
  }
});
