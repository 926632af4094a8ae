/** Every transition of an alarm's life, every action in every state, and what is told of it. */
import { describe, expect, test } from 'vitest';
import { alarmActions, alarmStates, type AlarmAction, type AlarmState } from '../../contract/alarm.ts';
import { allowed } from './actions.ts';
import { at, plantOf, Stage } from './stage.suite.ts';

const broken = { stop: 'broken' } as const;
const running = { state: 'running' } as const;

/** What an action needs to be complete. */
const given: Record<AlarmAction, object> = {
  acknowledge: {},
  assign: { to: 'li' },
  arrive: {},
  resolve: { cause: 'wear', remedy: 'replaced' },
  shelve: { minutes: 60, reason: 'parts are on their way' },
  unshelve: {},
  comment: { comment: 'heard a noise' },
};

/** A stage with one alarm in that state, at second 20. The machine is heard every 10 seconds. */
function inState(state: AlarmState): Stage {
  const stage = new Stage();
  stage.read(0, broken);
  if (state === 'acknowledged' || state === 'normal') stage.act(5, 'acknowledge', { who: 'li' });
  if (state === 'shelved') stage.act(5, 'shelve', { ...given.shelve, who: 'li' });
  stage.read(10, state === 'returned' || state === 'normal' ? running : broken);
  expect(stage.all()[0]?.state).toBe(state);
  return stage;
}

describe('from every state', () => {
  /** What becomes of an alarm in that state when: its condition ends, begins, and each action is done by somebody new to it. */
  const table: Record<AlarmState, [clears: AlarmState, rises: AlarmState, actions: Partial<Record<AlarmAction, AlarmState>>]> = {
    unacknowledged: [
      'returned',
      'unacknowledged',
      { acknowledge: 'acknowledged', assign: 'unacknowledged', shelve: 'shelved', comment: 'unacknowledged' },
    ],
    acknowledged: [
      'normal',
      'acknowledged',
      { assign: 'acknowledged', arrive: 'acknowledged', resolve: 'acknowledged', shelve: 'shelved', comment: 'acknowledged' },
    ],
    returned: ['returned', 'unacknowledged', { acknowledge: 'normal', assign: 'returned', shelve: 'shelved', comment: 'returned' }],
    normal: ['normal', 'normal', { arrive: 'normal', resolve: 'normal', comment: 'normal' }],
    shelved: ['shelved', 'shelved', { assign: 'shelved', unshelve: 'unacknowledged', comment: 'shelved' }],
  };

  test.each(alarmStates)('%s: its condition ends, or begins again', (state) => {
    const [clears, rises] = table[state];
    for (const [reading, expected] of [
      [running, clears],
      [broken, rises],
    ] as const) {
      const stage = inState(state);
      stage.read(20, reading);
      expect(stage.all()[0]?.state).toBe(expected);
    }
  });

  test.each(alarmStates.flatMap((state) => alarmActions.map((action) => [state, action] as const)))('%s: %s', (state, action) => {
    const stage = inState(state);
    const before = stage.all()[0];
    const expected = table[state][2][action];
    const { action: outcome, records } = stage.act(20, action, given[action]);
    if (expected === undefined) {
      expect(outcome?.result).toBe('refused');
      expect(records).toEqual([]);
      return;
    }
    expect(outcome).toMatchObject({ result: 'done', record: { state: expected } });
    expect(records).toHaveLength(1);
    expect(stage.all()[0]?.raisedAt).toBe(before?.raisedAt);
    expect(allowed[action]).toContain(state);
  });
});

test('an alarm that rises after it had become normal is another one', () => {
  const stage = inState('normal');
  stage.read(20, broken);
  expect(stage.all().map(({ state, raises }) => [state, raises])).toEqual([
    ['normal', 1],
    ['unacknowledged', 1],
  ]);
});

test('one that rises again unacknowledged is the same, and is told again', () => {
  const stage = inState('returned');
  stage.read(20, broken);
  expect(stage.all()).toMatchObject([{ state: 'unacknowledged', raises: 2, clearedAt: null, raisedAt: at(0) }]);
  expect(stage.told().map(([, kind]) => kind)).toEqual(['raised', 'cleared', 'raised-again']);
});

