/**
 * A clock moved by hand, for tests. Comes in: how far to move it. Goes out: timers that fire as it passes them.
 */
import type { Clock } from '../../../contract/clock.ts';

/** Time that stands still until it is moved. */
export class Hand implements Clock {
  #now = 1_000_000;
  #timers = new Set<{ at: number; every: number | null; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + milliseconds, every: null, callback });
  }

  every(milliseconds: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + milliseconds, every: milliseconds, callback });
  }

  move(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      if (timer.every === null) this.#timers.delete(timer);
      else timer.at = this.#now + timer.every;
      timer.callback();
    }
  }

  #add(timer: { at: number; every: number | null; callback: () => void }): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
