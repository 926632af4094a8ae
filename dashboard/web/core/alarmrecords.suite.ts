/**
 * Alarm records for tests, on the lines of the sample plant. Whole and valid, as the server would answer.
 */
import { alarmOf } from '../../../contract/alarm.suite.ts';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import { now } from './samples.suite.ts';

export function alarm(id: string, changes: Partial<AlarmRecord> = {}): AlarmRecord {
  const text = { zh: 'Breakdown', en: 'Breakdown' };
  return alarmOf('a1', now - 60_000, { id, rule: 'stop:breakdown', priority: 'high', limit: null, text, ...changes });
}

export function acknowledged(id: string, who: string, changes: Partial<AlarmRecord> = {}): AlarmRecord {
  return alarm(id, { state: 'acknowledged', acknowledgedAt: now - 30_000, acknowledgedBy: who, ...changes });
}
