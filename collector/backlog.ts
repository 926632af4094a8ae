/**
 * Backlogs: packets that a device or gateway kept for long and delivers in bulk. Nothing of the present is in them, so the live
 * side does not wait for their decoding: at the head of the journal they are only counted, and decoded when they are stored.
 * Comes in: a journal record. Goes out: how many readings it has and how new the newest is, or null where it belongs to the present.
 */
import { readingLimits } from '../contract/reading.ts';
import type { JournalRecord } from '../journal/journal.ts';

/** Fewer readings than this are decoded as quickly as counted. */
const bulkReadings = 100;
/** The shortest reading, `{"ts":1763886000123}` and a comma, in bulk. */
const bulkBytes = bulkReadings * 21;
/** Readings this old say nothing of what a line does now. */
const oldMs = 15 * 60_000;

export interface Backlog {
  readonly count: number;
  /** When the newest reading was measured, and the oldest. */
  readonly newest: number;
  readonly oldest: number;
}

export function backlogOf({ payload, payloadBytes, receivedAt }: JournalRecord): Backlog | null {
  if (payloadBytes < bulkBytes || payloadBytes > readingLimits.payloadBytes) return null;
  const values = arrayOf(payload);
  if (values === null || values.length < bulkReadings || values.length > readingLimits.readingsPerPacket) return null;
  let newest = Number.NEGATIVE_INFINITY;
  let oldest = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const ts = typeof value === 'object' && value !== null && 'ts' in value ? value.ts : undefined;
    if (typeof ts !== 'number' || !isOld(ts, receivedAt)) return null;
    newest = Math.max(newest, ts);
    oldest = Math.min(oldest, ts);
  }
  return { count: values.length, newest, oldest };
}

export function isOld(ts: number, receivedAt: number): boolean {
  return ts < receivedAt - oldMs;
}

function arrayOf(payload: Uint8Array): unknown[] | null {
  // "[" begins an array, whatever comes before or after it: the decoder judges that.
  if (payload[0] !== 0x5b) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
