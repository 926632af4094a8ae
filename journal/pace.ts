/**
 * The pace of commits under load: so far apart that each takes many appends along, at once where there is little to do.
 * Comes in: appends on their way, and when commits begin. Goes out: the next group, when it is its time.
 */
import type { Clock } from '../contract/clock.ts';
import type { Group, Intake } from './intake.ts';
import type { Pauses } from './waiting.ts';

/** Commits start this far apart under load: an fsync costs the CPU of a hundred records, and a PUBACK may take 30 ms. */
const gatherMs = 20;

export class Pace {
  readonly #clock: Clock;
  readonly #pauses: Pauses;
  #begunAt = 0;

  constructor(clock: Clock, pauses: Pauses) {
    this.#clock = clock;
    this.#pauses = pauses;
  }

  /** The oldest group, given time to fill where the last commit has only just been; null where there is none. */
  async take(intake: Intake): Promise<Group | null> {
    if (intake.isEmpty) return null;
    const sinceMs = Math.max(0, this.#clock.now() - this.#begunAt);
    if (!intake.hasWholeBlock) await this.#pauses.pause(gatherMs - sinceMs);
    return intake.take();
  }

  /** A commit begins; gives when. */
  begin(): number {
    this.#begunAt = this.#clock.now();
    return this.#begunAt;
  }
}
