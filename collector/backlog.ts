/**
 * Backlogs: packets that a device or gateway kept for long and delivers in bulk. Nothing of the present is in them, so the live
 * side does not wait for their decoding: at the head of the journal their times are only looked at, and they are decoded when they
 * are stored. Comes in: a journal record. Goes out: how many readings it seems to have, of when, or null where it belongs to the present.
 */
import { readingLimits } from '../contract/reading.ts';
import type { JournalRecord } from '../journal/journal.ts';

/** Fewer readings than this are decoded as quickly as counted. */
const bulkReadings = 100;
/** The shortest reading, `{"ts":1763886000123}` and a comma, in bulk. */
const bulkBytes = bulkReadings * 21;
/** Readings this old say nothing of what a line does now. */
const oldMs = 15 * 60_000;
/** How a time begins. Within a string a quotation mark has a backslash before it, so this is always a key. */
const key = Buffer.from('"ts":');
const [bracket, comma, brace] = [0x5b, 0x2c, 0x7d];
const [zero, nine] = [0x30, 0x39];

/** What a look at the times tells: right for what devices send, and put right by the decoder for anything else. */
export interface Backlog {
  readonly count: number;
  /** When the newest reading was measured, and the oldest. */
  readonly newest: number;
  readonly oldest: number;
}

export function backlogOf({ payload, payloadBytes, receivedAt }: JournalRecord): Backlog | null {
  if (payloadBytes < bulkBytes || payloadBytes > readingLimits.payloadBytes || payload[0] !== bracket) return null;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let count = 0;
  let newest = Number.NEGATIVE_INFINITY;
  let oldest = Number.POSITIVE_INFINITY;
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at)) {
    at += key.length;
    const ts = wholeAt(bytes, at);
    if (ts === null || !isOld(ts, receivedAt)) return null;
    count += 1;
    newest = Math.max(newest, ts);
    oldest = Math.min(oldest, ts);
  }
  return count < bulkReadings || count > readingLimits.readingsPerPacket ? null : { count, newest, oldest };
}

export function isOld(ts: number, receivedAt: number): boolean {
  return ts < receivedAt - oldMs;
}

/** The whole number that stands there; null where something else does. */
function wholeAt(bytes: Buffer, from: number): number | null {
  let value = 0;
  for (let at = from; ; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= zero && byte <= nine) value = value * 10 + byte - zero;
    else return at > from && (byte === comma || byte === brace) ? value : null;
  }
}
