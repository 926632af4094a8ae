/**
 * The store's small interface: what the collector writes and what history is worked out from.
 * Raw readings are the truth, append-only, one a (line, ts); minute rows, checkpoints and context changes are derived
 * from them and may be replaced. One suite holds for every implementation.
 */
import type { MinuteRow, Sums } from '../contract/figures.ts';
import type { BatchRecord } from '../contract/figures.ts';
import type { Point } from '../contract/api.ts';
import type { Slice } from '../contract/history.ts';
import type { AlarmBook } from './alarmbook.ts';
import type { Context, Reading, Rejection, RejectReason } from '../contract/reading.ts';
import type { Reclassification } from '../contract/reclassification.ts';

/** Cumulative counts of what has been worked off, as of a cursor. */
export interface SettledCounts {
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
}

/** How far the store has come: the journal position after the last record it covers, and the counts up to there. */
export interface Cursor {
  readonly position: number;
  readonly counts: SettledCounts;
}

/** A stretch of a line's time whose derived rows no longer follow from its readings; `[from, to]`, ms. */
export interface Dirty {
  readonly line: string;
  readonly from: number;
  readonly to: number;
}

/** What one stretch of the journal became. Written whole or not at all, together with its cursor. */
export interface StoreBatch {
  /** New readings only: no (line, ts) that is stored already, none twice. */
  readonly readings: readonly Reading[];
  readonly rejections: readonly Rejection[];
  readonly dirty: readonly Dirty[];
  /** In the order in which they were made, after all that are stored; none that is stored already. Kept for good. */
  readonly reclassifications?: readonly Reclassification[];
  readonly cursor: Cursor;
}

/** What became of a batch: how far the store has come, with the counts as they are now, and which readings it would not have. */
export interface Taken {
  readonly cursor: Cursor;
  readonly setAside: readonly Reading[];
}

/** All a fold needs to go on from `at` (a minute's first ms) as if it had seen every reading before; `carry` is opaque JSON text. */
export interface Checkpoint {
  readonly line: string;
  readonly at: number;
  readonly carry: string;
}

/** From `ts` on this context is in force on the line. */
export interface ContextChange extends Context {
  readonly line: string;
  readonly ts: number;
}

/** `count` minutes in a row, from `minute` on, each like the row: what readings that hold for long come to. */
export interface MinuteRun extends MinuteRow {
  readonly count: number;
}

/**
 * Derived rows of one line for `[from, to)`, replacing whatever the store holds of that line in it
 * (`fresh` promises that it holds nothing there). Persisted batch records that touch it are dropped. What lies within it
 * of dirty marks is cleared, unless it is fresh: that only adds rows, and does not make good what came late.
 */
export interface DerivedPatch {
  readonly line: string;
  readonly from: number;
  readonly to: number;
  readonly fresh: boolean;
  readonly minutes: readonly MinuteRow[];
  /** More minutes, none of which is among `minutes`. */
  readonly runs?: readonly MinuteRun[];
  readonly checkpoints: readonly Checkpoint[];
  readonly contexts: readonly ContextChange[];
}

export interface ReadingKey {
  readonly line: string;
  readonly ts: number;
}

export interface ReadingsQuery {
  readonly lines: readonly string[];
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Only these metrics are fetched; absent: all of them. */
  readonly metrics?: readonly string[];
}

/** What the store does not tell, or could only count slowly, is null. */
export interface StoreSize {
  readonly sizeBytes: number | null;
  readonly readings: number | null;
}

/** How long things are kept. Raw readings go when they are older than `rawDays` or the store is larger than `rawBytes`. */
export interface Retention {
  readonly rawDays: number;
  readonly rawBytes: number;
  readonly minuteYears: number;
}

/** Of sums: everything, all but the stops, or the stops alone. */
export type TotalsPart = 'all' | 'amounts' | 'stops';

export interface Store {
  readonly kind: 'duckdb' | 'influxdb';
  readonly alarms: AlarmBook;
  cursor(): Promise<Cursor>;
  /**
   * All or nothing; a failure leaves the store as it was, and the same batch may be written again. Each batch moves the
   * cursor on: one whose cursor is not past the store's is in it already, and nothing is written. A reading that can never be
   * written is set aside alone: it is counted as rejected instead of stored, and kept with the rejections.
   */
  write(batch: StoreBatch): Promise<Taken>;
  writeDerived(patches: readonly DerivedPatch[]): Promise<void>;
  /** Those of the keys that are stored already. */
  known(keys: readonly ReadingKey[]): Promise<ReadingKey[]>;
  /** The newest stored ts of every line that has any. */
  heads(): Promise<Map<string, number>>;
  dirty(): Promise<Dirty[]>;
  /** Undeclared metric names seen on each line so far. */
  undeclaredMetrics(): Promise<Map<string, string[]>>;
  /** Of the lines: those that touch `[from, to)`, in the order in which they were made. */
  reclassifications(lines: readonly string[], from: number, to: number): Promise<Reclassification[]>;
  /** Readings sorted by (line, ts), in chunks, as one snapshot. */
  readings(query: ReadingsQuery): AsyncIterable<Reading[]>;
  /** The newest checkpoint of the line with `at` ≤ the given time, or null. */
  checkpoint(line: string, at: number): Promise<Checkpoint | null>;
  /** The newest checkpoint of every line. */
  lastCheckpoints(): Promise<Checkpoint[]>;
  /** Checkpoints of a line with from ≤ at < to, oldest first. */
  checkpoints(line: string, from: number, to: number): Promise<Checkpoint[]>;
  /** Minute rows of the lines with from ≤ minute < to, sorted by (line, minute). */
  minutes(lines: readonly string[], from: number, to: number): Promise<MinuteRow[]>;
  /** The same rows summed, one entry a line that has any. */
  sums(lines: readonly string[], from: number, to: number): Promise<Map<string, Sums>>;
  /**
   * The same rows summed over groups of lines and slices of time, which begin and end with whole minutes: `[group][slice]`.
   * For stores that have a quicker way than one question a slice (store/totals.ts). What is not of the part asked for is zero.
   */
  totals?(groups: readonly (readonly string[])[], slices: readonly Slice[], part?: TotalsPart): Promise<Sums[][]>;
  /** Context changes of a line, oldest first: those with from ≤ ts < to, preceded by the one in force at `from`. */
  contexts(line: string, from: number, to: number): Promise<ContextChange[]>;
  /** At most `points` slices of equal length over the window, raw minimum, maximum and mean of each that has values. */
  series(line: string, metric: string, from: number, to: number, points: number): Promise<Point[]>;
  /** Another one whenever some of the line's derived rows were replaced. */
  edition(line: string): Promise<number>;
  /** Given the edition from before the record was worked out, nothing is saved where it is another one by now. */
  saveBatch(record: BatchRecord, edition?: number): Promise<void>;
  /** Saved records of a line's finished batches. */
  savedBatches(line: string): Promise<BatchRecord[]>;
  /** The newest rejections of a line, newest first, at most `limit`. */
  rejections(line: string, limit: number): Promise<Rejection[]>;
  /** Seals what is full, drops what has expired. Called every minute or so; cheap when there is nothing to do. */
  maintain(now: number): Promise<void>;
  size(): Promise<StoreSize>;
  /** Copies all that it holds at one moment into the folder, and gives its bytes. Writing waits meanwhile. The embedded one alone has it. */
  copy?(folder: string): Promise<number>;
  close(): Promise<void>;
}
