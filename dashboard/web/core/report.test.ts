/** What there is to choose from: the places of one's own from end to end, the months of the zone's calendar. */
import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../contract/api.ts';
import { Plant } from './plant.ts';
import { monthsUpTo, placesOf } from './report.ts';

const name = { zh: '甲', en: 'A' };
const firm = (id: string) => ({ id, name, workshops: [] });
const plant = new Plant({
  zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
  calendars: {},
  types: {},
  parks: [
    { id: 'emb', name, cluster: 'emb', firms: [firm('f1'), firm('f2')] },
    { id: 'med', name, cluster: 'med', firms: [firm('f3')] },
  ],
});

describe('places', () => {
  const ids = (role: 'admin' | 'official' | 'supervisor', scope: Scope): string[] => placesOf(plant, { role, scope }).map(({ id }) => id);

  it('are all of them for who sees everything', () => {
    expect(ids('official', {})).toEqual(['zone', 'emb', 'f1', 'f2', 'med', 'f3']);
  });

  it('are those of the scope for everybody else', () => {
    expect(ids('official', { parks: ['emb'] })).toEqual(['emb', 'f1', 'f2']);
    expect(ids('supervisor', { firms: ['f2', 'f3'] })).toEqual(['f2', 'f3']);
    expect(ids('supervisor', { workshops: ['f1/w1'] })).toEqual([]);
    expect(ids('supervisor', {})).toEqual([]);
  });
});

describe('months', () => {
  it('begin with the one it is in the zone', () => {
    const newYear = Date.parse('2025-12-31T16:00Z');
    expect(monthsUpTo(newYear, 'Asia/Shanghai').slice(0, 3)).toEqual(['2026-01', '2025-12', '2025-11']);
    expect(monthsUpTo(newYear - 1, 'Asia/Shanghai')[0]).toBe('2025-12');
    expect(monthsUpTo(newYear, 'UTC')).toHaveLength(25);
  });
});
