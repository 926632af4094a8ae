/** Who may give a stop another reason, which stops can have one, and what there is to choose from. */
import { expect, test } from 'vitest';
import { equipmentTypeSchema } from '../../../contract/equipment.ts';
import { canHaveAnother, choicesOf, mayReclassify } from './reclassify.ts';

const type = equipmentTypeSchema.parse({
  id: 'frame',
  name: { zh: '绣花机', en: 'Frame' },
  expectSeconds: 5,
  holdSeconds: 15,
  metrics: {},
  stops: {
    'thread-break': { state: 'stopped', name: { zh: '断线', en: 'Thread break' } },
    broken: { state: 'fault', name: { zh: '机器故障', en: 'Machine error' } },
    'bobbin-change': { state: 'stopped', name: { zh: '换底线', en: 'Bobbin change' } },
    sewing: { state: 'running', name: { zh: '绣花', en: 'Sewing' } },
    lost: { state: 'unknown', name: { zh: '失联', en: 'Lost' } },
  },
});

test('supervisors and admins may, maintenance, officials and screens may not', () => {
  expect((['admin', 'supervisor', 'maintenance', 'official'] as const).map((role) => mayReclassify({ role }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  const screen = { id: 'hall', name: 'Hall', shows: { kind: 'workshop', id: 'f1/w1' } } as const;
  expect(mayReclassify({ role: 'supervisor', screen })).toBe(false);
});

test('a stop can have another reason once it is over; running time and silence never', () => {
  const span = (state: 'stopped' | 'running' | 'unknown' | 'planned', to: number) => ({ from: 0, to, state, stop: null });
  expect(canHaveAnother(span('stopped', 50_000), 60_000)).toBe(true);
  expect(canHaveAnother(span('planned', 50_000), 60_000)).toBe(true);
  expect(canHaveAnother(span('stopped', 60_000), 60_000)).toBe(false);
  expect(canHaveAnother(span('running', 50_000), 60_000)).toBe(false);
  expect(canHaveAnother(span('unknown', 50_000), 60_000)).toBe(false);
});

test('there are the codes of stops to choose from, found by code and by name in either language', () => {
  const found = (text: string): string[] => choicesOf(type, text).map(({ code }) => code);
  expect(found('').toSorted()).toEqual(['bobbin-change', 'broken', 'thread-break']);
  expect(found(' 换底 ')).toEqual(['bobbin-change']);
  expect(found('BREAK')).toEqual(['thread-break']);
  expect(found('sew')).toEqual([]);
});
