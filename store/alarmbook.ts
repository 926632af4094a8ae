/**
 * The alarm book: what the store keeps of alarms, for restarts, for history, for whoever must still be told.
 * Comes in: the engine's snapshot and changed records, each replacing what has its id. Goes out: the same again, and records
 * by window. What is open is never let go of; all else is kept as long as minutes are. One suite holds for every store; writing
 * the same twice changes nothing.
 */
import type { AlarmQuery, AlarmRecord, AlarmStep, Announcement, Incident } from '../contract/alarm.ts';
import type { OverrideChange } from '../contract/overrides.ts';
import type { Delivery, DeliveryQuery } from '../contract/notify.ts';

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
  /** Those that were not over before `from` and began before `to`, oldest first. */
  incidents(from: number, to: number): Promise<Incident[]>;
  incident(id: string): Promise<Incident | null>;
  /** Oldest first. */
  steps(alarm: string): Promise<AlarmStep[]>;
  /** Newest first. */
  overrides(limit: number): Promise<OverrideChange[]>;
  /** Announcements of `[from, to)` that are written down, oldest first: what is among them has been handed to the notifier. */
  announcements(from: number, to: number): Promise<Announcement[]>;
  /** Deliveries replace what has their id. */
  saveDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** Those last written at or after `from`, by the store's clock, oldest first: all of announcements since then are among them. */
  deliveries(from: number): Promise<Delivery[]>;
  /** Newest first. */
  deliveriesOf(query: DeliveryQuery): Promise<Delivery[]>;
}

/** Until when an alarm was open; for good where it still is. */
export function openUntil({ state, raisedAt, clearedAt, acknowledgedAt }: AlarmRecord): number {
  return state === 'normal' ? Math.max(clearedAt ?? raisedAt, acknowledgedAt ?? raisedAt) : Number.MAX_SAFE_INTEGER;
}
