/**
 * The journal: the durable hand-over between whoever takes something in and whoever works it off.
 * Comes in: records, from the broker. Goes out: the same records, in order, in batches, to one reader with a cursor.
 * It never looks inside a payload, and never forgets a record before it is trimmed.
 */

/** A record's place in the journal: whole numbers from 0, one a record, never reused. */
export type Position = number;

/** One packet as it was taken in, of a device or of what somebody did. `payload` may be cut short; `payloadBytes` is the length it came with. */
export interface JournalRecord {
  readonly kind: 'telemetry' | 'action';
  /** The topic it was published on. */
  readonly topic: string;
  /** Milliseconds since the epoch, by the broker's clock. */
  readonly receivedAt: number;
  readonly payload: Uint8Array;
  readonly payloadBytes: number;
}

/** What `read` gives: records from `from` up to but not including `next`; damaged ones are left out but counted. */
export interface JournalBatch {
  readonly from: Position;
  readonly next: Position;
  readonly records: readonly JournalRecord[];
  /** Positions of the records, beside them. */
  readonly positions: readonly Position[];
  readonly damaged: number;
}

export interface JournalHealth {
  readonly sizeBytes: number;
  readonly limitBytes: number;
  /** True while appends wait because the journal is at its bound or the disk refuses writes. */
  readonly withheld: boolean;
  readonly damagedRecords: number;
  readonly first: Position;
  readonly next: Position;
}

export interface JournalWriter {
  /**
   * Resolves once the record is safe on disk (fsync). At the size bound, or while the disk refuses writes, it stays
   * pending until there is room again. Rejects only when the journal is closed.
   */
  append(record: JournalRecord): Promise<void>;
}

export interface JournalReader {
  /** Waits until there is at least one record at or after `from`, then gives up to about `maxBytes` of them (at least one). Null once closed. */
  read(from: Position, maxBytes: number): Promise<JournalBatch | null>;
  /** Forgets every record before `position`. */
  trim(position: Position): Promise<void>;
  health(): Promise<JournalHealth>;
}

export interface Journal extends JournalWriter, JournalReader {
  /**
   * Writes all that it holds, damage included, into a journal in a folder of that name, and gives its bytes. Nothing is forgotten until that
   * is done; `before` runs first, so that what it copies and this copy leave no gap. The embedded one alone has it.
   */
  copy?(folder: string, before: () => Promise<void>): Promise<number>;
  close(): Promise<void>;
}
