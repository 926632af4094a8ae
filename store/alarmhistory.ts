/**
 * What history tells of alarms, out of the store's alarm book. Comes in: the book. Goes out: answers for the dashboard. It adds
 * nothing of its own but a bound: nobody is given more than a screen or a file can hold.
 */
import type { AlarmHistory } from '../contract/history.ts';
import type { AlarmBook } from './alarmbook.ts';

/** The most of anything in one answer. */
const most = 50_000;

export function alarmHistoryOf(book: AlarmBook): AlarmHistory {
  return {
    alarm: (id) => book.record(id),
    alarms: (query) => book.records({ ...query, limit: Math.min(query.limit, most) }),
    alarmSteps: (alarm) => book.steps(alarm),
    incident: (id) => book.incident(id),
    overrideChanges: (limit) => book.overrides(Math.min(limit, most)),
    deliveries: (query) => book.deliveriesOf({ ...query, limit: Math.min(query.limit, most) }),
  };
}
