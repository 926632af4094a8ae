/**
 * Figures of a window: the additive sums every screen and report is made of, and the record shown to people.
 * Sums are integer milliseconds and counts, so splitting a window and adding the parts equals the whole [KPI-1].
 */
import type { State } from './reading.ts';

/** How often a stop began and how long it lasted, within busy time. */
export interface StopSum {
  count: number;
  ms: number;
}

/**
 * Additive sums of a line over some window. All `…Ms` are whole milliseconds of scheduled time, except `overtimeMs`,
 * which is state `running` outside it. What the readings do not cover is in none of them: unknown time is what is left
 * of the scheduled time. `faults` counts stretches of state fault that began in the window.
 */
export interface Sums {
  runningMs: number;
  setupMs: number;
  idleMs: number;
  stoppedMs: number;
  faultMs: number;
  plannedMs: number;
  overtimeMs: number;
  output: number;
  scrap: number;
  faults: number;
  stops: Record<string, StopSum>;
}

/** The sums of one minute of one line; `minute` is its first millisecond. A minute of which nothing is known has no row. */
export interface MinuteRow extends Sums {
  line: string;
  minute: number;
}

/** The record of a window as the API and the live records show it. A ratio whose denominator is zero is null. */
export interface UtilizationRecord {
  from: number;
  to: number;
  busySeconds: number;
  runningSeconds: number;
  setupSeconds: number;
  idleSeconds: number;
  stoppedSeconds: number;
  faultSeconds: number;
  unknownSeconds: number;
  plannedSeconds: number;
  overtimeSeconds: number;
  utilization: number | null;
  low: number | null;
  high: number | null;
  coverage: number | null;
  output: number;
  scrap: number;
  performance: number | null;
  quality: number | null;
  oee: number | null;
  stops: Record<string, { count: number; seconds: number }>;
}

/** One stretch of a line's state history, `[from, to)`. */
export interface StateSpan {
  from: number;
  to: number;
  state: State;
  stop: string | null;
  /** What the readings say, where somebody has said afterwards that it was something else. */
  original?: Pick<StateSpan, 'state' | 'stop'>;
}

/** The record of one batch: every reading of a line with that batch in force. Counters are sums of increases. */
export interface BatchRecord {
  line: string;
  batch: string;
  product: string | null;
  from: number;
  to: number;
  /** Readings by state (states that occurred; running and stopped always) and their total. */
  readings: Partial<Record<State, number>> & { running: number; stopped: number; total: number };
  runningSeconds: number;
  stoppedSeconds: number;
  unknownSeconds: number;
  counters: Record<string, number>;
  metrics: Record<string, { meanRunning: number | null; min: number | null; max: number | null; maxRunning: number | null }>;
}
