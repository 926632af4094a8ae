/**
 * Turns: when a line that keeps getting late readings is corrected again. At once at first; while more keeps coming, after
 * pauses that double; and soon after it has stopped. So a backlog costs a handful of corrections, whatever order it comes in,
 * and its end is never waited for long. Comes in: lines and instants. Goes out: whose turn it is. It has no clock.
 */
import { elapsedMs } from './elapsed.ts';

/** A line rests at least this long between two turns. */
const restMs = 1_000;
/** However long a backlog is, what has come of it is looked at this often. */
const longestRestMs = 30_000;
/** Nothing more for this long: the burst is over. */
const quietMs = 2_000;

interface Burst {
  heardAt: number;
  turnAt: number;
  restMs: number;
}

export class Turns {
  readonly #bursts = new Map<string, Burst>();

  /** Something has come for the line. */
  note(line: string, now: number): void {
    const burst = this.#bursts.get(line);
    if (!burst) this.#bursts.set(line, { heardAt: now, turnAt: Number.NEGATIVE_INFINITY, restMs });
    else {
      if (elapsedMs(burst.heardAt, now) >= quietMs) burst.restMs = restMs;
      burst.heardAt = now;
    }
  }

  isDue(line: string, now: number): boolean {
    const burst = this.#bursts.get(line);
    if (!burst) return true;
    const restedMs = elapsedMs(burst.turnAt, now);
    return restedMs >= burst.restMs || (restedMs >= restMs && elapsedMs(burst.heardAt, now) >= quietMs);
  }

  /** The line has had its turn. */
  take(line: string, now: number): void {
    const burst = this.#bursts.get(line);
    if (!burst) return;
    if (burst.turnAt !== Number.NEGATIVE_INFINITY) burst.restMs = Math.min(2 * burst.restMs, longestRestMs);
    burst.turnAt = now;
  }
}
