/**
 * Batches: the record of one batch out of the fold of its line.
 * Comes in: each reading right after the fold took it. Goes out: the batch's record. A batch is every reading with that
 * batch in force [KPI-7]; sums run in order of time, so the same readings always give the same figures.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { BatchRecord } from '../contract/figures.ts';
import type { Reading, State } from '../contract/reading.ts';
import type { Carry, Fold } from './fold.ts';
import { numberOf } from './states.ts';
import { rounded } from './utilization.ts';

interface GaugeSum {
  min: number | null;
  max: number | null;
  runningSum: number;
  runningCount: number;
  maxRunning: number | null;
}

export interface BatchSum {
  /** The next reading, after `take`; `before` is the fold's carry from before it. */
  add(reading: Reading, before: Carry | null, fold: Fold): void;
  /** The record, seen from `now`: the newest reading holds to min(now, ts + hold). Null where the batch has no reading. */
  finish(last: Carry | null, now: number): BatchRecord | null;
}

export function createBatchSum(line: string, batch: string, type: EquipmentType): BatchSum {
  const gauges = Object.entries(type.metrics).flatMap(([name, metric]) => (metric.kind === 'gauge' ? [name] : []));
  const metrics = new Map<string, GaugeSum>();
  const counters: Record<string, number> = {};
  const readings: Partial<Record<State, number>> = {};
  const stateMs: Partial<Record<State, number>> = {};
  let total = 0;
  let gapMs = 0;
  let from: number | null = null;
  let to = 0;
  let product: string | null = null;

  const hold = (carry: Carry, until: number, goesOn: boolean): void => {
    const end = Math.max(carry.ts, Math.min(until, carry.holdUntil));
    stateMs[carry.state] = (stateMs[carry.state] ?? 0) + end - carry.ts;
    if (goesOn) gapMs += until - end;
    to = goesOn ? until : end;
  };

  const gauge = (name: string, value: number, running: boolean): void => {
    let sum = metrics.get(name);
    if (!sum) {
      sum = { min: null, max: null, runningSum: 0, runningCount: 0, maxRunning: null };
      metrics.set(name, sum);
    }
    sum.min = sum.min === null ? value : Math.min(sum.min, value);
    sum.max = sum.max === null ? value : Math.max(sum.max, value);
    if (!running) return;
    sum.runningSum += value;
    sum.runningCount += 1;
    sum.maxRunning = sum.maxRunning === null ? value : Math.max(sum.maxRunning, value);
  };

  return {
    add(reading, before, fold) {
      const { carry } = fold;
      if (!carry) return;
      const inForce = carry.context.batch === batch;
      if (before?.context.batch === batch) hold(before, reading.ts, inForce);
      if (!inForce) return;
      from ??= reading.ts;
      product = carry.context.product;
      total += 1;
      readings[carry.state] = (readings[carry.state] ?? 0) + 1;
      for (const [name, increase] of fold.increases) counters[name] = (counters[name] ?? 0) + increase;
      for (const name of gauges) {
        const value = numberOf(reading.metrics[name]);
        if (value !== null) gauge(name, value, carry.state === 'running');
      }
    },
    finish(last, now) {
      if (from === null) return null;
      if (last?.context.batch === batch) hold(last, now, false);
      const declared = Object.entries(type.metrics).flatMap(([name, metric]) => (metric.kind === 'counter' ? [name] : []));
      return {
        line,
        batch,
        product,
        from,
        to,
        readings: { ...readings, running: readings.running ?? 0, stopped: readings.stopped ?? 0, total },
        runningSeconds: (stateMs.running ?? 0) / 1000,
        stoppedSeconds: (stateMs.stopped ?? 0) / 1000,
        unknownSeconds: ((stateMs.unknown ?? 0) + gapMs) / 1000,
        counters: Object.fromEntries(declared.map((name) => [name, rounded(counters[name] ?? 0)])),
        metrics: Object.fromEntries([...metrics].map(([name, sum]) => [name, gaugeRecord(sum)])),
      };
    },
  };
}

function gaugeRecord(sum: GaugeSum): BatchRecord['metrics'][string] {
  return {
    meanRunning: sum.runningCount === 0 ? null : sum.runningSum / sum.runningCount,
    min: sum.min,
    max: sum.max,
    maxRunning: sum.maxRunning,
  };
}
