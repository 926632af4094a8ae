/** The times of an alarm's steps: each since the step before it, so that they add up. */
import { describe, expect, it } from 'vitest';
import type { AlarmStep } from '../../../contract/alarm.ts';
import { acknowledged } from './alarmrecords.suite.ts';
import { stepsTaken } from './steptimes.ts';

const step = (at: number, what: AlarmStep['what']): AlarmStep => ({ at, what, who: null, detail: null });

describe('the steps of an alarm', () => {
  it('take their time since the step before; what is no step of the repair takes none', () => {
    const record = acknowledged('a', 'me', { raisedAt: 1_000 });
    const steps = [
      step(9_000, 'arrive'),
      step(1_000, 'raised'),
      step(2_000, 'delivered'),
      step(4_000, 'reminded'),
      step(5_000, 'acknowledge'),
    ];
    expect(stepsTaken([...steps, step(6_000, 'delivered')], record).map(({ what, tookMs }) => [what, tookMs])).toEqual([
      ['raised', null],
      ['delivered', 1_000],
      ['reminded', null],
      ['acknowledge', 3_000],
      ['delivered', null],
      ['arrive', 4_000],
    ]);
  });

  it('are told by the record itself where nothing is written down yet', () => {
    const record = acknowledged('a', 'me', { raisedAt: 1_000, acknowledgedAt: 3_000, clearedAt: 4_000 });
    expect(stepsTaken([], record).map(({ what, who, tookMs }) => [what, who, tookMs])).toEqual([
      ['raised', null, null],
      ['acknowledge', 'me', 2_000],
      ['cleared', null, null],
    ]);
  });
});
