/** Every kind of rule, in cases small enough to be worked out by hand; the times are seconds. */
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlant } from '../../plants/loader.ts';
import { AlarmEngine } from './engine.ts';
import { at, machine, plantOf, Stage, zero } from './stage.suite.ts';

const running = { state: 'running' } as const;
const force = (value: number): object => ({ ...running, metrics: { force: value } });

/** `[raised, cleared]` of every alarm of the rule, in seconds. */
function spans(stage: Stage, rule: string): (number | null)[][] {
  const seconds = (time: number | null): number | null => (time === null ? null : (time - zero) / 1000);
  return stage.all().flatMap((record) => (record.rule === rule ? [[seconds(record.raisedAt), seconds(record.clearedAt)]] : []));
}

describe('limits', () => {
  const alert = 'limit:force:alertHigh';
  const settled = (): Stage => {
    const stage = new Stage();
    stage.readEvery(10, 0, 60, force(3));
    return stage;
  };

  test('raise once the value was at the limit for the delay, and say with what value', () => {
    const stage = settled();
    stage.readEvery(10, 70, 80, force(8));
    expect(stage.of(alert)).toBeUndefined();
    stage.read(90, force(9));
    expect(spans(stage, alert)).toEqual([[90, null]]);
    expect(stage.of(alert)).toMatchObject({ value: 8, limit: 8, priority: 'medium', state: 'unacknowledged', late: false });
    expect(stage.told()).toEqual([[90.1, 'raised', alert]]);
  });

  test('do not raise for an excursion that is shorter by a second', () => {
    const stage = settled();
    stage.readEvery(10, 70, 80, force(8));
    stage.readEvery(10, 89, 199, force(7.9));
    expect(stage.all()).toEqual([]);
  });

  test('clear under limit − deadband for the off-delay, and not in between', () => {
    const stage = settled();
    stage.readEvery(10, 70, 90, force(9));
    stage.readEvery(10, 100, 140, force(7));
    expect(spans(stage, alert)).toEqual([[90, null]]);
    stage.read(150, force(6.9));
    stage.readEvery(10, 160, 170, force(7));
    stage.readEvery(10, 180, 200, force(6.9));
    expect(spans(stage, alert)).toEqual([[90, 200]]);
    expect(stage.of(alert)?.state).toBe('returned');
  });

  test('raise without another reading when the delay ends while the value is still true', () => {
    const stage = settled();
    stage.read(70, force(9));
    stage.passTo(90.9);
    expect(stage.of(alert)).toBeUndefined();
    // The reading of second 70 is true to second 95; a second is left for one on its way.
    stage.passTo(91.2);
    expect(spans(stage, alert)).toEqual([[90, null]]);
  });

  test('count time of which nothing is known for no delay', () => {
    const stage = settled();
    stage.read(70, force(9));
    stage.read(80, force(9));
    // Nothing is known from 105 to 200: ten seconds over the limit were seen before, 25 more are a matter of course until 105.
    expect(spans(stage, alert)).toEqual([]);
    stage.read(81, { ...force(9), hold: 4 });
    stage.read(200, force(9));
    // 70 to 85 are fifteen seconds; five more end at 205.
    stage.read(206, force(9));
    expect(spans(stage, alert)).toEqual([[205, null]]);
  });

  test('do not apply while the line starts up, nor in another state', () => {
    const stage = new Stage();
    stage.readEvery(5, 0, 29, force(154));
    stage.readEvery(10, 30, 40, force(5));
    stage.readEvery(10, 50, 200, { state: 'stopped', metrics: { force: 99 } });
    expect(stage.all()).toEqual([]);
    stage.readEvery(10, 210, 300, force(9));
    // Running since 210, settled at 240, delayed to 260.
    expect(spans(stage, alert)).toEqual([[260, null]]);
    stage.read(310, { state: 'stopped' });
    expect(spans(stage, alert)).toEqual([[260, 310]]);
  });

  test('of action explain those of alert', () => {
    const stage = settled();
    stage.readEvery(10, 70, 100, force(13));
    expect(stage.all().map(({ rule }) => rule)).toEqual(['limit:force:actionHigh']);
    stage.readEvery(10, 110, 140, force(9));
    expect(spans(stage, 'limit:force:actionHigh')).toEqual([[90, 130]]);
    expect(spans(stage, alert)).toEqual([[130, null]]);
  });

  test('below work the other way round', () => {
    const stage = new Stage();
    stage.read(0, { metrics: { cold: 2 } });
    expect(spans(stage, 'limit:cold:actionLow')).toEqual([[0, null]]);
    stage.read(10, { metrics: { cold: 2.5 } });
    stage.read(20, { metrics: { cold: 2.6 } });
    expect(spans(stage, 'limit:cold:actionLow')).toEqual([[0, 20]]);
  });
});

