/**
 * An answer of the API, reactive: asked when a component wants it and again every so often, the newest question alone counting.
 * Comes in: a question. Goes out: its last answer, and whether the last attempt failed.
 */
import { untrack } from 'svelte';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { Answer } from '../core/api.ts';

export class Asked<T> {
  value: T | null = $state.raw(null);
  failed = $state.raw(false);
  readonly #clock: Clock;
  #question = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks now, and again every `everyMs` where that is given; what it gives back ends that. An earlier answer stays until there is another. */
  ask(question: () => Promise<Answer<T>>, everyMs: number | null): Stop {
    const own = (this.#question += 1);
    const again = async (): Promise<void> => {
      const answer = await question();
      if (own !== this.#question) return;
      this.failed = answer.problem !== null;
      if (answer.value !== null) this.value = answer.value;
    };
    // What a question reads is no reason to ask it again.
    void untrack(again);
    const stop = everyMs === null ? null : this.#clock.every(everyMs, () => void again());
    return () => {
      stop?.();
      if (own === this.#question) this.#question += 1;
    };
  }
}
