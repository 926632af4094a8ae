/** Who is on duty when: shifts over midnight, days off, holidays, the nearest roster, quiet hours, and a channel that fails. */
import { describe, expect, test } from 'vitest';
import type { Priority } from '../contract/alarm.ts';
import { Rota, type Concern } from './rota.ts';
import { dutyOf, hook, local, monday, stagePlant } from '../collector/notify/stage.suite.ts';

const plant = stagePlant();

function concern(rota: Rota, line = 'emb-0007', priority: Priority = 'high', failing: string | null = null): Concern {
  return { lines: rota.linesOf([line]), priority, failing };
}

/** `channel: level 0 / level 1` of everything that is reached. */
function reached(rota: Rota, at: number, about: Concern = concern(rota)): string[] {
  return rota
    .reach(about, at)
    .map(({ channel, levels }) => `${channel.id}: ${levels.map((level) => level.map(({ id }) => id).join('+')).join(' / ')}`);
}

const shifts = dutyOf({
  rosters: [
    { where: { workshop: 'f1/w1' }, shift: 'day', levels: [['wang'], ['zhao']], channels: ['sms'] },
    { where: { workshop: 'f1/w1' }, shift: 'night', levels: [['li'], ['zhao']], channels: ['sms'] },
  ],
});

describe('shifts', () => {
  const rota = new Rota(shifts, plant);

  test.each([
    ['2026-11-23T08:00', 'sms: wang / zhao'],
    ['2026-11-23T12:10', 'sms: wang / zhao'],
    ['2026-11-23T19:59', 'sms: wang / zhao'],
    ['2026-11-23T20:00', 'sms: li / zhao'],
    ['2026-11-24T00:00', 'sms: li / zhao'],
    ['2026-11-24T07:59', 'sms: li / zhao'],
    // Saturday's night shift ends on Sunday morning.
    ['2026-11-29T07:59', 'sms: li / zhao'],
  ])('%s', (time, who) => {
    expect(reached(rota, local(time))).toEqual([who]);
  });

  test.each([['2026-11-29T08:00'], ['2026-11-30T03:00'], ['2026-10-01T14:00'], ['2026-10-02T03:00']])('nobody works at %s', (time) => {
    expect(reached(rota, local(time))).toEqual([]);
  });

  test('the night before a holiday runs into it', () => {
    expect(reached(rota, local('2026-10-01T07:00'))).toEqual(['sms: li / zhao']);
  });

  test('who is told first is whoever works next', () => {
    expect(rota.firstReach(concern(rota), local('2026-11-29T10:00'))).toBe(local('2026-11-30T08:00'));
    expect(rota.firstReach(concern(rota), monday)).toBe(monday);
  });

  test('no roster at all: nobody, ever', () => {
    expect(rota.firstReach(concern(rota, 'emb-0301'), monday)).toBeNull();
  });
});

test('days are those the shift starts on; without a shift those of the date', () => {
  const rota = new Rota(
    dutyOf({
      rosters: [
        { where: { workshop: 'f1/w1' }, shift: 'night', days: ['fri'], levels: [['li']], channels: ['sms'] },
        { where: { workshop: 'f1/w2' }, days: ['sun'], levels: [['zhao']], channels: ['sms'] },
      ],
    }),
    plant,
  );
  expect(reached(rota, local('2026-11-28T03:00'))).toEqual(['sms: li']);
  expect(reached(rota, local('2026-11-27T03:00'))).toEqual([]);
  const other = concern(rota, 'emb-0201');
  expect(reached(rota, local('2026-11-29T00:00'), other)).toEqual(['sms: zhao']);
  expect(reached(rota, local('2026-11-30T00:00'), other)).toEqual([]);
  expect(rota.firstReach(other, local('2026-11-27T12:00'))).toBe(local('2026-11-29T00:00'));
});

test('of those on duty the nearest are told; where the nearest are off, the next ones', () => {
  const rota = new Rota(
    dutyOf({
      rosters: [
        { where: {}, levels: [['smith']], channels: ['sms'] },
        { where: { firm: 'f1' }, levels: [['zhao']], channels: ['sms'] },
        { where: { workshop: 'f1/w1' }, shift: 'day', levels: [['wang']], channels: ['sms'] },
      ],
    }),
    plant,
  );
  expect(reached(rota, monday)).toEqual(['sms: wang']);
  expect(reached(rota, local('2026-11-23T22:00'))).toEqual(['sms: zhao']);
  expect(reached(rota, monday, concern(rota, 'emb-0301'))).toEqual(['sms: smith']);
  expect(reached(rota, monday, { lines: [], priority: 'high', failing: null })).toEqual(['sms: smith']);
});

