/**
 * How records lie on disk: a block is a header and the records of one commit, one after the other, each with its own
 * length and CRC. Comes in: records, or the bytes of a block. Goes out: bytes, or the records that are still whole.
 * Never throws for damaged bytes: what does not check out is left out and counted.
 */
import { crc32 } from 'node:zlib';
import type { JournalRecord, Position } from './journal.ts';

/** The records of one commit: `count` of them, the first at position `first`, encoded in `bytes`. */
export interface Block {
  readonly first: Position;
  readonly count: number;
  readonly bytes: Buffer;
}

/** Records that were whole, with their positions beside them. */
export interface Decoded {
  readonly records: JournalRecord[];
  readonly positions: Position[];
}

/*
 * Big-endian throughout.
 * block:  crc32 of the rest of the header (4) · count (4) · first position (8, double) · records
 * record: crc32 of the rest of the record, begun with its index in the block (4) · length of what follows (4)
 *         · kind (1) · receivedAt (8, double) · payloadBytes (4) · topic length (2) · topic (UTF-8) · payload
 */
const blockHeaderBytes = 16;
const frameBytes = 8;
const fixedBytes = 15;
/** A kind is its place in this list: new ones go to its end. */
const kinds: readonly JournalRecord['kind'][] = ['telemetry', 'action'];
const longestTopicBytes = 0xffff;

/** Gathers records into one growing buffer, which is used again for the next block. */
export class BlockWriter {
  #buffer: Buffer;
  #end = blockHeaderBytes;
  #count = 0;

  constructor(initialBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#end;
  }

  /** Throws for a topic of more than 65,535 bytes, which MQTT cannot carry. */
  add(record: JournalRecord): void {
    const { topic, payload } = record;
    const start = this.#end;
    this.#reserve(start + frameBytes + fixedBytes + topic.length * 3 + payload.length);
    const buffer = this.#buffer;
    const topicStart = start + frameBytes + fixedBytes;
    const topicBytes = buffer.write(topic, topicStart);
    if (topicBytes > longestTopicBytes) throw new RangeError(`topic of ${String(topicBytes)} bytes`);
    const payloadStart = topicStart + topicBytes;
    buffer.set(payload, payloadStart);
    const end = payloadStart + payload.length;
    buffer.writeUInt32BE(end - start - frameBytes, start + 4);
    buffer[start + frameBytes] = kinds.indexOf(record.kind);
    buffer.writeDoubleBE(record.receivedAt, start + 9);
    buffer.writeUInt32BE(record.payloadBytes, start + 17);
    buffer.writeUInt16BE(topicBytes, start + 21);
    buffer.writeUInt32BE(crc32(buffer.subarray(start + 4, end), this.#count), start);
    this.#end = end;
    this.#count += 1;
  }

  /** The block so far, as bytes of its own, and starts the next one. */
  take(first: Position): Block {
    const bytes = Buffer.allocUnsafeSlow(this.#end);
    this.#buffer.copy(bytes, 0, 0, this.#end);
    const block = placeBlock({ first, count: this.#count, bytes }, first);
    this.#end = blockHeaderBytes;
    this.#count = 0;
    return block;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** The same records from another position on. The bytes stay where they are; only their header is written anew. */
export function placeBlock({ count, bytes }: Block, first: Position): Block {
  bytes.writeUInt32BE(count, 4);
  bytes.writeDoubleBE(first, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, blockHeaderBytes)), 0);
  return { first, count, bytes };
}

/** True where the block's bytes say themselves that they are this block. */
export function isBlock({ first, count, bytes }: Block): boolean {
  return (
    bytes.length >= blockHeaderBytes &&
    bytes.readUInt32BE(0) === crc32(bytes.subarray(4, blockHeaderBytes)) &&
    bytes.readUInt32BE(4) === count &&
    bytes.readDoubleBE(8) === first
  );
}

/**
 * Appends the block's records at or after `from` to `into` and gives how many of them were damaged. A record whose
 * length does not check out takes the rest of its block with it, for nothing says where the next one starts.
 */
export function decodeBlock(block: Block, from: Position, into: Decoded): number {
  const { first, count, bytes } = block;
  if (!isBlock(block)) return first + count - Math.max(first, from);
  let damaged = 0;
  let offset = blockHeaderBytes;
  for (let index = 0; index < count; index += 1) {
    const position = first + index;
    const end = offset + frameBytes <= bytes.length ? offset + frameBytes + bytes.readUInt32BE(offset + 4) : Infinity;
    if (end > bytes.length) return damaged + first + count - Math.max(position, from);
    if (position >= from) {
      const record = decodeRecord(bytes, index, offset, end);
      if (record) {
        into.records.push(record);
        into.positions.push(position);
      } else damaged += 1;
    }
    offset = end;
  }
  return damaged;
}

function decodeRecord(bytes: Buffer, index: number, start: number, end: number): JournalRecord | null {
  if (end - start < frameBytes + fixedBytes) return null;
  if (bytes.readUInt32BE(start) !== crc32(bytes.subarray(start + 4, end), index)) return null;
  const kind = kinds[bytes.readUInt8(start + frameBytes)];
  const topicStart = start + frameBytes + fixedBytes;
  const payloadStart = topicStart + bytes.readUInt16BE(start + 21);
  if (!kind || payloadStart > end) return null;
  return {
    kind,
    receivedAt: bytes.readDoubleBE(start + 9),
    payloadBytes: bytes.readUInt32BE(start + 17),
    topic: bytes.toString('utf8', topicStart, payloadStart),
    payload: bytes.subarray(payloadStart, end),
  };
}
