/**
 * Latency: how long readings took from receipt to their live record, over the last minute or two.
 * Comes in: milliseconds, many a second. Goes out: three quantiles. Bounded memory, whatever the rate.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { LatencyMs } from '../contract/api.ts';

const turnMs = 60_000;

export class Latency {
  #current: RecordableHistogram = createHistogram();
  #previous: RecordableHistogram = createHistogram();
  #turnedAt = 0;

  record(milliseconds: number, now: number): void {
    if (now - this.#turnedAt >= turnMs) {
      this.#previous = this.#current;
      this.#current = createHistogram();
      this.#turnedAt = now;
    }
    this.#current.record(Math.max(1, Math.round(milliseconds)));
  }

  quantiles(): LatencyMs {
    const both = createHistogram();
    both.add(this.#previous);
    both.add(this.#current);
    const at = (percent: number): number => (both.count === 0 ? 0 : both.percentile(percent));
    return { p50: at(50), p95: at(95), p99: at(99) };
  }
}