describe('shelving', () => {
  test('ends by itself: active is told again and needs acknowledging, whatever was before', () => {
    const stage = new Stage();
    stage.read(0, broken);
    stage.act(5, 'acknowledge', { who: 'li' });
    stage.act(6, 'shelve', { minutes: 1, reason: 'later' });
    stage.readEvery(10, 10, 60, broken);
    expect(stage.all()[0]).toMatchObject({ state: 'shelved', shelvedBy: 'wang', shelvedUntil: at(66) });
    stage.restart();
    stage.passTo(66);
    expect(stage.all()[0]).toMatchObject({ state: 'unacknowledged', acknowledgedBy: 'li', shelvedUntil: null });
    expect(stage.told().at(-1)).toEqual([66, 'shelf-expired', 'stop:broken']);
    expect(stage.act(67, 'acknowledge').action).toMatchObject({ result: 'done', record: { state: 'acknowledged' } });
  });

  test('of what is over meanwhile ends in silence', () => {
    const stage = new Stage();
    stage.read(0, broken);
    stage.act(5, 'shelve', { minutes: 1, reason: 'later' });
    stage.readEvery(10, 10, 90, running);
    expect(stage.all()[0]?.state).toBe('returned');
    expect(stage.told().map(([, kind]) => kind)).toEqual(['raised', 'cleared']);
  });

  test.each([{ minutes: 481 }, { minutes: 0 }, { minutes: -5 }, { reason: ' ' }, { minutes: Number.NaN }])(
    'needs a reason and an end within 8 hours: %o',
    (part) => {
      const stage = inState('unacknowledged');
      expect(stage.act(20, 'shelve', { minutes: 60, reason: 'later', ...part }).action).toMatchObject({
        result: 'refused',
        reason: 'incomplete',
      });
    },
  );
});

describe('two people at once', () => {
  test('the second is told who was first', () => {
    const stage = new Stage();
    stage.read(0, broken);
    stage.act(5, 'acknowledge', { who: 'li' });
    const second = stage.act(5.2, 'acknowledge', { who: 'wang' });
    expect(second.action).toEqual({ result: 'refused', reason: 'already', by: 'li', at: at(5) });
    expect(second.records).toEqual([]);
    stage.act(6, 'arrive', { who: 'li' });
    expect(stage.act(7, 'arrive', { who: 'wang' }).action).toMatchObject({ reason: 'already', by: 'li' });
  });

  test('a repeated request changes nothing and is no mistake', () => {
    const stage = new Stage();
    stage.read(0, broken);
    stage.act(5, 'acknowledge', { id: 'tap' });
    expect(stage.act(6, 'acknowledge', { id: 'tap' })).toMatchObject({ records: [], action: { result: 'repeated' } });
    expect(stage.act(7, 'acknowledge')).toMatchObject({ records: [], action: { result: 'repeated' } });
  });

  test('nothing can be done to an alarm nobody knows', () => {
    expect(new Stage().act(0, 'acknowledge', { alarm: 'none' }).action).toEqual({ result: 'unknown' });
  });
});

test('the repair clock is kept from rise to resolution, also when the machine recovers meanwhile', () => {
  const stage = new Stage();
  stage.read(0, broken);
  const id = stage.all()[0]?.id ?? '';
  stage.take({ kind: 'delivered', alarm: id, at: at(1) });
  stage.take({ kind: 'delivered', alarm: id, at: at(9) });
  stage.read(10, broken);
  stage.act(15, 'acknowledge');
  stage.readEvery(10, 20, 50, running);
  stage.act(60, 'arrive');
  stage.act(100, 'resolve', { cause: 'wear', remedy: 'replaced' });
  expect([stage.of('stop:broken')]).toMatchObject([
    {
      state: 'normal',
      deliveredAt: at(1),
      acknowledgedAt: at(15),
      clearedAt: at(20),
      arrivedAt: at(60),
      resolvedAt: at(100),
      cause: 'wear',
    },
  ]);
  expect(stage.act(110, 'arrive', { who: 'li' }).action).toMatchObject({ result: 'refused' });
});

