/** Addresses and what they show: there and back again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periods } from './period.ts';
import { stateOrder } from './states.ts';
import { addressOf, firstView, layouts, orders, routeOf, type Route } from './view.ts';

const read = (address: string): Route => routeOf(new URL(address, 'http://localhost'));
const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const place = fc.oneof(
  fc.constant({ park: null, firm: null, workshop: null }),
  fc.record({ park: id, firm: fc.constant(null), workshop: fc.constant(null) }),
  fc.record({ park: id, firm: id, workshop: fc.option(id) }),
);
const view = fc.record({
  place,
  states: fc.subarray([...stateOrder]),
  text: fc.string(),
  type: fc.option(id),
  open: fc.option(id),
  order: fc.constantFrom(...orders),
  layout: fc.constantFrom(...layouts),
});

describe('the address', () => {
  it('says everything of a view: read back it is the same', () => {
    fc.assert(
      fc.property(view, (view) => {
        expect(read(addressOf({ page: 'board', view }))).toEqual({ page: 'board', view });
      }),
    );
  });

  it('leads to every page and back', () => {
    for (const page of ['screens', 'devices', 'system'] as const) expect(read(addressOf({ page }))).toEqual({ page });
    for (const park of [null, 'emb']) expect(read(addressOf({ page: 'zone', park }))).toEqual({ page: 'zone', park });
    const wall = { views: ['plan', 'trend'], everySeconds: 45, isLight: true, shows: { kind: 'workshop', id: 'f001/w1' } } as const;
    expect(read(addressOf({ page: 'wall', wall }))).toEqual({ page: 'wall', wall });
    for (const period of periods) {
      const line = { page: 'line', id: 'emb-0001', period } as const;
      expect(read(addressOf(line))).toEqual(line);
    }
    const batch = { page: 'batch', id: 'press-01', batch: '批/1 ?' } as const;
    expect(read(addressOf(batch))).toEqual(batch);
    const handover = {
      page: 'handover',
      handover: { place: { park: 'p', firm: 'f', workshop: null }, shift: 'last', minutes: 30 },
    } as const;
    expect(read(addressOf(handover))).toEqual(handover);
    expect(read('/handover?shift=next&stops=7')).toMatchObject({ handover: { shift: 'running', minutes: 10 } });
    for (const report of [
      { kind: 'zone', id: null, month: null },
      { kind: 'firm', id: 'f001', month: '2026-10' },
    ] as const) {
      expect(read(addressOf({ page: 'reports', report }))).toEqual({ page: 'reports', report });
    }
    expect(read('/reports?of=moon&id=x&month=soon')).toEqual({ page: 'reports', report: { kind: null, id: 'x', month: null } });
    expect(read('/lines/a/b')).toEqual({ page: 'missing' });
    expect(read('/nowhere')).toEqual({ page: 'missing' });
  });

  it('ignores words it does not know', () => {
    expect(read('/?state=running.flying&order=best&layout=cube&firm=x')).toEqual({
      page: 'board',
      view: { ...firstView, states: ['running'] },
    });
  });

  it('is short for the first view', () => {
    expect(addressOf({ page: 'board', view: firstView })).toBe('/');
  });
});
