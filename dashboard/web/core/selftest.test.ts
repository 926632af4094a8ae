/** The self-test of a device, from nothing at all to good readings. */
import { expect, test } from 'vitest';
import type { Rejection } from '../../../contract/reading.ts';
import { alarm } from './alarmrecords.suite.ts';
import { now, plant, record } from './samples.suite.ts';
import { dataAlarmsOf, metricsOf, recentMs, recentOf, verdictsOf, type Known } from './selftest.ts';

const [line] = [...plant.lines()];
if (!line) throw new Error('the small plant has lines');
const { id, type } = line;
const account = { username: id, line: id, createdAt: now };
const all = Object.fromEntries(Object.keys(type.metrics).map((name) => [name, 1]));
const rejection: Rejection = { line: id, receivedAt: now - 1000, reason: 'not-json', detail: 'x', sample: 'x' };
const well: Known = { account, record: record(id, { metrics: all }), type, rejections: [], alarms: [], now };
const nothing = record(id, { connected: false, ts: null, state: 'unknown' });

test.each<[string, Partial<Known>, object]>([
  [
    'all is well',
    {},
    {
      account: 'good',
      connected: 'good',
      readings: 'good',
      state: 'good',
      rejected: 'good',
      clock: 'good',
      metrics: 'good',
      alarms: 'good',
    },
  ],
  [
    'nothing yet',
    { account: null, record: nothing },
    {
      account: 'bad',
      connected: 'waiting',
      readings: 'waiting',
      state: 'waiting',
      rejected: 'waiting',
      clock: 'waiting',
      metrics: 'waiting',
      alarms: 'waiting',
    },
  ],
  ['an account, no connection', { record: nothing }, { account: 'good', connected: 'bad', readings: 'waiting' }],
  ['connected, silent from the start', { record: { ...nothing, connected: true } }, { connected: 'good', readings: 'bad' }],
  [
    'readings, and no word on the status topic',
    { record: record(id, { connected: false, metrics: all }) },
    { connected: 'noted', readings: 'good' },
  ],
  ['silent for a while', { now: now + 26_000 }, { readings: 'bad', state: 'waiting' }],
  ['readings without a state', { record: record(id, { state: 'unknown', metrics: all }) }, { readings: 'good', state: 'bad' }],
  ['rejected just now', { rejections: [rejection] }, { rejected: 'bad' }],
  ['rejected a while ago', { rejections: [{ ...rejection, receivedAt: now - recentMs }] }, { rejected: 'noted' }],
  ['rejections not known yet', { rejections: null }, { rejected: 'waiting' }],
  [
    'a clock that is off',
    { record: record(id, { clock: { offsetSeconds: 9, resolution: 'ms', jumps: 0, trouble: 'ahead' } }) },
    { clock: 'bad' },
  ],
  ['whole seconds', { record: record(id, { clock: { offsetSeconds: 0, resolution: 's', jumps: 0, trouble: null } }) }, { clock: 'noted' }],
  ['metrics of its own', { record: record(id, { metrics: { ...all, own: 1 } }) }, { metrics: 'noted' }],
])('%s', (_, changes, expected) => {
  expect(verdictsOf({ ...well, ...changes })).toMatchObject(expected);
});

test('metrics are those of the type, seen or not, and then the device’s own', () => {
  const metrics = metricsOf(record(id, { metrics: { speed: 7, own: true } }), type);
  expect(metrics.map(({ name, declared, seen }) => [name, declared, seen])).toEqual([
    ...Object.keys(type.metrics).map((name) => [name, true, name === 'speed']),
    ['own', false, true],
  ]);
});

test('alarms count that are open, of this line, and about its data; rejections that are recent', () => {
  const open = alarm('1', { line: id, rule: 'data:rejected' });
  const others = [
    alarm('2', { line: id, rule: 'silence' }),
    alarm('3', { line: 'other', rule: 'data:clock' }),
    { ...open, clearedAt: now },
  ];
  expect(dataAlarmsOf([open, ...others], id)).toEqual([open]);
  expect(recentOf([rejection, { ...rejection, receivedAt: now - recentMs }], now)).toEqual([rejection]);
});
