/** Which state a reading means, and the history that makes. */
import { expect, test } from 'vitest';
import type { Reading } from '../contract/reading.ts';
import { mill } from '../test/workshop.ts';
import { createSpanList, situationOf } from './states.ts';

const reading = (rest: Partial<Reading>): Reading => ({ line: 'mill-1', ts: 0, receivedAt: 0, metrics: {}, ...rest });
const before = { state: 'setup', stop: 'waiting' } as const;

test.each([
  ['its own state', reading({ state: 'fault', stop: 'jam', metrics: { speed: 5 } }), { state: 'fault', stop: 'jam' }],
  ['its own state, without a stop', reading({ state: 'idle' }), { state: 'idle', stop: null }],
  ["else its stop code's", reading({ stop: 'broken', metrics: { speed: 5 } }), { state: 'fault', stop: 'broken' }],
  ["else the type's rule, above", reading({ metrics: { speed: 0.1 } }), { state: 'running', stop: null }],
  ["else the type's rule, not above", reading({ metrics: { speed: 0 } }), { state: 'stopped', stop: null }],
  ["else as the line's reading before it", reading({ metrics: { made: 3 } }), before],
  ["a rule's metric that is null decides nothing", reading({ metrics: { speed: null } }), before],
])('[KPI-3] the state is %s', (_, one, expected) => {
  const { state, stop } = situationOf(one, before, mill);
  expect({ state, stop }).toEqual(expected);
});

test('[KPI-3] before any reading it is unknown', () => {
  expect(situationOf(reading({}), null, mill)).toEqual({ state: 'unknown', stop: null });
});

test('a history has no gaps: what is not known is unknown, equal neighbours are one', () => {
  const spans = createSpanList(100, 1000);
  spans.add({ from: 0, to: 200, state: 'running', stop: null });
  spans.add({ from: 200, to: 300, state: 'running', stop: null });
  spans.add({ from: 300, to: 400, state: 'stopped', stop: 'jam' });
  spans.add({ from: 400, to: 450, state: 'stopped', stop: null });
  spans.add({ from: 500, to: 2000, state: 'running', stop: null });
  expect(spans.finish()).toEqual([
    { from: 100, to: 300, state: 'running', stop: null },
    { from: 300, to: 400, state: 'stopped', stop: 'jam' },
    { from: 400, to: 450, state: 'stopped', stop: null },
    { from: 450, to: 500, state: 'unknown', stop: null },
    { from: 500, to: 1000, state: 'running', stop: null },
  ]);
  expect(createSpanList(0, 10).finish()).toEqual([{ from: 0, to: 10, state: 'unknown', stop: null }]);
});
