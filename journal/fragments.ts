/**
 * LevelDB's log before LevelDB reads it: pages of 32 KiB, cut into fragments, each with a checksum of its own. A byte that has turned
 * would cost it the rest of the page, a hundred records and more. Comes in: a log's bytes. Goes out: new checksums for fragments
 * that are damaged inside but stand where they should, so that LevelDB hands them on and the records' own CRCs find the damaged one.
 * Where the damage may be in what LevelDB itself goes by (a length, a type, a sequence number, a key), it is left to LevelDB.
 */
import { isBlock } from './codec.ts';
import { entryOf, keyBytes } from './entry.ts';

/** A checksum to be written, and where. */
export interface Mend {
  readonly offset: number;
  readonly checksum: Buffer;
}

/*
 * Little-endian.
 * fragment: masked crc32c of type and data (4) · length (2) · type (1) · data
 * data, begun: sequence number (8) · entries (4) · 1, for a put (1) · 16, the length of the key (1) · key (16) · length of the value (varint) · value
 */
const pageBytes = 32_768;
const headerBytes = 7;
const types = { full: 1, first: 2, middle: 3, last: 4 };
const keyAt = 14;
/** One entry, a put, and how long its key is. */
const onePut = Buffer.from([1, 0, 0, 0, 1, keyBytes]);
/** LevelDB has 56 bits for sequence numbers, and goes on from the highest: where damage made a huge one up, few would be left. */
const highestSequence = 2n ** 48n;

interface Fragment {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

export function mendsOf(log: Buffer): Mend[] {
  const mends: Mend[] = [];
  let isOpen = false;
  for (let at = 0; at + headerBytes <= log.length;) {
    const fragment = fragmentAt(log, at);
    if (!fragment || !stands(log, fragment, isOpen)) {
      // Nothing says where the next fragment starts, but that one does at the next page.
      at = pageEnd(at);
      isOpen = false;
      continue;
    }
    const { type, start, end } = fragment;
    const begins = type === types.full || type === types.first;
    const checksum = checksumOf(log.subarray(start - 1, end));
    const isWhole = checksum.equals(log.subarray(at, at + 4));
    const isOurs = isWhole || !begins || isPut(log.subarray(start, end));
    if (!isWhole && isOurs) mends.push({ offset: at, checksum });
    isOpen = isOurs && (type === types.first || type === types.middle);
    at = pageEnd(end) - end < headerBytes ? pageEnd(end) : end;
  }
  return mends;
}

function fragmentAt(log: Buffer, at: number): Fragment | null {
  const start = at + headerBytes;
  const end = start + log.readUInt16LE(at + 4);
  const type = log.readUInt8(at + 6);
  return type >= types.full && type <= types.last && end <= pageEnd(at) && end <= log.length ? { type, start, end } : null;
}

/** What is not the end of its entry fills its page; behind everything else another fragment begins, or nothing does. */
function stands(log: Buffer, { type, end }: Fragment, isOpen: boolean): boolean {
  if (isOpen !== (type === types.middle || type === types.last)) return false;
  const left = (pageBytes - (end % pageBytes)) % pageBytes;
  if (type === types.first || type === types.middle) return left === 0;
  return left < headerBytes || end === log.length || (end + headerBytes <= log.length && fragmentAt(log, end) !== null);
}

/** True where all that LevelDB goes by is right: one put of a block whose own header bears out its key. */
function isPut(data: Buffer): boolean {
  if (data.length < keyAt + keyBytes || data.readBigUInt64LE(0) > highestSequence) return false;
  if (!data.subarray(8, keyAt).equals(onePut)) return false;
  const entry = entryOf(data.subarray(keyAt, keyAt + keyBytes));
  if (entry === null) return false;
  const length = varintOf(entry.sizeBytes);
  const value = data.subarray(keyAt + keyBytes);
  return value.subarray(0, length.length).equals(length) && isBlock({ ...entry, bytes: value.subarray(length.length) });
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** The end of the page that `at` lies in; an end of a page is the beginning of the next. */
function pageEnd(at: number): number {
  return (Math.floor(at / pageBytes) + 1) * pageBytes;
}

/** crc32c, masked as LevelDB does it, so that a checksum of data that holds checksums is no weaker. */
function checksumOf(bytes: Buffer): Buffer {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (castagnoli[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  crc = ~crc >>> 0;
  const masked = Buffer.allocUnsafe(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0);
  return masked;
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  return crc;
});
