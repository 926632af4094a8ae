/**
 * Packing: a batch as one piece of bytes, to be handed to another thread or process without copying record by record.
 * Comes in: a batch. Goes out: its packed form, and back. What was whole before is whole after.
 */
import { BlockWriter, decodeBlock, type Decoded } from './codec.ts';
import type { JournalBatch, Position } from './journal.ts';

/** `bytes` may be transferred; `positions` has one entry a record. */
export interface PackedBatch {
  readonly from: Position;
  readonly next: Position;
  readonly damaged: number;
  readonly positions: Float64Array;
  readonly bytes: Uint8Array;
}

export function packBatch(batch: JournalBatch): PackedBatch {
  const writer = new BlockWriter(64 * 1024);
  for (const record of batch.records) writer.add(record);
  const { bytes } = writer.take(0);
  return { from: batch.from, next: batch.next, damaged: batch.damaged, positions: Float64Array.from(batch.positions), bytes };
}

export function unpackBatch(packed: PackedBatch): JournalBatch {
  const { bytes, positions } = packed;
  const decoded: Decoded = { records: [], positions: [] };
  decodeBlock({ first: 0, count: positions.length, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }, 0, decoded);
  return { from: packed.from, next: packed.next, damaged: packed.damaged, records: decoded.records, positions: [...positions] };
}