test('a real press raises nothing while it starts up, and does for a spike in mid-run', () => {
  const root = join(import.meta.dirname, '..', '..');
  const plant = loadPlant({ plantFile: join(root, 'test', 'plants', 'always.yaml'), equipmentFolder: join(root, 'equipment') });
  const press = [...plant.lines.values()].find(({ type }) => type.id === 'tablet-press')?.id ?? '';
  const text = readFileSync(join(root, 'test', 'cases', 'recordings', 'press-118.csv'));
  const rows: Record<string, string>[] = parse(text, { columns: true, delimiter: ';' });
  const engine = new AlarmEngine(plant, null);
  const raised = rows.flatMap(({ timestamp = '', tbl_speed, SREL }) => {
    const ts = Date.parse(`${timestamp.replace(' ', 'T')}+08:00`);
    const reading = { line: press, ts, receivedAt: ts, metrics: { tbl_speed: Number(tbl_speed), SREL: Number(SREL) } };
    const { records } = engine.take({ kind: 'reading', reading });
    return records.filter(({ rule, clearedAt }) => rule.startsWith('limit:') && clearedAt === null);
  });
  // Ten other stretches at or over 8 % lie within a minute of a start or are one reading long; the highest is 137.3 %.
  expect(raised).toMatchObject([
    { rule: 'limit:SREL:actionHigh', value: 55, limit: 12, raisedAt: Date.parse('2019-03-22T02:30:16+08:00') },
  ]);
});

describe('stop codes', () => {
  test('of severity fault raise at once and clear when the line goes on', () => {
    const stage = new Stage();
    stage.read(0, { stop: 'broken' });
    stage.readEvery(10, 10, 30);
    stage.read(40, running);
    expect(spans(stage, 'stop:broken')).toEqual([[0, 40]]);
    expect(stage.told()).toEqual([
      [0.1, 'raised', 'stop:broken'],
      [40.1, 'cleared', 'stop:broken'],
    ]);
  });

  test('may be of severity fault without standing for the state, and a fault needs no code', () => {
    const stage = new Stage();
    stage.read(0, { stop: 'jam' });
    stage.read(10, { state: 'fault' });
    stage.read(20, { stop: 'thread-break' });
    expect(spans(stage, 'stop:jam')).toEqual([[0, 10]]);
    expect(spans(stage, 'stop:fault')).toEqual([[10, 20]]);
    expect(stage.all()).toHaveLength(2);
  });

  test('are not cleared by silence', () => {
    const stage = new Stage();
    stage.read(0, { stop: 'broken' });
    stage.passTo(3600);
    expect(spans(stage, 'stop:broken')).toEqual([[0, null]]);
  });
});

describe('silence', () => {
  test('is twice the expected interval without a reading, and ends with the next one', () => {
    const stage = new Stage();
    stage.readEvery(10, 0, 60, running);
    stage.passTo(80);
    expect(stage.all()).toEqual([]);
    stage.passTo(200);
    stage.read(300, running);
    expect(spans(stage, 'silence')).toEqual([[80.05, 300.05]]);
  });

  test('is a lost session, too, unless the device comes straight back', () => {
    const stage = new Stage();
    stage.read(0, running);
    stage.take({ kind: 'connection', line: 'm-1-1', at: at(1), connected: false });
    stage.take({ kind: 'connection', line: 'm-1-1', at: at(3), connected: true });
    stage.read(8, running);
    stage.take({ kind: 'connection', line: 'm-1-1', at: at(9), connected: false });
    stage.passTo(12);
    stage.take({ kind: 'connection', line: 'm-1-1', at: at(14), connected: true });
    expect(spans(stage, 'silence')).toEqual([[12, 14]]);
  });

  test('is none of a line that was never heard, is planned to stand, or was switched off', () => {
    const stage = new Stage(plantOf(1, 3));
    stage.read(0, { line: 'm-1-1', state: 'planned' });
    stage.read(0, { line: 'm-1-2', stop: 'box-off' });
    stage.passTo(7 * 3600);
    expect(stage.all()).toEqual([]);
    // A shift later, being planned is no excuse any more.
    stage.passTo(9 * 3600);
    expect(stage.all().map(({ line }) => line)).toEqual(['m-1-1']);
  });

  test('is not blamed on lines while the system itself was away', () => {
    const stage = new Stage();
    stage.read(0, running);
    stage.restart();
    stage.take({ kind: 'listening', from: at(19), at: at(600) });
    stage.take({ kind: 'connection', line: 'm-1-1', at: at(601), connected: false });
    stage.passTo(659);
    expect(stage.all()).toEqual([]);
    stage.passTo(661);
    expect(spans(stage, 'silence')).toEqual([[660, null]]);
  });
});

