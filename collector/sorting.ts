/**
 * Sorting: tells new readings from repeated ones, so that each (line, ts) is stored once.
 * Comes in: decoded stretches. Goes out: accepted readings in order of arrival, rejections, and how many were repeated.
 * What is recent is decided from memory, what is older is asked of the store.
 */
import type { Reading, Rejection } from '../contract/reading.ts';
import type { ReadingKey } from '../store/store.ts';
import type { Stretch } from './intake.ts';
import type { RecentTimes } from './recent.ts';

export interface Sorted {
  readonly accepted: readonly Reading[];
  readonly rejections: readonly Rejection[];
  readonly duplicates: number;
}

/** `known` answers which of the keys are stored already. */
export async function sortReadings(
  stretches: readonly Stretch[],
  recent: RecentTimes,
  known: (keys: readonly ReadingKey[]) => Promise<ReadingKey[]>,
): Promise<Sorted> {
  const accepted: Reading[] = [];
  const rejections: Rejection[] = [];
  const asked: Reading[] = [];
  let duplicates = 0;
  for (const stretch of stretches) {
    for (const packet of stretch.packets) {
      for (const rejection of packet.rejections) rejections.push(rejection);
      for (const reading of packet.readings) {
        const verdict = recent.verdict(reading.line, reading.ts);
        if (verdict === 'ask') asked.push(reading);
        else if (verdict === 'known') duplicates += 1;
        else {
          recent.add(reading.line, reading.ts);
          accepted.push(reading);
        }
      }
    }
  }
  if (asked.length === 0) return { accepted, rejections, duplicates };
  // More of a line may have come at once than is remembered of it: what was accepted just now is not stored yet.
  const stored = new Set([...(await known(asked)), ...accepted].map(keyText));
  for (const reading of asked) {
    const key = keyText(reading);
    if (stored.has(key)) duplicates += 1;
    else {
      stored.add(key);
      recent.add(reading.line, reading.ts);
      accepted.push(reading);
    }
  }
  return { accepted, rejections, duplicates };
}

function keyText({ line, ts }: ReadingKey): string {
  return `${line} ${String(ts)}`;
}
