/**
 * History: the questions about the past that the dashboard asks, answered alike from every store.
 * Windows are `[from, to)` in ms since the epoch. A line that is not in the plant is the caller's mistake and throws.
 */
import type { Point } from './api.ts';
import type { BatchRecord, StateSpan, UtilizationRecord } from './figures.ts';
import type { Rejection } from './reading.ts';

export interface History {
  utilization(line: string, from: number, to: number): Promise<UtilizationRecord>;
  /** Gap-free over the window, `unknown` where nothing is known, adjoining equal spans merged. */
  states(line: string, from: number, to: number): Promise<StateSpan[]>;
  series(line: string, metric: string, from: number, to: number, points: number): Promise<Point[]>;
  /** Every batch of the line, newest first. */
  batches(line: string): Promise<BatchRecord[]>;
  batch(line: string, batch: string): Promise<BatchRecord | null>;
  /** The last rejected readings of a line, newest first. */
  rejections(line: string, limit: number): Promise<Rejection[]>;
  /** Sums over the lines of a group, one record for the whole window; minute-aligned windows only. */
  aggregate(lines: readonly string[], from: number, to: number): Promise<UtilizationRecord>;
}