test('silence that began before the system went away is still there after it, and is the same alarm', () => {
  const stage = new Stage();
  stage.read(0, running);
  const snapshot = stage.engine.snapshot();
  stage.passTo(30);
  const [before] = stage.all();
  const again = new AlarmEngine(stage.plant, snapshot);
  const { records } = again.take({ kind: 'listening', from: at(30), at: at(600) });
  expect(records).toEqual([before]);
});

describe('breaks', () => {
  const breakOn = (stage: Stage, second: number, head: number): void => {
    stage.read(second, { stop: 'thread-break', metrics: { head } });
    stage.read(second + 5, { metrics: { head } });
    stage.read(second + 10, running);
  };

  test('three in a row on one head say to switch it off, until another head breaks', () => {
    const stage = new Stage();
    for (const [second, head] of [
      [0, 7],
      [100, 7],
      [200, 3],
      [300, 7],
      [400, 7],
    ] as const)
      breakOn(stage, second, head);
    expect(stage.all().filter(({ rule }) => rule.startsWith('breaks'))).toEqual([]);
    breakOn(stage, 500, 7);
    const found = stage.of('breaks:head-7');
    expect(found).toMatchObject({ value: 3, limit: 3, text: { en: '3 breaks in a row on head 7: switch head 7 off' } });
    breakOn(stage, 600, 3);
    expect(spans(stage, 'breaks:head-7')).toEqual([[500, 600]]);
  });

  test('are forgotten after an hour', () => {
    const stage = new Stage();
    for (const second of [0, 100, 200]) breakOn(stage, second, 7);
    stage.passTo(200 + 3700);
    expect(spans(stage, 'breaks:head-7')).toEqual([[200, 3800]]);
  });

  test('above the norm of an hour are an alarm, by heads in use where that is known', () => {
    const stage = new Stage();
    for (let count = 0; count < 5; count += 1) breakOn(stage, count * 60, count + 1);
    expect(stage.of('break-rate')).toBeUndefined();
    breakOn(stage, 300, 6);
    expect(stage.of('break-rate')).toMatchObject({ value: 6, raisedAt: at(300) });
    const other = new Stage();
    other.read(-10, { ...running, metrics: { heads: 2 } });
    for (let count = 0; count < 3; count += 1) breakOn(other, count * 60, count + 1);
    expect(other.of('break-rate')).toMatchObject({ value: 3, raisedAt: at(120) });
    // It clears when only one of them is less than an hour old.
    other.passTo(3700);
    expect(spans(other, 'break-rate')).toEqual([[120, 3660]]);
  });
});

