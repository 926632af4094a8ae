/**
 * A metric's limits as the screen marks them: which one a value breaks now, and which lines a chart draws.
 * It judges the value shown and nothing else; delays and deadbands belong to alarms.
 */
import type { Metric } from '../../../contract/equipment.ts';
import type { MetricValue, State } from '../../../contract/reading.ts';

export interface Limit {
  readonly value: number;
  readonly kind: 'alert' | 'action';
}

export function breachOf(metric: Metric, value: MetricValue | undefined, state: State): Limit['kind'] | null {
  const limits = metric.limits;
  if (!limits || typeof value !== 'number' || (limits.when !== undefined && limits.when !== state)) return null;
  const { alertLow = -Infinity, alertHigh = Infinity, actionLow = -Infinity, actionHigh = Infinity } = limits;
  if (value >= actionHigh || value <= actionLow) return 'action';
  return value >= alertHigh || value <= alertLow ? 'alert' : null;
}

export function limitsOf(metric: Metric): Limit[] {
  const { alertLow, alertHigh, actionLow, actionHigh } = metric.limits ?? {};
  return [
    ...[alertLow, alertHigh].map((value) => ({ value, kind: 'alert' as const })),
    ...[actionLow, actionHigh].map((value) => ({ value, kind: 'action' as const })),
  ].flatMap(({ value, kind }) => (value === undefined ? [] : [{ value, kind }]));
}

/** Whether a metric is worth a chart unasked: it has limits, comes first in its type, or is measured in a unit. */
export function isTelling(id: string, metric: Metric, headline: string | undefined): boolean {
  return metric.kind === 'gauge' && (id === headline || metric.limits !== undefined || metric.unit !== '1');
}
