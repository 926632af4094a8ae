/** Refusals are all counted and seldom told. */
import pino from 'pino';
import { expect, it } from 'vitest';
import { Refusals } from './refusals.ts';
import { HandClock } from '../contract/clock.suite.ts';

it('tells the first of a reason, then once a minute how many more there were', () => {
  const lines: unknown[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  const clock = new HandClock();
  const refusals = new Refusals(log, clock);
  for (let n = 0; n < 1000; n += 1) refusals.note('password', { address: '10.0.0.1' });
  refusals.note('backlog', {});
  expect(lines).toEqual([
    { level: 40, reason: 'password', address: '10.0.0.1', msg: 'refused' },
    { level: 40, reason: 'backlog', msg: 'refused' },
  ]);
  clock.advance(60_000);
  expect(lines.slice(2)).toEqual([{ level: 40, reason: 'password', more: 999, msg: 'refused again within a minute' }]);
  clock.advance(60_000);
  refusals.note('password', {});
  expect(lines).toHaveLength(4);
  expect(refusals.counts()).toEqual({ password: 1001, backlog: 1 });
});
