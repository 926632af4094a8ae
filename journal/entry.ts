/**
 * What LevelDB is told of a block: its key. Comes in: a block's position, count and size, or a key. Goes out: the key, or what it says,
 * null where it is none of ours. Keys sort by position.
 */
import type { Position } from './journal.ts';

/** What a key says of its block. */
export interface Entry {
  readonly first: Position;
  readonly count: number;
  readonly sizeBytes: number;
}

/* first position (8) · count (4) · size of the value in bytes (4), big-endian */
export const keyBytes = 16;

export function keyOf(first: Position, count = 0, sizeBytes = 0): Buffer {
  const key = Buffer.allocUnsafe(keyBytes);
  key.writeBigUInt64BE(BigInt(first), 0);
  key.writeUInt32BE(count, 8);
  key.writeUInt32BE(sizeBytes, 12);
  return key;
}

export function entryOf(key: Buffer): Entry | null {
  if (key.length !== keyBytes) return null;
  return { first: Number(key.readBigUInt64BE(0)), count: key.readUInt32BE(8), sizeBytes: key.readUInt32BE(12) };
}
