/**
 * Retrying at the one edge that talks to the store: an operating fault is waited out, never lost and never fatal.
 * Comes in: something to do. Goes out: its result, however long it takes; what is wrong meanwhile can be asked for.
 */
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export class Patience {
  /** What does not work at the moment, in words; null while everything does. */
  trouble: string | null = null;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Tries until it works, with growing pauses of at most 5 s. */
  async untilDone<T>(what: string, action: () => Promise<T>): Promise<T> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        const result = await action();
        if (this.trouble !== null) this.#log.info(`could ${what} again`);
        this.trouble = null;
        return result;
      } catch (error) {
        if (this.trouble === null) this.#log.error({ err: error }, `cannot ${what}; trying again until it works`);
        this.trouble = `cannot ${what}: ${error instanceof Error ? error.message : String(error)}`;
        await pause(this.#clock, pauseMs);
      }
    }
  }
}

export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
