/** A clock for tests: it moves when told, and timers run in order. Comes in: where it begins. Nothing waits for real time. */
import type { Clock, Stop } from './clock.ts';

/** A Monday at 08:00 UTC, a whole hour: what is counted by hours and shifts begins with one. */
const usualBegin = Date.UTC(2025, 10, 24, 8);

export class HandClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; readonly every: number | null; readonly callback: () => void }>();

  constructor(begin = usualBegin) {
    this.#now = begin;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Stop {
    return this.#add(milliseconds, null, callback);
  }

  every(milliseconds: number, callback: () => void): Stop {
    return this.#add(milliseconds, milliseconds, callback);
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = next.at;
      if (next.every === null) this.#timers.delete(next);
      else next.at += next.every;
      next.callback();
    }
    this.#now = end;
  }

  /** As after a long sleep: timers that fell due meanwhile fire once. */
  leap(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      if (timer.every === null) this.#timers.delete(timer);
      else timer.at = this.#now + timer.every;
      timer.callback();
    }
  }

  #add(milliseconds: number, every: number | null, callback: () => void): Stop {
    const timer = { at: this.#now + milliseconds, every, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
