/**
 * Counters: how much a counter went up between two neighbouring readings of a line.
 * Comes in: the counter's value before and now. Goes out: the increase. A fall means the counter was reset [KPI-4].
 */
import type { EquipmentType } from '../contract/equipment.ts';

/** `next − previous`, or `next` where it fell; the first value adds nothing. */
export function increaseOf(previous: number | undefined, next: number): number {
  if (previous === undefined) return 0;
  return next < previous ? next : next - previous;
}

/** The names of a type's counters, in the order of its file. */
export function countersOf(type: EquipmentType): string[] {
  return Object.entries(type.metrics).flatMap(([name, metric]) => (metric.kind === 'counter' ? [name] : []));
}

/** The metrics a fold needs: counters, and the metric of the state rule. */
export function foldMetricsOf(type: EquipmentType): string[] {
  const names = new Set(countersOf(type));
  if (type.state) names.add(type.state.metric);
  return [...names];
}
