/**
 * Metrics and their fields: each has its own, whatever metrics are called.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldOf, kinds, metricOf, ownFields } from './fields.ts';

/** What a metric may be called, and what might be mistaken for something else. */
const metric = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,12}$/),
  fc
    .tuple(
      fc.constantFrom('', 'm_', 'm_m_'),
      fc.constantFrom(...ownFields, 'time', 'line', 'x'),
      fc.constantFrom('', '_text', '_flag', '_number'),
    )
    .map((parts) => parts.join('')),
);

test('a field tells its metric and its kind', () => {
  fc.assert(
    fc.property(metric, fc.constantFrom(...kinds), (name, kind) => {
      expect(metricOf(fieldOf(name, kind))).toEqual({ metric: name, kind });
      expect([...ownFields, 'time', 'line']).not.toContain(fieldOf(name, kind));
    }),
    { numRuns: 2000 },
  );
});

test('metrics with ordinary names are found under them', () => {
  expect(fieldOf('speed', 'number')).toBe('speed');
  expect(fieldOf('colour', 'text')).toBe('colour_text');
  expect(fieldOf('open', 'flag')).toBe('open_flag');
  expect(fieldOf('state', 'number')).toBe('m_state');
});
