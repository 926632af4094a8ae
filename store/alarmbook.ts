/**
 * The alarm book: what the store keeps of alarms, for restarts, for history, for whoever must still be told.
 * Comes in: the engine's snapshot and changed records, each replacing what has its id. Goes out: the same again, and records
 * by window. One suite holds for every store; writing the same twice changes nothing.
 */
import type { AlarmQuery, AlarmRecord, AlarmStep, Announcement, Incident } from '../contract/alarm.ts';
import type { OverrideChange } from '../contract/overrides.ts';
import type { Delivery } from '../contract/notify.ts';

/** What the engine goes on from: all records of the journal before `position` are in it. `at` is the engine's time. */
export interface AlarmSnapshot {
  readonly position: number;
  readonly at: number;
  readonly engine: string;
}

export interface StepOf extends AlarmStep {
  readonly alarm: string;
}

/** Written whole or not at all. The snapshot may be left out where records cannot wait for the next one. */
export interface AlarmEntry {
  readonly snapshot: AlarmSnapshot | null;
  readonly records: readonly AlarmRecord[];
  readonly incidents: readonly Incident[];
  readonly announcements: readonly Announcement[];
  readonly steps: readonly StepOf[];
  readonly overrides: readonly OverrideChange[];
}

export interface AlarmBook {
  snapshot(): Promise<AlarmSnapshot | null>;
  enter(entry: AlarmEntry): Promise<void>;
  record(id: string): Promise<AlarmRecord | null>;
  records(query: AlarmQuery): Promise<AlarmRecord[]>;
  incidents(from: number, to: number): Promise<Incident[]>;
  /** Oldest first. */
  steps(alarm: string): Promise<AlarmStep[]>;
  /** Newest first. */
  overrides(limit: number): Promise<OverrideChange[]>;
  /** Announcements of `[from, to)` that are written down, oldest first: what is among them has been handed to the notifier. */
  announcements(from: number, to: number): Promise<Announcement[]>;
  /** Deliveries replace what has their id. */
  saveDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** Those of announcements at or after `from`. */
  deliveries(from: number): Promise<Delivery[]>;
}