describe('data', () => {
  test('a clock that is ahead is told at once, one that is behind when it keeps its distance', () => {
    const ahead = new Stage();
    ahead.read(0, { ...running, late: -6 });
    expect(ahead.of('data:clock')).toMatchObject({ priority: 'low', limit: 5, value: 6 });
    ahead.read(10, { ...running, late: 0.1 });
    ahead.read(20, { ...running, late: 0.1 });
    expect(ahead.of('data:clock')?.state).toBe('returned');
    const behind = new Stage();
    behind.readEvery(10, 0, 20, { ...running, late: 600 });
    expect(behind.of('data:clock')).toBeUndefined();
    behind.read(30, { ...running, late: 600 });
    expect(behind.of('data:clock')).toMatchObject({ value: -600 });
  });

  test('a backlog is no clock that is off, nor are packets of many readings', () => {
    const stage = new Stage();
    stage.read(0, running);
    for (let second = 10; second < 600; second += 10) stage.read(second, { ...running, late: 600 - second + second / 1000 });
    for (let packet = 610; packet < 700; packet += 10)
      for (let second = packet; second < packet + 10; second += 1) stage.read(second, { ...running, late: packet + 10 - second });
    expect(stage.of('data:clock')).toBeUndefined();
  });

  test('what comes late after an outage of the system is no clock that is off, at whatever pace it comes, in however small pieces', () => {
    for (const pace of [1, 1.05, 2, 20]) {
      const stage = new Stage();
      stage.readEvery(0.1, 0, 60, running);
      stage.take({ kind: 'listening', from: at(60), at: at(80) });
      for (let second = 60; second < 110; second += 0.1)
        stage.read(second, { ...running, late: Math.max(0.05, 20 - (second - 60) * (1 - 1 / pace)) });
      expect(stage.of('data:clock')).toBeUndefined();
    }
  });

  test('a clock that is still slow when devices have had their time to come back is told', () => {
    const stage = new Stage();
    stage.take({ kind: 'listening', from: at(0), at: at(0) });
    stage.readEvery(1, -600, -515, { ...running, late: 600 });
    expect(stage.of('data:clock')).toBeUndefined();
    stage.readEvery(1, -514, -500, { ...running, late: 600 });
    expect(stage.of('data:clock')).toMatchObject({ value: -600 });
    // It is remembered over the next outage.
    stage.take({ kind: 'listening', from: at(100), at: at(110) });
    stage.read(-490, { ...running, late: 600 });
    expect(stage.of('data:clock')?.state).toBe('unacknowledged');
  });

  test('rejections and gaps in the sequence are told, and over when none came for five minutes', () => {
    const stage = new Stage();
    stage.take({ kind: 'rejection', line: 'm-1-1', at: at(0) });
    stage.take({ kind: 'rejection', line: 'm-1-1', at: at(100) });
    stage.read(10, { ...running, seq: 1 });
    stage.read(20, { ...running, seq: 4 });
    stage.read(30, { ...running, seq: 0 });
    for (let second = 40; second < 500; second += 10) stage.read(second, { ...running, seq: second / 10 - 3 });
    expect(spans(stage, 'data:rejected')).toEqual([[0, 400]]);
    expect(spans(stage, 'data:sequence')).toEqual([[20.05, 320.05]]);
    expect(stage.of('data:sequence')?.value).toBe(2);
  });
});

test('nothing is in alarm while the line is planned to stand [ALM-5]', () => {
  const stage = new Stage();
  stage.read(0, { metrics: { cold: 1 } });
  stage.read(10, { state: 'planned', metrics: { cold: 1 } });
  stage.read(20, { state: 'idle' });
  expect(spans(stage, 'limit:cold:actionLow')).toEqual([[0, null]]);
  expect(stage.of('limit:cold:actionLow')).toMatchObject({ raises: 2 });
});

describe('overrides', () => {
  test('of the nearest place count, and a rule out of service is not there', () => {
    const plant = plantOf(1, 2, {
      alarms: [{ rule: 'limit:cold:actionLow', type: machine.id, limit: 1 }],
      firm: {
        alarms: [
          { rule: 'limit:cold:actionLow', limit: 0, priority: 'critical' },
          { rule: 'stop:*', enabled: false, why: 'tests' },
        ],
      },
    });
    const stage = new Stage(plant);
    stage.read(0, { stop: 'broken', metrics: { cold: 1 } });
    expect(stage.all()).toEqual([]);
    stage.read(10, { metrics: { cold: 0 } });
    expect(stage.of('limit:cold:actionLow')).toMatchObject({ limit: 0, priority: 'critical' });
  });

  test('made while running end what they put out of service, and outlast a restart', () => {
    const stage = new Stage();
    stage.read(0, { stop: 'broken' });
    const override = { rule: 'stop:broken', enabled: false, why: 'sensor is being replaced' };
    stage.take({ kind: 'override', at: at(5), placed: { where: { line: 'm-1-1' }, override } });
    expect(spans(stage, 'stop:broken')).toEqual([[0, 5]]);
    stage.restart();
    stage.read(10, { stop: 'broken' });
    expect(stage.all()).toHaveLength(1);
    stage.take({ kind: 'override', at: at(15), placed: { where: { line: 'm-1-1' }, override: { rule: 'stop:broken', enabled: true } } });
    stage.read(20, { stop: 'broken' });
    expect(stage.of('stop:broken')).toMatchObject({ raises: 2, state: 'unacknowledged' });
  });

  test('that change nothing anywhere are mistakes of the plant file', () => {
    expect(() => plantOf(1, 1, { alarms: [{ rule: 'limit:warm:actionLow', limit: 1 }] })).toThrow('changes a rule that no line here has');
    expect(() => plantOf(1, 1, { alarms: [{ rule: 'silence', type: 'oven', limit: 1 }] })).toThrow('names no equipment type');
    expect(() => plantOf(1, 1, { alarms: [{ rule: 'silence', enabled: false }] })).toThrow('is needed to put a rule out of service');
  });
});
