/**
 * What may be done to an alarm, and what it will look like once it is done. Comes in: a record, an action, who, when. Goes out: the
 * actions on offer, the next step of the repair, the record to be expected. The server decides; this only saves people
 * taps that lead nowhere and the wait for an answer.
 */
import { alarmActions, type AlarmAction, type AlarmRecord, type AlarmState } from '../../../contract/alarm.ts';

/** The bodies of `POST /alarms/{id}/{action}`. */
export interface DeedBody {
  readonly to?: string;
  readonly minutes?: number;
  readonly reason?: string;
  readonly cause?: string;
  readonly remedy?: string;
  readonly comment?: string;
}

/** The steps a repair goes through, as the bar of a card shows them. */
export const steps = ['raised', 'acknowledged', 'arrived', 'resolved'] as const;
export type Step = (typeof steps)[number];

const states: Readonly<Record<AlarmAction, readonly AlarmState[]>> = {
  acknowledge: ['unacknowledged', 'returned'],
  assign: ['unacknowledged', 'acknowledged', 'returned', 'shelved'],
  arrive: ['acknowledged', 'normal'],
  resolve: ['acknowledged', 'normal'],
  shelve: ['unacknowledged', 'acknowledged', 'returned'],
  unshelve: ['shelved'],
  comment: ['unacknowledged', 'acknowledged', 'returned', 'normal', 'shelved'],
};

export function isPossible(record: AlarmRecord, action: AlarmAction): boolean {
  if (!states[action].includes(record.state)) return false;
  if (action === 'arrive') return record.acknowledgedAt !== null && record.arrivedAt === null && record.resolvedAt === null;
  if (action === 'resolve') return record.acknowledgedAt !== null && record.resolvedAt === null;
  return action !== 'assign' || record.resolvedAt === null;
}

/** What else there is to do, besides the next step. */
export function otherActions(record: AlarmRecord): AlarmAction[] {
  const next = nextAction(record);
  return alarmActions.filter((action) => action !== next && isPossible(record, action));
}

/** The one thing to do now; null where there is nothing but to wait. An alarm that is over before anybody came needs no visit. */
export function nextAction(record: AlarmRecord): AlarmAction | null {
  if (record.state === 'shelved') return 'unshelve';
  if (isPossible(record, 'acknowledge')) return 'acknowledge';
  if (record.state === 'normal') return wantsCause(record) ? 'resolve' : null;
  return (['arrive', 'resolve'] as const).find((action) => isPossible(record, action)) ?? null;
}

/** When each step was taken; null where it was not yet. */
export function stepTimes(record: AlarmRecord): Record<Step, number | null> {
  return {
    raised: record.raisedAt,
    acknowledged: record.acknowledgedAt,
    arrived: record.arrivedAt,
    resolved: record.resolvedAt,
  };
}

/** It is over, and somebody worked on it, but has not said yet what it was. */
export function wantsCause({ state, clearedAt, acknowledgedAt, arrivedAt, resolvedAt, late }: AlarmRecord): boolean {
  if (state !== 'normal' || late || resolvedAt !== null || clearedAt === null || acknowledgedAt === null) return false;
  return arrivedAt !== null || acknowledgedAt < clearedAt;
}

/** Those deeds whose outcome is so certain that it may be shown before the server has answered. */
export function supposed(record: AlarmRecord, action: AlarmAction, body: DeedBody, me: string, now: number): AlarmRecord | null {
  switch (action) {
    case 'acknowledge':
      return {
        ...record,
        state: record.clearedAt === null ? 'acknowledged' : 'normal',
        acknowledgedAt: record.acknowledgedAt ?? now,
        acknowledgedBy: record.acknowledgedBy ?? me,
      };
    case 'arrive':
      return { ...record, arrivedAt: now, arrivedBy: me };
    case 'assign':
      return { ...record, assignedTo: body.to ?? null };
    default:
      return null;
  }
}

/** Somebody else was first: who, and when; null where that is not what happened. */
export function forestalled(record: AlarmRecord, action: AlarmAction, me: string): { who: string; at: number } | null {
  const done = {
    acknowledge: [record.acknowledgedBy, record.acknowledgedAt],
    arrive: [record.arrivedBy, record.arrivedAt],
    resolve: [record.resolvedBy, record.resolvedAt],
  } as const;
  if (action !== 'acknowledge' && action !== 'arrive' && action !== 'resolve') return null;
  const [who, at] = done[action];
  return who === null || at === null || who === me ? null : { who, at };
}
