/**
 * Alarming on the real journal and the real store: what is raised reaches topics, live records, people and the book; what people do is answered in
 * order; and a collector that is cut off at any moment and started again comes to the same alarms as one that never was.
 */
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Action } from '../../contract/actions.ts';
import type { ActionRequest, AlarmRecord } from '../../contract/alarm.ts';
import type { Reading } from '../../contract/reading.ts';
import { plantOf, zero } from '../alarms/stage.suite.ts';
import { Rig, type RigOptions } from '../rig.suite.ts';

const second = 1_000;
const rigs: Rig[] = [];

async function open(options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = await Rig.open({ plant: plantOf(1, 3), now: zero, ...options });
  rigs.push(rig);
  return rig;
}

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

type Fields = Partial<Omit<Reading, 'line' | 'receivedAt' | 'metrics'>> & { m?: Record<string, number> };

function read(rig: Rig, line: string, fields: Fields = {}, now = rig.clock.now()): Promise<void> {
  return rig.send({ line, receivedAt: now, payload: { ts: now, state: 'running', ...fields } });
}

/** Lets seconds pass, a reading of every line in each of them. */
async function live(rig: Rig, seconds: number, lines: readonly string[], fields: (line: string) => Fields = () => ({})): Promise<void> {
  for (let n = 0; n < seconds; n += 1) {
    await Promise.all(lines.map((line) => read(rig, line, fields(line))));
    await pass(rig, 1);
  }
}

async function pass(rig: Rig, seconds: number): Promise<void> {
  for (let n = 0; n < seconds * 2; n += 1) await rig.pass(500);
}

/** Passes time until it is so. */
async function until(rig: Rig, isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 100 && !isSo(); n += 1) await rig.pass(100);
  expect(isSo()).toBe(true);
}

let requests = 0;
function deed(alarm: string, action: ActionRequest['action'], who: string, at: number, given: Partial<ActionRequest> = {}): Action {
  requests += 1;
  const id = given.id ?? `request-${String(requests)}`;
  return { kind: 'alarm', id, who, at, request: { id, alarm, action, who, at, ...given } };
}

function alarmOf(rig: Rig, line: string, rule: string): AlarmRecord {
  const found = [...rig.alarms.values()].findLast((record) => record.line === line && record.rule === rule);
  if (!found) throw new Error(`no alarm ${rule} of ${line}`);
  return found;
}

const topic = 'bobbin/v1/emb/f1/w1/m-1-1/alarms';
const toldIds = (rig: Rig): string[] => rig.told.map(({ announcement }) => announcement.id);

test('a fault is on its topic, in the live record, told and written down; then dealt with, and gone', async () => {
  const rig = await open();
  await until(rig, () => rig.retained.size === 4);
  expect([...rig.retained.values()].every(({ records }) => records.length === 0)).toBe(true);

  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await until(rig, () => rig.retained.get(topic)?.records.length === 1);
  const alarm = alarmOf(rig, 'm-1-1', 'stop:broken');
  expect(alarm).toMatchObject({ state: 'unacknowledged', priority: 'high', raises: 1, late: false });
  await until(rig, () => rig.live.get('m-1-1')?.record.alarm.count === 1);
  expect(rig.live.get('m-1-1')?.record.alarm).toEqual({ count: 1, priority: 'high' });
  expect(rig.told).toMatchObject([{ announcement: { kind: 'raised', alarm: alarm.id }, records: [{ id: alarm.id }] }]);

  await rig.act(deed(alarm.id, 'acknowledge', 'wang', rig.clock.now()));
  await until(rig, () => rig.outcomes.length === 1);
  await rig.act(deed(alarm.id, 'acknowledge', 'li', rig.clock.now()));
  await rig.act(deed('no-such-alarm', 'acknowledge', 'li', rig.clock.now()));
  rig.deliver(alarm.id);
  await until(rig, () => rig.outcomes.length === 3);
  expect(rig.outcomes.map((one) => one.kind === 'alarm' && one.outcome)).toMatchObject([
    { result: 'done', record: { state: 'acknowledged', acknowledgedBy: 'wang' } },
    { result: 'refused', reason: 'already', by: 'wang' },
    { result: 'unknown' },
  ]);
  await read(rig, 'm-1-1');
  await until(rig, () => rig.alarms.get(alarm.id)?.state === 'normal');
  expect(rig.live.get('m-1-1')?.record.alarm).toEqual({ count: 0, priority: null });

  await rig.stop();
  expect(await rig.store.alarms.record(alarm.id)).toEqual(rig.alarms.get(alarm.id));
  expect((await rig.store.alarms.steps(alarm.id)).map(({ what, who }) => [what, who])).toEqual([
    ['raised', null],
    ['acknowledge', 'wang'],
    ['delivered', null],
    ['cleared', null],
  ]);
  const book = await rig.store.alarms.announcements(0, Number.MAX_SAFE_INTEGER);
  expect(book.map(({ id }) => id).sort()).toEqual(toldIds(rig).sort());
});

