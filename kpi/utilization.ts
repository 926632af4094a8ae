/**
 * Utilization and its relatives, after ISO 22400-2: sums of a window and the record made of them.
 * Comes in: additive sums, the scheduled time, the ideal output. Goes out: the record people see. Ratios are formed last,
 * from sums, never from other ratios [KPI-5].
 */
import type { StopSum, Sums, UtilizationRecord } from '../contract/figures.ts';

export function emptySums(): Sums {
  return {
    runningMs: 0,
    setupMs: 0,
    idleMs: 0,
    stoppedMs: 0,
    faultMs: 0,
    plannedMs: 0,
    overtimeMs: 0,
    output: 0,
    scrap: 0,
    faults: 0,
    stops: {},
  };
}

/** Adds `part` into `total`. */
export function addSums(total: Sums, part: Sums): void {
  total.runningMs += part.runningMs;
  total.setupMs += part.setupMs;
  total.idleMs += part.idleMs;
  total.stoppedMs += part.stoppedMs;
  total.faultMs += part.faultMs;
  total.plannedMs += part.plannedMs;
  total.overtimeMs += part.overtimeMs;
  total.output += part.output;
  total.scrap += part.scrap;
  total.faults += part.faults;
  for (const stop in part.stops) {
    const sum = part.stops[stop];
    if (sum) addStop(total.stops, stop, sum);
  }
}

export function addStop(stops: Record<string, StopSum>, stop: string, part: StopSum): void {
  const sum = Object.hasOwn(stops, stop) ? stops[stop] : undefined;
  if (sum) {
    sum.count += part.count;
    sum.ms += part.ms;
  } else stops[stop] = { count: part.count, ms: part.ms };
}

/** True where nothing at all is known: such a minute has no row. */
export function isEmpty(sums: Sums): boolean {
  return (
    sums.runningMs === 0 &&
    sums.setupMs === 0 &&
    sums.idleMs === 0 &&
    sums.stoppedMs === 0 &&
    sums.faultMs === 0 &&
    sums.plannedMs === 0 &&
    sums.overtimeMs === 0 &&
    sums.output === 0 &&
    sums.scrap === 0
  );
}

/** Sums of a line or a group over `[from, to)`, with what they are measured against. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly sums: Sums;
  /** Scheduled time of the line, or Σ over the lines of a group. */
  readonly scheduledMs: number;
  /** Ideal rate × running time, or Σ of it over the lines of a group, in units of output. */
  readonly idealOutput: number;
}

/** What a line would have made at its ideal rate while it ran; 0 for a type without output. */
export function idealOutputOf(runningMs: number, idealPerHour: number | undefined): number {
  return idealPerHour === undefined ? 0 : (idealPerHour * runningMs) / 3_600_000;
}

/**
 * The record of a window (definitions: docs/figures.md; after ISO 22400-2 / GB/T 34044.2).
 * busy = scheduled − planned; unknown = what is left of busy time; utilization = running ÷ (busy − unknown);
 * low and high bound it by taking all unknown time as stopped or as running.
 */
export function recordOf({ from, to, sums, scheduledMs, idealOutput }: Window): UtilizationRecord {
  const busyMs = scheduledMs - sums.plannedMs;
  const knownMs = sums.runningMs + sums.setupMs + sums.idleMs + sums.stoppedMs + sums.faultMs;
  const unknownMs = busyMs - knownMs;
  const output = rounded(sums.output);
  const scrap = rounded(sums.scrap);
  const utilization = ratio(sums.runningMs, knownMs);
  const performance = ratio(output, idealOutput);
  const quality = ratio(output - scrap, output);
  return {
    from,
    to,
    busySeconds: busyMs / 1000,
    runningSeconds: sums.runningMs / 1000,
    setupSeconds: sums.setupMs / 1000,
    idleSeconds: sums.idleMs / 1000,
    stoppedSeconds: sums.stoppedMs / 1000,
    faultSeconds: sums.faultMs / 1000,
    unknownSeconds: unknownMs / 1000,
    plannedSeconds: sums.plannedMs / 1000,
    overtimeSeconds: sums.overtimeMs / 1000,
    utilization,
    low: ratio(sums.runningMs, busyMs),
    high: ratio(sums.runningMs + unknownMs, busyMs),
    coverage: ratio(knownMs, busyMs),
    output,
    scrap,
    performance,
    quality,
    oee: utilization === null || performance === null || quality === null ? null : utilization * performance * quality,
    stops: Object.fromEntries(Object.entries(sums.stops).map(([stop, { count, ms }]) => [stop, { count, seconds: ms / 1000 }])),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Sums of decimal counters carry binary dust; a millionth is below every unit in use. */
export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
