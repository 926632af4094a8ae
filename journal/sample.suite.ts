/**
 * Records to test journals with, and ways to write and read many of them at once.
 * Comes in: numbers. Goes out: records that carry their number in the payload, so that each can be told from any other.
 */
import type { Journal, JournalBatch, JournalRecord, Position } from './journal.ts';

const plenty = 1024 * 1024;

export function sampleRecord(index: number, payloadBytes = 150): JournalRecord {
  const payload = Buffer.from(`{"seq":${String(index)},"fill":"`.padEnd(payloadBytes - 2, 'x') + '"}');
  const topic = `bobbin/v1/emb/f001/w1/emb-${String(index % 1300)}/telemetry`;
  return { kind: 'telemetry', topic, receivedAt: 1_763_886_000_000 + index, payload, payloadBytes: payload.length };
}

/** The `seq` that `sampleRecord` put into the payload. */
export function seqOf(record: JournalRecord): number {
  return (JSON.parse(Buffer.from(record.payload).toString()) as { seq: number }).seq;
}

/** Reads from a position up to where the journal ends now. */
export async function readAll(journal: Journal, from: Position, maxBytes = plenty): Promise<JournalBatch> {
  const { next } = await journal.health();
  const whole: JournalBatch = { from, next: from, records: [], positions: [], damaged: 0 };
  let soFar = whole;
  while (soFar.next < next) {
    const batch = await journal.read(soFar.next, maxBytes);
    if (!batch) throw new Error('the journal is closed');
    soFar = {
      from,
      next: batch.next,
      records: [...soFar.records, ...batch.records],
      positions: [...soFar.positions, ...batch.positions],
      damaged: soFar.damaged + batch.damaged,
    };
  }
  return soFar;
}

export function appendMany(journal: Journal, from: number, count: number, payloadBytes?: number): Promise<void>[] {
  return Array.from({ length: count }, (_, index) => journal.append(sampleRecord(from + index, payloadBytes)));
}
