/**
 * Alarm records for tests: a silence that nobody has seen to, unless told otherwise. Comes in: a line, a time, what is different. Goes out: a record with
 * the id that an alarm of that line, time and rule has in tests.
 */
import type { AlarmRecord } from './alarm.ts';

export function alarmOf(line: string, raisedAt: number, changes: Partial<AlarmRecord> = {}): AlarmRecord {
  const rule = changes.rule ?? 'silence';
  return {
    ...{ id: `${raisedAt.toString(36)}-${line}-${rule}`, line, rule, priority: 'medium', state: 'unacknowledged', raisedAt },
    ...{ clearedAt: null, deliveredAt: null, acknowledgedAt: null, acknowledgedBy: null, assignedTo: null, arrivedAt: null },
    ...{ arrivedBy: null, resolvedAt: null, resolvedBy: null, cause: null, remedy: null, value: null, limit: 20 },
    ...{ text: { zh: '无数据', en: 'No data' }, group: null, late: false, raises: 1 },
    ...{ shelvedUntil: null, shelvedBy: null, shelvedWhy: null },
    ...changes,
  };
}

/** The same one, acknowledged and over. */
export function closed(record: AlarmRecord, at: number): AlarmRecord {
  return { ...record, state: 'normal', clearedAt: at, acknowledgedAt: at, acknowledgedBy: 'li' };
}
