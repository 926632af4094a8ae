/**
 * What a store keeps of what was refused. Comes in: rejections, or what is made of them, in order of arrival; readings the store would never
 * have. Goes out: the newest of each line, no more than are kept anyway, so that a flood of them costs little; and a batch in which readings
 * that cannot be stored are rejections.
 */
import { readingLimits, type Reading, type Rejection } from '../contract/reading.ts';
import type { StoreBatch } from './store.ts';

export function newestOfEach<One extends { readonly line: string }>(rejections: readonly One[]): One[] {
  const counts = new Map<string, number>();
  return rejections
    .toReversed()
    .filter(({ line }) => {
      const count = (counts.get(line) ?? 0) + 1;
      counts.set(line, count);
      return count <= readingLimits.rejectionsKeptPerLine;
    })
    .toReversed();
}

/** A reading that can never be stored, and why. */
export interface Misfit {
  readonly reading: Reading;
  readonly words: string;
}

/** The batch with these readings set aside: among the rejections, and counted as such. */
export function withoutMisfits(batch: StoreBatch, misfits: readonly Misfit[]): StoreBatch {
  if (misfits.length === 0) return batch;
  const refused = new Set(misfits.map(({ reading }) => reading));
  const { stored, duplicate, rejected } = batch.cursor.counts;
  const counts = {
    stored: stored - misfits.length,
    duplicate,
    rejected: { ...rejected, 'not-storable': (rejected['not-storable'] ?? 0) + misfits.length },
  };
  return {
    ...batch,
    readings: batch.readings.filter((reading) => !refused.has(reading)),
    rejections: [...batch.rejections, ...misfits.map(rejectionOf)],
    cursor: { ...batch.cursor, counts },
  };
}

function rejectionOf({ reading, words }: Misfit): Rejection {
  const { line, receivedAt } = reading;
  const sample = JSON.stringify(reading).slice(0, readingLimits.rejectionSampleCharacters);
  return { line, receivedAt, reason: 'not-storable', detail: words, sample };
}
