/** What is offered is what the engine allows, and what is expected is what it does. */
import { describe, expect, it } from 'vitest';
import { alarmActions, alarmStates, type AlarmRecord } from '../../../contract/alarm.ts';
import { allowed } from '../../../collector/alarms/actions.ts';
import { acknowledged, alarm } from './alarmrecords.suite.ts';
import { forestalled, isPossible, nextAction, otherActions, supposed, wantsCause } from './deeds.ts';

const over = { state: 'normal', clearedAt: 9, acknowledgedAt: 5 } as const;

describe('the actions on offer', () => {
  it('are never more than the engine allows', () => {
    const stages: Partial<AlarmRecord>[] = [
      {},
      { acknowledgedAt: 5 },
      { acknowledgedAt: 5, arrivedAt: 6 },
      { acknowledgedAt: 5, resolvedAt: 7 },
    ];
    for (const state of alarmStates)
      for (const stage of stages)
        for (const action of alarmActions)
          if (isPossible(alarm('a', { state, ...stage }), action))
            expect([action, allowed[action]]).toEqual([action, expect.arrayContaining([state])]);
  });

  it('lead from the alarm to its end, one at a time', () => {
    expect(nextAction(alarm('a'))).toBe('acknowledge');
    expect(nextAction(alarm('a', { state: 'returned', clearedAt: 5 }))).toBe('acknowledge');
    expect(nextAction(acknowledged('a', 'me'))).toBe('arrive');
    expect(nextAction(acknowledged('a', 'me', { arrivedAt: 5 }))).toBe('resolve');
    expect(nextAction(acknowledged('a', 'me', { resolvedAt: 5 }))).toBeNull();
    expect(nextAction(acknowledged('a', 'me', over))).toBe('resolve');
    expect(nextAction(alarm('a', { state: 'shelved' }))).toBe('unshelve');
  });

  it('leave the next step out of the others', () => {
    expect(otherActions(alarm('a'))).toEqual(['assign', 'shelve', 'comment']);
    expect(otherActions(acknowledged('a', 'me'))).toEqual(['assign', 'resolve', 'shelve', 'comment']);
  });
});

describe('an alarm that is over', () => {
  it('wants its cause from who worked on it, not from who only saw it', () => {
    expect(wantsCause(acknowledged('a', 'me', over))).toBe(true);
    expect(wantsCause(acknowledged('a', 'me', { ...over, acknowledgedAt: 20 }))).toBe(false);
    expect(wantsCause(acknowledged('a', 'me', { ...over, late: true }))).toBe(false);
    expect(wantsCause(acknowledged('a', 'me', { ...over, resolvedAt: 12 }))).toBe(false);
  });
});

describe('what is shown before the answer', () => {
  it('is what the engine will say', () => {
    expect(supposed(alarm('a'), 'acknowledge', {}, 'me', 50)).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'me',
      acknowledgedAt: 50,
    });
    expect(supposed(alarm('a', { state: 'returned', clearedAt: 9 }), 'acknowledge', {}, 'me', 50)?.state).toBe('normal');
    expect(supposed(acknowledged('a', 'me'), 'arrive', {}, 'me', 60)).toMatchObject({ arrivedAt: 60, arrivedBy: 'me' });
    expect(supposed(alarm('a'), 'shelve', { minutes: 5, reason: 'x' }, 'me', 50)).toBeNull();
  });
});

describe('who was first', () => {
  it('is told, unless it was oneself', () => {
    expect(forestalled(acknowledged('a', 'zhang', { acknowledgedAt: 7 }), 'acknowledge', 'me')).toEqual({ who: 'zhang', at: 7 });
    expect(forestalled(acknowledged('a', 'me'), 'acknowledge', 'me')).toBeNull();
    expect(forestalled(acknowledged('a', 'zhang'), 'shelve', 'me')).toBeNull();
  });
});
