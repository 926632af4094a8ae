/**
 * Ways to wait: a promise that somebody else settles, and pauses that can all be cut short at once.
 * Comes in: a Clock. Goes out: promises that always settle. Never keeps a timer past the end of its pauses.
 */
import type { Clock } from '../contract/clock.ts';

export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function deferred(): Deferred {
  let resolve: Deferred['resolve'] = () => undefined;
  let reject: Deferred['reject'] = () => undefined;
  const promise = new Promise<void>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

export class Pauses {
  readonly #clock: Clock;
  readonly #running = new Set<() => void>();
  #isEnded = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after that time, or as soon as pauses have ended. */
  pause(milliseconds: number): Promise<void> {
    if (this.#isEnded || milliseconds <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        stop();
        this.#running.delete(end);
        resolve();
      };
      const stop = this.#clock.after(milliseconds, end);
      this.#running.add(end);
    });
  }

  /** Cuts every pause short, those to come as well. */
  end(): void {
    this.#isEnded = true;
    for (const end of this.#running) end();
  }
}
