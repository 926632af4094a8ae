/** A wish becomes an override of only what differs, at the place that was chosen. */
import { describe, expect, it } from 'vitest';
import type { RuleAnswer } from '../../../contract/alarms-api.ts';
import { overrideSchema } from '../../../contract/overrides.ts';
import { overrideOf, type RuleWish } from './rulewish.ts';
import { plant } from './samples.suite.ts';

const values = {
  enabled: true,
  priority: 'high',
  limit: 12,
  deadband: 0.5,
  onDelaySeconds: 20,
  offDelaySeconds: 20,
  settleSeconds: 0,
  when: null,
} as const;
const rule: RuleAnswer = {
  id: 'limit:force:actionHigh',
  text: { zh: '力', en: 'Force' },
  unit: 'kN',
  values,
  standard: values,
  overrides: [],
};
const asItIs: RuleWish = { enabled: true, priority: 'high', limit: 12, deadband: 0.5, onDelaySeconds: 20, offDelaySeconds: 20 };

describe('a wish', () => {
  const line = plant.line('a1');
  if (!line) throw new Error('the sample plant has it');

  it('is nothing where nothing is otherwise', () => {
    expect(overrideOf(rule, asItIs, line, 'line', 'why')).toBeNull();
  });

  it('says only what is otherwise, and is taken by the contract', () => {
    const placed = overrideOf(rule, { ...asItIs, limit: 9, priority: 'critical' }, line, 'line', 'new punches');
    expect(placed).toEqual({ where: { line: 'a1' }, override: { rule: rule.id, limit: 9, priority: 'critical', why: 'new punches' } });
    expect(overrideSchema.safeParse(placed?.override).success).toBe(true);
  });

  it('goes on to say what was said there before, as it takes its place', () => {
    const before = { source: 'change', where: { line: 'a1' }, override: { rule: rule.id, limit: 12, why: 'old' } } as const;
    const elsewhere = {
      source: 'change',
      where: { firm: 'alpha' },
      override: { rule: rule.id, type: 'press', deadband: 1, why: 'old' },
    } as const;
    expect(overrideOf({ ...rule, overrides: [elsewhere, before] }, { ...asItIs, priority: 'low' }, line, 'line', 'new')?.override).toEqual({
      rule: rule.id,
      limit: 12,
      priority: 'low',
      why: 'new',
    });
  });

  it('reaches, beyond the line, lines of its type', () => {
    const off = { ...asItIs, enabled: false };
    expect(overrideOf(rule, off, line, 'workshop', 'x')).toEqual({
      where: { workshop: 'alpha/w1' },
      override: { rule: rule.id, type: 'press', enabled: false, why: 'x' },
    });
    expect(overrideOf(rule, off, line, 'firm', 'x')?.where).toEqual({ firm: 'alpha' });
    expect(overrideOf(rule, off, line, 'zone', 'x')?.where).toEqual({});
  });
});
