/** What people are told of in the page: once, together where it belongs together, and never of what does not concern them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { acknowledged, alarm } from './alarmrecords.suite.ts';
import { HandClock } from '../../../contract/clock.suite.ts';
import { News, type Piece } from './news.ts';

let clock: HandClock;
let known: Map<string, AlarmRecord>;
let told: Piece[];
let news: News;

beforeEach(() => {
  [clock, known, told] = [new HandClock(1_000_000), new Map<string, AlarmRecord>(), []];
  news = new News({
    clock,
    me: 'me',
    find: (id) => known.get(id),
    isShared: ({ rule }) => rule === 'silence',
    tell: (piece) => told.push(piece),
  });
});

function rise(...records: AlarmRecord[]): void {
  for (const record of records) known.set(record.id, record);
  news.rise(records);
}
const words = (): string[] => told.map((piece) => (piece.kind === 'alarm' ? piece.record.id : `${piece.kind} ${String(piece.count)}`));

describe('news', () => {
  it('is told at once, one by one', () => {
    rise(alarm('a'));
    rise(alarm('b'));
    expect(words()).toEqual(['a', 'b']);
  });

  it('is not of late, acknowledged or shelved alarms, nor of what somebody else was given', () => {
    rise(
      alarm('late', { late: true }),
      acknowledged('seen', 'you'),
      alarm('aside', { state: 'shelved' }),
      alarm('yours', { assignedTo: 'you' }),
    );
    expect(told).toEqual([]);
    rise(alarm('mine', { assignedTo: 'me' }));
    expect(words()).toEqual(['mine']);
  });

  it('waits for what may turn out to be an incident, and tells of that once', () => {
    const silent = ['a', 'b', 'c'].map((id) => alarm(id, { rule: 'silence' }));
    rise(...silent);
    expect(told).toEqual([]);
    for (const one of silent) known.set(one.id, { ...one, group: 'incident' });
    clock.leap(3_000);
    rise(alarm('d', { rule: 'silence', group: 'incident' }));
    clock.leap(3_000);
    expect(words()).toEqual(['incident 3']);
  });

  it('tells of a line that went silent alone', () => {
    rise(alarm('a', { rule: 'silence' }));
    clock.leap(3_000);
    expect(words()).toEqual(['a']);
  });

  it('says nothing of what was acknowledged while it waited, and nothing of what is folded into chattering', () => {
    rise(alarm('a', { rule: 'silence' }));
    known.set('a', acknowledged('a', 'you'));
    clock.leap(3_000);
    rise(alarm('chatter', { rule: 'chattering' }), alarm('c', { group: 'chatter' }));
    expect(words()).toEqual(['chatter']);
  });

  it('counts where it cannot be read any more', () => {
    for (let index = 0; index < 1_000; index += 1) rise(alarm(String(index), { priority: index === 500 ? 'critical' : 'low' }));
    clock.leap(1_000);
    expect(words()).toEqual(['0', '1', '2', 'many 997']);
    expect(told.at(-1)?.record.id).toBe('500');
    clock.leap(20_000);
    rise(alarm('later'));
    expect(words().at(-1)).toBe('later');
  });
});
