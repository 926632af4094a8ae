/** The open alarms: answers, events and deeds in every order leave what is true. */
import { describe, expect, it } from 'vitest';
import { acknowledged, alarm } from './alarmrecords.suite.ts';
import { Alarms, assignable, isMine } from './alarms.ts';

const idsOf = (alarms: Alarms): string[] => [...alarms.values()].map(({ id }) => id).sort();

describe('open alarms', () => {
  it('tell what has risen, but for the first answer and what was known', () => {
    const alarms = new Alarms('me');
    expect(alarms.replace([alarm('a')], alarms.moment())).toEqual([]);
    expect(alarms.replace([alarm('a'), alarm('b'), acknowledged('c', 'you')], alarms.moment()).map(({ id }) => id)).toEqual(['b']);
    expect(alarms.tell(alarm('b'))).toBeNull();
    expect(alarms.tell(alarm('b', { raises: 2 }))?.id).toBe('b');
    expect(alarms.tell(alarm('d', { late: true }))).toBeNull();
    expect(alarms.tell(alarm('d'))?.id).toBe('d');
  });

  it('keep what was told after the question over what its answer says', () => {
    const alarms = new Alarms('me');
    alarms.replace([alarm('a'), alarm('b')], alarms.moment());
    const asked = alarms.moment();
    alarms.tell(acknowledged('a', 'you'));
    alarms.tell(alarm('b', { state: 'normal', clearedAt: 1 }));
    alarms.tell(alarm('new'));
    alarms.replace([alarm('a'), alarm('b')], asked);
    expect(idsOf(alarms)).toEqual(['a', 'new']);
    expect(alarms.get('a')?.state).toBe('acknowledged');
    alarms.replace([alarm('a')], alarms.moment());
    expect([idsOf(alarms), alarms.get('a')?.state]).toEqual([['a'], 'unacknowledged']);
  });

  it('show a deed at once, and take it back where it fails', () => {
    const alarms = new Alarms('me');
    alarms.replace([alarm('a')], 0);
    alarms.suppose(acknowledged('a', 'me'));
    expect([alarms.get('a')?.state, [...alarms.values()][0]?.state]).toEqual(['acknowledged', 'acknowledged']);
    alarms.withdraw('a');
    expect(alarms.get('a')?.state).toBe('unacknowledged');
  });

  it('never let the answer to a deed overwrite what came after it', () => {
    const alarms = new Alarms('me');
    alarms.replace([alarm('a')], 0);
    const moment = alarms.moment();
    alarms.tell(acknowledged('a', 'me', { clearedAt: 5, state: 'normal', acknowledgedAt: 9 }));
    alarms.answer(acknowledged('a', 'me'), moment);
    expect(alarms.get('a')).toBeUndefined();
  });

  it('keep what is over only where I still have to say what it was', () => {
    const alarms = new Alarms('me');
    const over = { state: 'normal', clearedAt: 9, acknowledgedAt: 5, arrivedAt: null } as const;
    alarms.replace(
      [acknowledged('mine', 'me', over), acknowledged('yours', 'you', over), alarm('nobody’s', { ...over, acknowledgedAt: null })],
      0,
    );
    expect(idsOf(alarms)).toEqual(['mine']);
    alarms.tell(acknowledged('mine', 'me', { ...over, resolvedAt: 12, resolvedBy: 'me', cause: 'wear' }));
    expect(alarms.size).toBe(0);
  });
});

describe('whose an alarm is', () => {
  it('is whom it was given to, else who acknowledged it', () => {
    expect(isMine(acknowledged('a', 'me'), 'me')).toBe(true);
    expect(isMine(acknowledged('a', 'me', { assignedTo: 'you' }), 'me')).toBe(false);
    expect(isMine(alarm('a', { assignedTo: 'me' }), 'me')).toBe(true);
  });

  it('may become that of who is on duty, then of who is at work on alarms; nobody twice, oneself apart', () => {
    const duty = [
      { name: '王伟', username: 'wang', level: 0 },
      { name: '李娜', username: null, level: 0 },
      { name: '我', username: 'me', level: 1 },
    ];
    const records = [acknowledged('a', 'wang'), alarm('b', { assignedTo: 'chen' }), acknowledged('c', 'me')];
    expect(assignable(duty, records, 'me')).toEqual([
      { to: 'wang', name: '王伟', level: 0 },
      { to: '李娜', name: '李娜', level: 0 },
      { to: 'chen', name: 'chen', level: null },
    ]);
  });
});