test('an action told twice is done once, also across a restart', async () => {
  const rig = await open();
  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await until(rig, () => rig.alarms.size === 1);
  const alarm = alarmOf(rig, 'm-1-1', 'stop:broken');
  const comment = deed(alarm.id, 'comment', 'wang', rig.clock.now(), { comment: '去看看' });
  await rig.act(comment);
  await rig.act(comment);
  await until(rig, () => rig.outcomes.length === 2);
  await rig.kill();
  await rig.act(comment);
  await rig.start();
  await until(rig, () => rig.outcomes.length >= 3);
  const results = rig.outcomes.map((one) => one.kind === 'alarm' && one.outcome.result);
  expect(results.slice(0, 2)).toEqual(['done', 'repeated']);
  await pass(rig, 1);
  await rig.stop();
  const steps = await rig.store.alarms.steps(alarm.id);
  expect(steps.filter(({ what }) => what === 'comment')).toMatchObject([{ who: 'wang', detail: '去看看' }]);
});

test('a changed rule is written down with what was there before, and in force at once', async () => {
  const rig = await open();
  const change = (id: string, priority: 'critical' | 'low'): Promise<void> =>
    rig.act({
      ...{ kind: 'override', id, who: 'admin', at: rig.clock.now() },
      placed: { where: { line: 'm-1-1' }, override: { rule: 'stop:broken', priority, why: 'test' } },
    });
  await change('a', 'critical');
  await change('b', 'low');
  await change('c', 'low');
  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await until(rig, () => rig.alarms.size === 1);
  expect(alarmOf(rig, 'm-1-1', 'stop:broken').priority).toBe('low');
  expect(rig.outcomes).toEqual(['a', 'b', 'c'].map((id) => ({ id, kind: 'done' })));
  await rig.stop();
  const written = await rig.store.alarms.overrides(10);
  expect(written.map(({ id, before, after }) => [id, before?.override.priority, after.override.priority])).toEqual([
    ['b', 'critical', 'low'],
    ['a', undefined, 'critical'],
  ]);
});

test.each([
  ['a few', 600, 10],
  ['many, put off at the head', 3600, 0.5],
])('late readings (%s) raise late alarms, and tell nobody', async (_title, agoSeconds, everySeconds) => {
  const rig = await open();
  await live(rig, 30, ['m-1-1']);
  const then = rig.clock.now();
  rig.clock.moveTo(then + agoSeconds * second);
  await live(rig, 3, ['m-1-1']);
  const before = rig.told.filter(({ records }) => records.some(({ rule }) => rule !== 'silence')).length;
  const offsets = Array.from({ length: 60 / everySeconds }, (_, index) => index * everySeconds);
  const backlog = offsets.map((offset) => ({
    ts: then + offset * second,
    ...(offset >= 20 && offset < 40 ? { state: 'fault', stop: 'broken' } : { state: 'running' }),
  }));
  await rig.send({ line: 'm-1-1', receivedAt: rig.clock.now(), payload: backlog });
  await live(rig, 8, ['m-1-1']);
  await until(rig, () => [...rig.alarms.values()].some(({ rule }) => rule === 'stop:broken'));
  expect(alarmOf(rig, 'm-1-1', 'stop:broken')).toMatchObject({
    ...{ late: true, state: 'normal', raisedAt: then + 20 * second, clearedAt: then + 40 * second },
  });
  expect(rig.told.filter(({ records }) => records.some(({ rule }) => rule !== 'silence'))).toHaveLength(before);
  await rig.stop();
  const [kept] = await rig.store.alarms.records({ lines: ['m-1-1'], from: then, to: then + 60 * second, limit: 10 });
  expect(kept).toMatchObject({ rule: 'stop:broken', late: true });
});

