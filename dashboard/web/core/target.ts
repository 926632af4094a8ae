/**
 * What a line should have made so far, and how far its work in hand has come.
 * Comes in: an equipment type and a record. Goes out: amounts and shares, null where the type or the readings do not say. It is pure.
 */
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { MetricValue } from '../../../contract/reading.ts';

/** Ideal rate × planned busy time so far: what would have been made without any stop and at full speed. */
export function targetOf(type: EquipmentType | undefined, figures: Pick<UtilizationRecord, 'busySeconds'> | null): number | null {
  const ideal = type?.output?.idealPerHour;
  return ideal === undefined || !figures ? null : (ideal * figures.busySeconds) / 3600;
}

/** Output ÷ target; null before there is any target. */
export function attainment(output: number, target: number | null): number | null {
  return target === null || target <= 0 ? null : output / target;
}

/** 0 to 1, of the design, the cycle or whatever the type counts. */
export function progressOf(type: EquipmentType | undefined, metrics: Readonly<Record<string, MetricValue>>): number | null {
  const { done, of } = type?.progress ?? {};
  if (done === undefined || of === undefined) return null;
  const [part, whole] = [metrics[done], metrics[of]];
  if (typeof part !== 'number' || typeof whole !== 'number' || whole <= 0) return null;
  return Math.max(0, Math.min(1, part / whole));
}
