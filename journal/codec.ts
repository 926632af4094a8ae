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
 * Appends the block's records at or after `from` to `into` and gives how many of them were damaged. Where a record is, its length may be, too:
 * then the next whole one is looked for, which its CRC tells, begun with its index, from whatever else lies there.
 */
export function decodeBlock(block: Block, from: Position, into: Decoded): number {
  const { first, count, bytes } = block;
  let place: Place | null = isBlock(block) ? { index: 0, offset: blockHeaderBytes } : null;
  let lost = Math.max(0, count - Math.max(0, from - first));
  while (place && place.index < count) {
    const position = first + place.index;
    const record = decodeRecord(bytes, place);
    if (record && position >= from) {
      into.records.push(record);
      into.positions.push(position);
      lost -= 1;
    }
    place = record ? { index: place.index + 1, offset: endAt(bytes, place.offset) } : nextWhole(bytes, place, count);
  }
  return lost;
}

/** Which record of a block, and where it begins. */
interface Place {
  readonly index: number;
  readonly offset: number;
}

/** Where the record that begins there ends, if its length is right. */
function endAt(bytes: Buffer, offset: number): number {
  return offset + frameBytes <= bytes.length ? offset + frameBytes + bytes.readUInt32BE(offset + 4) : Infinity;
}

/** The first whole record behind a damaged one; null where there is none. */
function nextWhole(bytes: Buffer, { index, offset }: Place, count: number): Place | null {
  // Mostly its length is right, and says where.
  const next = { index: index + 1, offset: endAt(bytes, offset) };
  if (next.index < count && canBegin(bytes, next.offset) && isWhole(bytes, next)) return next;
  for (let start = offset + 1; start < bytes.length; start += 1) {
    for (let later = index + 1; canBegin(bytes, start) && later < count; later += 1) {
      const place = { index: later, offset: start };
      if (isWhole(bytes, place)) return place;
    }
  }
  return null;
}

/** What a record's beginning says of itself at all. */
function canBegin(bytes: Buffer, start: number): boolean {
  const end = endAt(bytes, start);
  return end <= bytes.length && end - start >= frameBytes + fixedBytes && bytes.readUInt8(start + frameBytes) < kinds.length;
}

function isWhole(bytes: Buffer, { index, offset }: Place): boolean {
  return bytes.readUInt32BE(offset) === crc32(bytes.subarray(offset + 4, endAt(bytes, offset)), index);
}

function decodeRecord(bytes: Buffer, place: Place): JournalRecord | null {
  const { offset } = place;
  if (!canBegin(bytes, offset) || !isWhole(bytes, place)) return null;
  const end = endAt(bytes, offset);
  const kind = kinds[bytes.readUInt8(offset + frameBytes)];
  const topicStart = offset + frameBytes + fixedBytes;
  const payloadStart = topicStart + bytes.readUInt16BE(offset + 21);
  if (!kind || payloadStart > end) return null;
  return {
    kind,
    receivedAt: bytes.readDoubleBE(offset + 9),
    payloadBytes: bytes.readUInt32BE(offset + 17),
    topic: bytes.toString('utf8', topicStart, payloadStart),
    payload: bytes.subarray(payloadStart, end),
  };
}