test('with the store down, faults are told and acknowledged; back, everything is written down', async () => {
  let isDown = false;
  const before = (call: string): void => {
    if (isDown && (call === 'write' || call === 'alarms.enter')) throw new Error('the store is away');
  };
  const rig = await open({ before });
  await live(rig, 2, ['m-1-1', 'm-1-2']);
  isDown = true;
  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await until(rig, () => rig.told.length === 1);
  const alarm = alarmOf(rig, 'm-1-1', 'stop:broken');
  await rig.act(deed(alarm.id, 'acknowledge', 'wang', rig.clock.now()));
  await until(rig, () => rig.outcomes.length === 1);
  await live(rig, 40, ['m-1-1', 'm-1-2'], (line) => (line === 'm-1-1' ? { stop: 'broken', state: 'fault' } : {}));
  expect(alarmOf(rig, 'system', 'data:store')).toMatchObject({ state: 'unacknowledged', priority: 'high' });
  expect(await rig.store.alarms.record(alarm.id)).toBe(null);
  isDown = false;
  await until(rig, () => alarmOf(rig, 'system', 'data:store').state === 'returned');
  await rig.stop();
  expect(await rig.store.alarms.record(alarm.id)).toMatchObject({ acknowledgedBy: 'wang' });
});

test('200 lines of a building without power are one incident, told once', async () => {
  const rig = await open({ plant: plantOf(1, 200) });
  const lines = Array.from({ length: 200 }, (_, index) => `m-1-${String(index + 1)}`);
  await pass(rig, 61);
  await live(rig, 2, lines);
  for (const line of lines) rig.connect(line, 'offline');
  for (let n = 0; n < 30; n += 1) await rig.pass(500);
  expect(rig.told.map(({ announcement }) => [announcement.kind, announcement.count])).toEqual([['incident', 200]]);
  expect(rig.told[0]?.records).toHaveLength(200);
  expect([...rig.incidents.values()]).toMatchObject([{ place: 'emb/1', placeKind: 'building', clearedAt: null }]);
  expect([...rig.alarms.values()].every(({ group }) => group === [...rig.incidents.keys()][0])).toBe(true);
  for (const line of lines) rig.connect(line, 'online');
  await live(rig, 2, lines);
  expect(rig.told.map(({ announcement }) => announcement.kind)).toEqual(['incident', 'incident-cleared']);
});

test('what a broker has forgotten is published again, lines without alarms too', async () => {
  const rig = await open();
  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await until(rig, () => rig.retained.get(topic)?.records.length === 1);
  await rig.pass(500);
  rig.renew();
  await rig.pass(500);
  expect([...rig.retained].map(([on, { records }]) => [on, records.length]).sort()).toEqual([
    ['bobbin/v1/emb/f1/w1/m-1-1/alarms', 1],
    ['bobbin/v1/emb/f1/w1/m-1-2/alarms', 0],
    ['bobbin/v1/emb/f1/w1/m-1-3/alarms', 0],
    ['bobbin/v1/system/alarms', 0],
  ]);
});

test('a restart, or a machine that was asleep, raises no silence of its own; a line that stays silent is told of', async () => {
  const rig = await open();
  const lines = ['m-1-1', 'm-1-2', 'm-1-3'];
  await live(rig, 15, lines);
  await rig.kill();
  rig.clock.moveTo(rig.clock.now() + 300 * second);
  await rig.start();
  await rig.pass(1000);
  await live(rig, 5, lines);
  rig.clock.moveTo(rig.clock.now() + 300 * second);
  await live(rig, 5, lines);
  expect([...rig.alarms.values()]).toEqual([]);
  await live(rig, 90, ['m-1-1', 'm-1-2']);
  expect([...rig.alarms.values()]).toMatchObject([{ line: 'm-1-3', rule: 'silence', state: 'unacknowledged' }]);
  expect(rig.told).toHaveLength(1);
});

