/**
 * Alarm records for tests, on the lines of the sample plant. Whole and valid, as the server would answer.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { now } from './samples.suite.ts';

export function alarm(id: string, changes: Partial<AlarmRecord> = {}): AlarmRecord {
  return {
    id,
    line: 'a1',
    rule: 'stop:breakdown',
    priority: 'high',
    state: 'unacknowledged',
    raisedAt: now - 60_000,
    clearedAt: null,
    deliveredAt: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    assignedTo: null,
    arrivedAt: null,
    arrivedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    cause: null,
    remedy: null,
    value: null,
    limit: null,
    text: { zh: 'Breakdown', en: 'Breakdown' },
    group: null,
    late: false,
    raises: 1,
    shelvedUntil: null,
    shelvedBy: null,
    shelvedWhy: null,
    ...changes,
  };
}

export function acknowledged(id: string, who: string, changes: Partial<AlarmRecord> = {}): AlarmRecord {
  return alarm(id, { state: 'acknowledged', acknowledgedAt: now - 30_000, acknowledgedBy: who, ...changes });
}
