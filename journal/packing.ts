/**
 * Packing: a batch as one piece of bytes, to be handed to another thread without a copy of every record.
 * Comes in: a batch. Goes out: its packed form, and back; a batch made of blocks is neither decoded nor encoded for it.
 */
import { BlockBatch } from './batch.ts';
import { BlockWriter, type Block } from './codec.ts';
import type { JournalBatch, Position } from './journal.ts';

/** Both arrays may be transferred. */
export interface PackedBatch {
  readonly from: Position;
  readonly next: Position;
  /** Three numbers a block: its first position, its count of records, its size in bytes. */
  readonly positions: Float64Array;
  /** The blocks, one after the other. */
  readonly bytes: Uint8Array;
}

export function packBatch(batch: JournalBatch): PackedBatch {
  const blocks = batch instanceof BlockBatch ? batch.blocks : blocksOf(batch);
  const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + block.bytes.length, 0));
  let offset = 0;
  for (const block of blocks) {
    bytes.set(block.bytes, offset);
    offset += block.bytes.length;
  }
  const positions = Float64Array.from(blocks.flatMap((block) => [block.first, block.count, block.bytes.length]));
  return { from: batch.from, next: batch.next, positions, bytes };
}

export function unpackBatch({ from, next, positions, bytes }: PackedBatch): JournalBatch {
  const blocks: Block[] = [];
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (let index = 0; index + 2 < positions.length; index += 3) {
    const [first = 0, count = 0, sizeBytes = 0] = positions.subarray(index, index + 3);
    blocks.push({ first, count, bytes: whole.subarray(offset, offset + sizeBytes) });
    offset += sizeBytes;
  }
  return new BlockBatch(blocks, from, next);
}

/** One block for every run of neighbouring positions. */
function blocksOf({ records, positions }: JournalBatch): Block[] {
  const writer = new BlockWriter(64 * 1024);
  const blocks: Block[] = [];
  records.forEach((record, index) => {
    const position = positions[index] ?? 0;
    writer.add(record);
    if (positions[index + 1] !== position + 1) blocks.push(writer.take(position + 1 - writer.count));
  });
  return blocks;
}