test('devices that catch up, life after life of a system that is killed before it has, have no wrong clock for it', async () => {
  const rig = await open();
  const behind = 15 * second;
  const kept = (): Promise<void> =>
    rig.send({ line: 'm-1-1', receivedAt: rig.clock.now(), payload: { ts: rig.clock.now() - behind, state: 'running' } });
  await live(rig, 2, ['m-1-1']);
  for (let life = 0; life < 20; life += 1) {
    await rig.kill();
    rig.clock.moveTo(rig.clock.now() + 3 * second);
    for (let n = 0; n < 5; n += 1) {
      await kept();
      rig.clock.moveTo(rig.clock.now() + second);
    }
    await rig.start();
  }
  await pass(rig, 3);
  expect([...rig.alarms.values()]).toEqual([]);
});

test('a fault is told of while lines are still being brought back to where they were', async () => {
  let isSlow = false;
  let goOn: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const rig = await open({ before: (call) => (isSlow && call === 'lastCheckpoints' ? slow : undefined) });
  await live(rig, 3, ['m-1-1', 'm-1-2']);
  await rig.kill();
  isSlow = true;
  const starting = rig.start();
  await read(rig, 'm-1-1', { stop: 'broken', state: 'fault' });
  await vi.waitFor(() => {
    rig.clock.moveTo(rig.clock.now() + 100);
    expect(rig.told).toHaveLength(1);
    expect(rig.retained.get(topic)?.records).toMatchObject([{ rule: 'stop:broken', state: 'unacknowledged' }]);
  });
  goOn();
  await starting;
  await live(rig, 2, ['m-1-1', 'm-1-2']);
  expect(alarmOf(rig, 'm-1-1', 'stop:broken')).toMatchObject({ state: 'returned', raises: 1 });
  expect(rig.live.get('m-1-1')?.record.alarm.count).toBe(1);
});

test('while the broker is away nobody counts as silent, nor for a minute after', async () => {
  let isThere = true;
  const rig = await open({ hearsDevices: () => isThere });
  const all = ['m-1-1', 'm-1-2', 'm-1-3'];
  await pass(rig, 61);
  await live(rig, 3, all);
  isThere = false;
  await pass(rig, 120);
  isThere = true;
  rig.renew();
  await pass(rig, 50);
  expect([...rig.alarms.values()]).toEqual([]);
  await live(rig, 15, ['m-1-1', 'm-1-2']);
  expect([...rig.alarms.values()]).toMatchObject([{ line: 'm-1-3', rule: 'silence' }]);
});

test('an alarm that only the book knows of is taken up, not lost and not raised twice', async () => {
  const rig = await open();
  const lines = ['m-1-1', 'm-1-2', 'm-1-3'];
  await pass(rig, 61);
  await live(rig, 3, lines);
  rig.connect('m-1-1', 'offline');
  await live(rig, 5, ['m-1-2', 'm-1-3']);
  const silence = alarmOf(rig, 'm-1-1', 'silence');
  expect(silence.state).toBe('unacknowledged');
  await rig.kill();
  await rig.act(deed(silence.id, 'acknowledge', 'wang', rig.clock.now()));
  await rig.start();
  await live(rig, 3, ['m-1-2', 'm-1-3']);
  expect(rig.alarms.get(silence.id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'wang', raises: 1 });
  await live(rig, 2, lines);
  expect(rig.alarms.get(silence.id)?.state).toBe('normal');
  expect([...rig.alarms.values()]).toHaveLength(1);
  expect(rig.told.map(({ announcement }) => announcement.kind)).toEqual(['raised', 'cleared']);
});

interface Happening {
  readonly second: number;
  readonly line: string;
  readonly fields: Fields;
}
interface Cut {
  readonly second: number;
  readonly how: 'kill' | 'stop';
  readonly seconds: number;
}