describe('chattering [ALM-11]', () => {
  test('the third raise within a minute is told as chattering, and no other of that rule until it is over', () => {
    const stage = new Stage();
    for (let second = 0; second < 100; second += 10) stage.read(second, second % 20 === 0 ? broken : running);
    expect(stage.told().filter(([, kind]) => kind !== 'cleared')).toEqual([
      [0.1, 'raised', 'stop:broken'],
      [20.1, 'raised-again', 'stop:broken'],
      [40.1, 'raised', 'chattering'],
    ]);
    expect(stage.of('chattering')).toMatchObject({ value: 3, text: { en: 'Chattering: Broken' }, priority: 'low' });
    expect(stage.of('stop:broken')).toMatchObject({ raises: 5, group: stage.of('chattering')?.id });
    // The last raise was at 80.05; five minutes later it is over.
    stage.readEvery(10, 100, 400, running);
    expect(stage.of('chattering')?.clearedAt).toBe(at(380.05));
    stage.read(410, broken);
    expect(stage.told().at(-1)).toEqual([410.1, 'raised-again', 'stop:broken']);
  });
});

describe('incidents [ALM-9]', () => {
  const lines = Array.from({ length: 200 }, (_, index) => `m-1-${String(index + 1)}`);
  const cut = (): Stage => {
    const stage = new Stage(plantOf(2, 200));
    for (const line of lines) stage.read(0, { line, ...running });
    lines.forEach((line, index) => stage.take({ kind: 'connection', line, at: at(5 + index * 0.03), connected: false }));
    stage.passTo(60);
    return stage;
  };

  test("a building's power cut is told once, with all its lines", () => {
    const stage = cut();
    expect(stage.announcements).toMatchObject([{ kind: 'incident', place: 'emb/1', count: 200, alarm: null }]);
    const groups = new Set(stage.all().map(({ group }) => group));
    expect(stage.all()).toHaveLength(200);
    expect(groups).toEqual(new Set([stage.announcements[0]?.incident]));
  });

  test('and its end is told once, when the last line is back', () => {
    const stage = cut();
    for (const line of lines.slice(1)) stage.read(60, { line, ...running });
    expect(stage.announcements).toHaveLength(1);
    const last = stage.read(61, { line: 'm-1-1', ...running });
    expect(stage.announcements.slice(1)).toMatchObject([{ kind: 'incident-cleared', count: 200 }]);
    expect(last.incidents).toMatchObject([{ place: 'emb/1', clearedAt: at(61.05) }]);
  });

  test('two lines are two alarms, told one by one after a moment', () => {
    const stage = new Stage(plantOf(2, 200));
    for (const line of ['m-1-1', 'm-1-2', 'm-2-1']) stage.read(0, { line, stop: 'power-loss' });
    expect(stage.announcements).toEqual([]);
    stage.passTo(10);
    expect(stage.told()).toEqual([
      [2.1, 'raised', 'stop:power-loss'],
      [2.1, 'raised', 'stop:power-loss'],
      [2.1, 'raised', 'stop:power-loss'],
    ]);
  });

  test('a fault of one machine is told without waiting for others', () => {
    const stage = new Stage(plantOf(1, 5));
    for (const [index, line] of ['m-1-1', 'm-1-2', 'm-1-3', 'm-1-4'].entries()) stage.read(index, { line, ...broken });
    stage.passTo(8);
    expect(stage.announcements.map(({ kind, count }) => [kind, count])).toEqual([
      ['raised', 1],
      ['raised', 1],
      ['incident', 4],
    ]);
  });

  test('survive a restart in their midst', () => {
    const stage = new Stage(plantOf(1, 5));
    for (const line of ['m-1-1', 'm-1-2', 'm-1-3']) stage.read(0, { line, stop: 'power-loss' });
    stage.restart();
    stage.read(1, { line: 'm-1-4', stop: 'power-loss' });
    stage.restart();
    stage.passTo(30);
    expect(stage.announcements).toMatchObject([{ kind: 'incident', count: 4 }]);
  });
});

test('a flood is told as such, and then only what is critical [ALM-10]', () => {
  const stage = new Stage(plantOf(1, 30, { alarms: [{ rule: 'silence', enabled: false, why: 'tests' }] }));
  // 11 seconds apart, so that no two are one incident.
  for (let line = 1; line <= 20; line += 1) stage.read(line * 11, { line: `m-1-${String(line)}`, ...broken });
  stage.read(240, { line: 'm-1-21', stop: 'emergency' });
  const kinds = stage.announcements.map(({ kind }) => kind);
  expect(kinds).toEqual([...Array.from({ length: 10 }, () => 'raised'), 'flood', 'raised']);
  expect(stage.told().at(-1)).toEqual([240.1, 'raised', 'stop:emergency']);
});
