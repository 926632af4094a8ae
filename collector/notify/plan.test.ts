/** What is to be sent when: the first message, escalation, reminders, the end, and what was missed meanwhile. */
import { describe, expect, test } from 'vitest';
import type { Told } from './plan.ts';
import { clearedDeliveries, firstDeliveries, isPending, isTakenOn, laterDeliveries, nextTurn, withdrawn } from './plan.ts';
import { Rota } from '../../kpi/rota.ts';
import { dutyOf, hook, hourMs, local, minuteMs, monday, recordOf, stagePlant, told, toldIncident } from './stage.suite.ts';

const plant = stagePlant();
const duty = dutyOf({ escalateMinutes: { high: 15 }, remindMinutes: { high: 30 } });
const rota = new Rota(duty, plant);

/** `[minutes, occasion, level, people]` of everything up to then, with nobody acknowledging. */
function storyOf(one: Told, hours: number): [number, string, number, string][] {
  const planned = firstDeliveries(one, rota);
  let after = planned[0]?.delivery.dueAt ?? 0;
  for (let next = nextTurn(one, rota, duty, after); next !== null && next <= monday + hours * hourMs;) {
    planned.push(...laterDeliveries(one, rota, duty, after, next));
    after = next;
    next = nextTurn(one, rota, duty, after);
  }
  return planned.map(({ delivery }) => [(delivery.dueAt - monday) / minuteMs, delivery.occasion, delivery.level, delivery.to.join(' ')]);
}

test('the next level every 15 minutes, reminders to all who were told every 30', () => {
  expect(storyOf(told(), 1.6)).toEqual([
    [0, 'raised', 0, '王伟'],
    [15, 'escalation', 1, '李娜'],
    [30, 'escalation', 2, '赵敏'],
    [60, 'reminder', 2, '王伟 李娜 赵敏'],
    [90, 'reminder', 2, '王伟 李娜 赵敏'],
  ]);
});

test('reminders end after a day, and have an id each', () => {
  const story = storyOf(told(), 72);
  expect(story.at(-1)?.[0]).toBe(24 * 60);
  const ids = [30, 60, 90].flatMap((minutes) =>
    laterDeliveries(told(), rota, duty, monday + (minutes - 15) * minuteMs, monday + minutes * minuteMs).map(({ delivery }) => delivery.id),
  );
  expect(ids).toEqual(['a1-raised-1-sms-escalation-2', 'a1-raised-1-sms-reminder-2', 'a1-raised-1-sms-reminder-3']);
});

test('a priority without minutes is told once', () => {
  expect(storyOf(told({ priority: 'low' }), 24)).toEqual([[0, 'raised', 0, '王伟']]);
});

test('of what was missed the farthest escalation is made good, once', () => {
  const planned = laterDeliveries(told(), rota, duty, monday, monday + 65 * minuteMs);
  expect(planned.map(({ delivery }) => [delivery.id, delivery.to])).toEqual([['a1-raised-1-sms-escalation-2', ['赵敏']]]);
  expect(laterDeliveries(told(), rota, duty, monday, monday + 25 * hourMs)).toEqual([]);
  const reminded = laterDeliveries(told(), rota, duty, monday + 31 * minuteMs, monday + 200 * minuteMs);
  expect(reminded.map(({ delivery }) => delivery.id)).toEqual(['a1-raised-1-sms-reminder-6']);
});

test('planning again makes the same deliveries', () => {
  expect(firstDeliveries(told(), rota)).toEqual(firstDeliveries(told(), rota));
});

describe('quiet hours', () => {
  const quiet = dutyOf({ quietHours: ['22:00', '07:00'], escalateMinutes: { high: 15 }, remindMinutes: { high: 30 } });
  const nightly = new Rota(quiet, plant);
  const late = told({ raisedAt: local('2026-11-23T23:00') });

  test('the first message waits for the morning, and everything after it counts from there', () => {
    const morning = local('2026-11-24T07:00');
    expect(firstDeliveries(late, nightly).map(({ delivery }) => delivery.dueAt)).toEqual([morning]);
    expect(nextTurn(late, nightly, quiet, morning)).toBe(morning + 15 * minuteMs);
  });

  test('critical alarms break them', () => {
    const critical = told({ raisedAt: local('2026-11-23T23:00'), priority: 'critical' });
    expect(firstDeliveries(critical, nightly).map(({ delivery }) => delivery.dueAt)).toEqual([local('2026-11-23T23:00')]);
  });

  test('the next level is told when they are over, where its turn lies in them, though nobody is to be reminded', () => {
    const never = dutyOf({ quietHours: ['22:00', '07:00'], escalateMinutes: { high: 15 }, remindMinutes: {} });
    const awake = new Rota(never, plant);
    const evening = told({ raisedAt: local('2026-11-23T21:50') });
    const morning = local('2026-11-24T07:00');
    expect(nextTurn(evening, awake, never, local('2026-11-23T21:50'))).toBe(morning);
    const planned = laterDeliveries(evening, awake, never, local('2026-11-23T21:50'), morning);
    expect(planned.map(({ delivery }) => delivery.to)).toEqual([['赵敏']]);
  });

  test('nobody is reminded in them', () => {
    const evening = told({ raisedAt: local('2026-11-23T21:50') });
    const at = local('2026-11-23T22:20');
    expect(laterDeliveries(evening, nightly, quiet, at - minuteMs, at)).toEqual([]);
  });
});

describe('the end', () => {
  const first = firstDeliveries(told(), rota).map(({ delivery }) => delivery);
  const end = told({ state: 'returned', clearedAt: monday + hourMs }, 'cleared', monday + hourMs);

  test('is told to those who were told of the beginning', () => {
    const planned = clearedDeliveries(end, rota, duty, first);
    expect(planned.map(({ delivery }) => [delivery.id, delivery.to])).toEqual([['a1-cleared-1-sms-cleared-0', ['王伟']]]);
  });

  test('is told to nobody who never heard of the beginning', () => {
    expect(clearedDeliveries(end, rota, duty, [])).toEqual([]);
    expect(
      clearedDeliveries(
        end,
        rota,
        duty,
        first.map((delivery) => withdrawn(delivery, monday)),
      ),
    ).toEqual([]);
  });

  test('is not told over a channel that does without', () => {
    expect(clearedDeliveries(end, rota, dutyOf({ channels: [hook('sms', undefined, { cleared: false })] }), first)).toEqual([]);
  });
});

test('a shelf that is over is told of anew, whoever had dealt with the alarm before', () => {
  const again = told({ state: 'unacknowledged', acknowledgedAt: monday, resolvedAt: monday }, 'shelf-expired');
  expect(isTakenOn(again.records[0] ?? recordOf())).toBe(false);
  expect(isPending(again)).toBe(true);
});

test('pending is what nobody has taken on and what is not over', () => {
  expect(isPending(told())).toBe(true);
  for (const state of ['acknowledged', 'returned', 'normal', 'shelved'] as const) expect(isPending(told({ state }))).toBe(false);
  const incident = toldIncident(3);
  expect(isPending(incident)).toBe(true);
  const [one, ...others] = incident.records;
  if (!one) throw new Error('no alarms');
  expect(isPending({ ...incident, records: [{ ...one, state: 'acknowledged' }, ...others] })).toBe(false);
  expect(isPending({ ...incident, records: [{ ...one, state: 'returned' }, ...others] })).toBe(true);
});
