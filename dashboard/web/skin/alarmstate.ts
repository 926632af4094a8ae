/**
 * How an alarm stands, in one short phrase: in which state, with whom, since when. Comes in: a record. Goes out: text in the
 * chosen language.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { Metric } from '../../../contract/equipment.ts';
import { personOn } from '../core/alarms.ts';
import { wantsCause } from '../core/deeds.ts';
import type { Plant } from '../core/plant.ts';
import type { Tongue } from './tongue.svelte.ts';

export function standingOf(record: AlarmRecord, tongue: Tongue): string {
  const { t, format } = tongue;
  const who = personOn(record) ?? '';
  if (record.state === 'shelved') {
    return t('faults.stand.shelved', {
      who: record.shelvedBy ?? '',
      time: format.time(record.shelvedUntil ?? 0),
      why: record.shelvedWhy ?? '',
    });
  }
  if (wantsCause(record)) return t('faults.stand.wantsCause');
  if (record.state === 'normal')
    return record.resolvedAt === null ? t('faults.stand.over') : t('faults.stand.done', { who: record.resolvedBy ?? '' });
  if (record.resolvedAt !== null) return t('faults.stand.resolved', { who: record.resolvedBy ?? '', time: format.time(record.resolvedAt) });
  if (record.state === 'returned') return t('faults.stand.returned', { time: format.time(record.clearedAt ?? 0) });
  if (record.state === 'unacknowledged') {
    return record.assignedTo === null ? t('faults.stand.open') : t('faults.stand.assigned', { who: record.assignedTo });
  }
  if (record.arrivedAt !== null) return t('faults.stand.arrived', { who: record.arrivedBy ?? who, time: format.time(record.arrivedAt) });
  if (record.assignedTo !== null && record.assignedTo !== record.acknowledgedBy) return t('faults.stand.given', { who: record.assignedTo });
  return t('faults.stand.acknowledged', { who, time: format.time(record.acknowledgedAt ?? record.raisedAt) });
}

/** The metric of a limit rule, with the limit that was met in place of the type's own. */
export function metricOf(record: AlarmRecord, plant: Plant): { id: string; metric: Metric } | null {
  const [kind, id = '', side = ''] = record.rule.split(':');
  const metric = plant.line(record.line)?.type.metrics[id];
  if (kind !== 'limit' || !metric) return null;
  return {
    id,
    metric: record.limit === null || !metric.limits ? metric : { ...metric, limits: { ...metric.limits, [side]: record.limit } },
  };
}

/** "9.2 Pa · 限值 10 Pa"; empty where nothing was measured. */
export function measuredOf(record: AlarmRecord, plant: Plant, { t, format }: Tongue): string {
  const metric = metricOf(record, plant)?.metric;
  if (!metric || record.value === null) return '';
  const unit = metric.unit === '1' ? '' : ` ${metric.unit}`;
  const value = `${format.metric(record.value, metric.decimals)}${unit}`;
  return record.limit === null ? value : t('faults.measured', { value, limit: `${format.metric(record.limit)}${unit}` });
}
