/**
 * History: the questions about the past that the dashboard asks, answered alike from every store.
 * Windows are `[from, to)` in ms since the epoch. A line that is not in the plant is the caller's mistake and throws.
 */
import type { AlarmQuery, AlarmRecord, AlarmStep, Incident } from './alarm.ts';
import type { BackfillsAnswer, Point } from './api.ts';
import type { LineDetails } from './details.ts';
import type { BatchRecord, StateSpan, Sums, UtilizationRecord } from './figures.ts';
import type { Delivery, DeliveryQuery } from './notify.ts';
import type { OverrideChange } from './overrides.ts';
import type { Rejection } from './reading.ts';
import type { Reclassification } from './reclassification.ts';

export interface History extends AlarmHistory, LineDetails {
  utilization(line: string, from: number, to: number): Promise<UtilizationRecord>;
  /** Gap-free over the window, `unknown` where nothing is known, adjoining equal spans merged. */
  states(line: string, from: number, to: number): Promise<StateSpan[]>;
  /** What people said of stops that touch the window, in the order in which they said it. */
  reclassifications(line: string, from: number, to: number): Promise<Reclassification[]>;
  series(line: string, metric: string, from: number, to: number, points: number): Promise<Point[]>;
  /** Every batch of the line, newest first. */
  batches(line: string): Promise<BatchRecord[]>;
  batch(line: string, batch: string): Promise<BatchRecord | null>;
  /** What of a window was delivered late, and what its figures were without it. Reads every reading of the window. */
  backfills(line: string, from: number, to: number): Promise<BackfillsAnswer>;
  /** The last rejected readings of a line, newest first. */
  rejections(line: string, limit: number): Promise<Rejection[]>;
  /**
   * Sums over the lines of each group in each slice, `[group][slice]`. Slices begin and end with whole minutes.
   * The minute under way, and the seconds before it is settled, are not in it yet. Of the `amounts` alone, without stops, it is quicker.
   */
  aggregates(groups: readonly (readonly string[])[], slices: readonly Slice[], part?: 'all' | 'amounts'): Promise<UtilizationRecord[][]>;
  /** The sums of each line over one such slice, in the order asked for. */
  lineSums(lines: readonly string[], from: number, to: number): Promise<LineSums[]>;
}

/** What is written down of alarms. What has just happened may be missing for a moment. */
export interface AlarmHistory {
  alarm(id: string): Promise<AlarmRecord | null>;
  alarms(query: AlarmQuery): Promise<AlarmRecord[]>;
  /** Oldest first. */
  alarmSteps(alarm: string): Promise<AlarmStep[]>;
  incident(id: string): Promise<Incident | null>;
  /** Newest first. */
  overrideChanges(limit: number): Promise<OverrideChange[]>;
  /** Newest first. */
  deliveries(query: DeliveryQuery): Promise<Delivery[]>;
}

/** `[from, to)`, ms. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** What a line adds to the figures of any group it is in; `known` is false where its readings say nothing of the window. */
export interface LineSums {
  readonly line: string;
  readonly known: boolean;
  readonly sums: Sums;
  readonly scheduledMs: number;
  /** Ideal rate × running time, in units of output. */
  readonly idealOutput: number;
}
