/**
 * How late the screen is: from a reading's own time to the frame that shows it. Comes in: what the server sent, the records as they are now, when it
 * was shown. Goes out: percentiles of the last ones, of changes of state and of numbers apart. Only devices whose clock is right can tell.
 */
import type { LineDelta, LiveRecord } from '../../../contract/live.ts';

/** As many as a busy zone shows in a minute or so. */
const kept = 5000;

export interface Percentiles {
  readonly count: number;
  /** Milliseconds; null without any. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export class Delays {
  readonly #turns: number[] = [];
  readonly #numbers: number[] = [];

  /** @param now the server's time at which the changes were shown. */
  add(changes: readonly LineDelta[], now: number, recordOf: (id: string) => LiveRecord | undefined): void {
    for (const { id, ts, since } of changes) {
      if (ts === undefined || ts === null || recordOf(id)?.clock !== null) continue;
      const delays = since === ts ? this.#turns : this.#numbers;
      delays.push(Math.max(0, now - ts));
      if (delays.length > kept) delays.shift();
    }
  }

  get turns(): Percentiles {
    return percentilesOf(this.#turns);
  }

  get numbers(): Percentiles {
    return percentilesOf(this.#numbers);
  }
}

function percentilesOf(delays: readonly number[]): Percentiles {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