test('an incident over several workshops reaches the people of each, over one channel once', () => {
  const rota = new Rota(
    dutyOf({
      rosters: [
        { where: { workshop: 'f1/w1' }, levels: [['wang'], ['zhao']], channels: ['sms'] },
        { where: { workshop: 'f1/w2' }, levels: [['li'], ['zhao']], channels: ['sms'] },
      ],
    }),
    plant,
  );
  const lines = rota.linesOf(['emb-0001', 'emb-0002', 'emb-0201']);
  expect(lines).toHaveLength(2);
  expect(reached(rota, monday, { lines, priority: 'high', failing: null })).toEqual(['sms: wang+li / zhao']);
});

describe('quiet hours', () => {
  const rosters = [
    { where: { firm: 'f1' }, levels: [['wang']], channels: ['sms'] },
    { where: { firm: 'f2' }, levels: [['li']], channels: ['sms'], quietHours: 'none' },
  ];
  const rota = new Rota(dutyOf({ quietHours: ['22:00', '07:00'], rosters }), plant);

  test('hold back everything but what is critical', () => {
    expect(reached(rota, local('2026-11-23T23:00'))).toEqual([]);
    expect(reached(rota, local('2026-11-23T23:00'), concern(rota, 'emb-0007', 'critical'))).toEqual(['sms: wang']);
    expect(reached(rota, local('2026-11-24T07:00'))).toEqual(['sms: wang']);
  });

  test('end at the next morning, on either side of midnight', () => {
    expect(rota.firstReach(concern(rota), local('2026-11-23T22:00'))).toBe(local('2026-11-24T07:00'));
    expect(rota.firstReach(concern(rota), local('2026-11-24T01:00'))).toBe(local('2026-11-24T07:00'));
  });

  test('a roster may have none', () => {
    expect(reached(rota, local('2026-11-23T23:00'), concern(rota, 'emb-0301'))).toEqual(['sms: li']);
  });
});

describe('channels', () => {
  test('take the priorities they are for', () => {
    const channels = [hook('sms', undefined, { priorities: ['critical'] }), hook('chat')];
    const rota = new Rota(dutyOf({ channels, rosters: [{ where: {}, levels: [['wang']], channels: ['sms', 'chat'] }] }), plant);
    expect(reached(rota, monday)).toEqual(['chat: wang']);
    expect(reached(rota, monday, concern(rota, 'emb-0007', 'critical'))).toEqual(['sms: wang', 'chat: wang']);
  });

  test('a channel that fails is told of over the others', () => {
    const channels = [hook('sms'), hook('chat'), hook('mail')];
    const rosters = [{ where: {}, levels: [['wang']], channels: ['sms', 'chat'] }];
    const rota = new Rota(dutyOf({ channels, rosters }), plant);
    expect(reached(rota, monday, { lines: [], priority: 'high', failing: 'sms' })).toEqual(['chat: wang']);
    const alone = new Rota(dutyOf({ channels, rosters: [{ where: {}, levels: [['wang']], channels: ['sms'] }] }), plant);
    expect(reached(alone, monday, { lines: [], priority: 'high', failing: 'sms' })).toEqual(['chat: wang', 'mail: wang']);
  });
});

describe('who is on duty', () => {
  const ids = (levels: readonly (readonly { id: string }[])[]): string =>
    levels.map((level) => level.map(({ id }) => id).join('+')).join(' / ');
  const quiet = dutyOf({
    channels: [hook('sms', undefined, { priorities: ['critical'] })],
    rosters: [
      { where: { workshop: 'f1/w1' }, shift: 'day', levels: [['wang'], ['zhao']], channels: ['sms'], quietHours: ['00:00', '23:59'] },
      { where: { workshop: 'f1/w1' }, shift: 'day', levels: [['li', 'wang']], channels: ['sms'] },
      { where: {}, levels: [['smith']], channels: ['sms'] },
    ],
  });

  test('is the nearest roster at work, whether or not anything may be told just now', () => {
    const rota = new Rota(quiet, plant);
    const [line = null] = rota.linesOf(['emb-0007']);
    expect(ids(rota.onDuty(line, monday))).toBe('wang+li / zhao');
    expect(ids(rota.onDuty(line, local('2026-11-23T21:00')))).toBe('smith');
    expect(ids(rota.onDuty(null, monday))).toBe('smith');
  });

  test('is nobody where no roster is at work', () => {
    const rota = new Rota(shifts, plant);
    const [line = null] = rota.linesOf(['emb-0007']);
    expect(rota.onDuty(line, local('2026-11-29T10:00'))).toEqual([]);
    expect(rota.onDuty(null, monday)).toEqual([]);
  });
});