const lines = ['m-1-1', 'm-1-2', 'm-1-3', 'm-2-1', 'm-2-2'];
const duration = 40;
/** Seconds in which everything goes on as it is. */
const afterwards = 4;
const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.record({
    second: fc.nat(duration - 1),
    line: fc.constantFrom(...lines),
    fields: fc.constantFrom<Fields>(
      {},
      {},
      { state: 'fault', stop: 'broken' },
      { state: 'fault', stop: 'power-loss' },
      { stop: 'jam', state: 'stopped' },
      { state: 'planned' },
      { m: { force: 13, cold: 5 } },
      { m: { force: 9, cold: 1 } },
    ),
  }),
  { maxLength: 25 },
);
const cuts: fc.Arbitrary<Cut[]> = fc.array(
  fc.record({
    second: fc.integer({ min: 1, max: duration - 1 }),
    how: fc.constantFrom('kill', 'kill', 'stop'),
    seconds: fc.constantFrom(0, 0, 1, 5),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Goes through what happens, a reading of every line each second; `decide` says what people do. Answers what was told twice though it was written down. */
async function goThrough(rig: Rig, all: readonly Happening[], cutAt: readonly Cut[], decide: (now: number) => Action[]): Promise<string[]> {
  const current = new Map<string, Fields>();
  let downUntil = 0;
  const again: string[] = [];
  let known = new Set<string>();
  let toldBefore = 0;
  const note = (): void => {
    again.push(
      ...toldIds(rig)
        .slice(toldBefore)
        .filter((id) => known.has(id)),
    );
  };
  for (let at = 0; at < duration; at += 1) {
    for (const { line, fields } of all.filter((one) => one.second === at)) current.set(line, fields);
    const now = zero + at * second;
    rig.clock.moveTo(now);
    await Promise.all(lines.map((line) => read(rig, line, current.get(line) ?? {}, now)));
    for (const action of decide(now)) await rig.act(action);
    const cut = cutAt.find((one) => one.second === at);
    if (cut && downUntil <= at) {
      if (cut.how === 'kill') await rig.kill();
      else await rig.stop();
      downUntil = at + Math.max(1, cut.seconds);
      note();
      known = new Set((await rig.store.alarms.announcements(0, Number.MAX_SAFE_INTEGER)).map(({ id }) => id));
      toldBefore = rig.told.length;
    }
    if (downUntil === at + 1) await rig.start();
    // Being stopped takes time, too.
    for (const to of downUntil > at + 1 ? [] : [now + 400, now + 800]) await rig.pass(Math.max(0, to - rig.clock.now()));
  }
  if (downUntil > duration - 1) await rig.start();
  await live(rig, afterwards, lines, (line) => current.get(line) ?? {});
  await rig.settle();
  await rig.stop();
  note();
  return again;
}

/** Of the time in which devices spoke: how long it takes until all is settled differs, and then they are silent. */
async function outcomeOf(rig: Rig): Promise<unknown> {
  const to = zero + (duration + afterwards) * second;
  const isOfThen = (id: string): boolean => parseInt(id, 36) < to;
  const records = await rig.store.alarms.records({ lines: [...lines, 'system'], from: 0, to, limit: 10_000 });
  const incidents = await rig.store.alarms.incidents(0, to);
  const steps: Record<string, string[]> = {};
  for (const { id } of records) steps[id] = (await rig.store.alarms.steps(id)).map((step) => JSON.stringify(step)).sort();
  const byId = <One extends { id: string }>(all: One[]): One[] => all.sort((a, b) => a.id.localeCompare(b.id));
  return { records: byId(records), incidents: byId(incidents), steps, told: [...new Set(toldIds(rig))].filter(isOfThen).sort() };
}

test('cut off at any moment and started again, it comes to the same alarms, and tells nothing again that was written down', async () => {
  await fc.assert(
    fc.asyncProperty(happenings, cuts, fc.array(fc.nat(), { minLength: duration, maxLength: duration }), async (all, cutAt, chances) => {
      const plant = plantOf(2, 3);
      const whole = await open({ plant });
      const done = new Map<number, Action[]>();
      await goThrough(whole, all, [], (now) => {
        const open_ = [...whole.alarms.values()].filter(({ state }) => state !== 'normal');
        const chance = chances[(now - zero) / second] ?? 0;
        const chosen = chance % 4 === 0 ? open_[chance % Math.max(1, open_.length)] : undefined;
        const actions = chosen ? [deed(chosen.id, chance % 8 === 0 ? 'acknowledge' : 'comment', 'wang', now, { comment: '看' })] : [];
        done.set(now, actions);
        return actions;
      });
      const expected = await outcomeOf(whole);
      const cut = await open({ plant });
      const again = await goThrough(cut, all, cutAt, (now) => done.get(now) ?? []);
      expect(await outcomeOf(cut)).toEqual(expected);
      expect(again).toEqual([]);
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
