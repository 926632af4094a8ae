/**
 * Who may see and do what, as pure functions: the scopes add up, an empty one means what the role says, parts never
 * pass for wholes.
 */
import { expect, test } from 'vitest';
import { aggregateLevels, roles, type Role, type Scope } from '../../contract/api.ts';
import { may, maySum, unknownParts, visibleGroups, visibleLine, visibleLines, type Caller } from './scope.ts';
import { smallPlant } from './plant.suite.ts';

const plant = smallPlant();
const caller = (role: Role, scope: Scope = {}): Caller => ({ username: 'a', role, scope });
const ids = (role: Role, scope: Scope, filter = {}): string[] | undefined =>
  visibleLines(plant, caller(role, scope), filter)?.map((line) => line.id);

test('an empty scope is everything for an admin, nothing for supervisor and maintenance, and no line for an official', () => {
  const all = [...plant.lines.keys()];
  expect(ids('admin', {})).toEqual(all);
  expect(ids('supervisor', {})).toEqual([]);
  expect(ids('maintenance', { firms: [], parks: [], workshops: [] })).toEqual([]);
  expect(ids('official', {})).toBeUndefined();
});

test.each<[Scope, string[]]>([
  [{ parks: ['emb'] }, ['emb-1', 'emb-2', 'emb-3', 'emb-4']],
  [{ firms: ['f1'] }, ['emb-1', 'emb-2', 'emb-3']],
  [{ workshops: ['f1/w2'] }, ['emb-3']],
  [{ workshops: ['f2/w1'] }, ['emb-4']],
  [{ workshops: ['f1/w2'], firms: ['f3'] }, ['emb-3', 'press-1']],
])('the parts of a scope add up: %j', (scope, expected) => {
  for (const role of ['admin', 'supervisor', 'maintenance'] as const) expect(ids(role, scope)).toEqual(expected);
});

test('filters narrow the scope and never widen it; one that names nothing visible has no answer', () => {
  expect(ids('supervisor', { firms: ['f1'] }, { park: 'emb' })).toEqual(['emb-1', 'emb-2', 'emb-3']);
  expect(ids('supervisor', { parks: ['emb'] }, { workshop: 'w1' })).toEqual(['emb-1', 'emb-2', 'emb-4']);
  expect(ids('supervisor', { parks: ['emb'] }, { workshop: 'f1/w1' })).toEqual(['emb-1', 'emb-2']);
  expect(ids('supervisor', { firms: ['f1'] }, { firm: 'f2' })).toBeUndefined();
  expect(ids('supervisor', { firms: ['f1'] }, { firm: 'nowhere' })).toBeUndefined();
  expect(visibleLine(plant, caller('supervisor', { firms: ['f1'] }), 'emb-4')).toBeNull();
  expect(visibleLine(plant, caller('official'), 'emb-4')).toBeNull();
});

test('a group shows only where all of its lines are in scope', () => {
  const groups = (role: Role, scope: Scope, by: (typeof aggregateLevels)[number]): string[] =>
    visibleGroups(plant, caller(role, scope), by).map((group) => group.id);
  expect(groups('admin', {}, 'zone')).toEqual(['zone']);
  expect(groups('supervisor', { parks: ['emb'] }, 'zone')).toEqual([]);
  expect(groups('supervisor', { parks: ['emb'] }, 'park')).toEqual(['emb']);
  expect(groups('supervisor', { workshops: ['f1/w1'] }, 'firm')).toEqual([]);
  expect(groups('supervisor', { workshops: ['f1/w1'] }, 'workshop')).toEqual(['f1/w1']);
  expect(groups('official', { parks: ['emb'] }, 'firm')).toEqual(['f1', 'f2']);
  expect(groups('official', {}, 'line')).toEqual([]);
});

test('officials sum firms and above; accounts are for admins of everything', () => {
  expect(aggregateLevels.filter((by) => maySum(caller('official'), by))).toEqual(['zone', 'park', 'firm', 'cluster']);
  expect(roles.filter((role) => may(caller(role), 'users'))).toEqual(['admin']);
  expect(may(caller('admin', { parks: ['emb'] }), 'users')).toBe(false);
  expect(may(caller('admin', { parks: ['emb'] }), 'devices')).toBe(true);
});

test('names in a scope that the plant does not have are found', () => {
  expect(unknownParts(plant, { parks: ['emb', 'x'], firms: ['f1', 'y'], workshops: ['f1/w1', 'f2/w2'] })).toEqual(['x', 'y', 'f2/w2']);
});
