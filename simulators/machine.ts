/**
 * What a simulated machine is: something that can be asked, at any instant, what its controller would send.
 * Comes in: a line, a seed, the line's schedule. Goes out: readings as they are sent. It never touches clock, network or disk,
 * so the same seed and the same instants give the same readings.
 */
import type { Line } from '../contract/plant.ts';
import type { ContextName, MetricValue, State } from '../contract/reading.ts';
import type { Schedule } from './schedule.ts';

export type Metrics = Record<string, MetricValue>;
export type SentContext = Partial<Record<ContextName, string | null>>;

/** A reading as a device writes it into a packet. */
export interface SentReading extends SentContext {
  ts: number;
  seq?: number;
  state?: State;
  stop?: string;
  m: Metrics;
}

export interface Machine {
  /** What the controller says at `now`; instants must not run backwards (an earlier one answers for the latest asked). */
  next(now: number): SentReading;
  /** When the state next changes, as far as is known after `next`: the moment a controller would report of its own accord. */
  changesAt(): number;
  /** Stands still from `from` until `until`, for a reason from outside such as `power-loss`. */
  halt(from: number, until: number, stop: string): void;
}

export interface MachineInput {
  readonly line: Line;
  readonly seed: string;
  readonly schedule: Schedule;
  /** The machine is in the middle of things at this instant; its story begins some time before. */
  readonly now: number;
}

export type MachineFactory = (input: MachineInput) => Machine;

/** Rounded for sending: what a controller's display would show. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
