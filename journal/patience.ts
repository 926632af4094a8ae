/**
 * Patience with a disk or a server that refuses: whatever fails is tried again, ever less often, on what was opened afresh.
 * Comes in: operations. Goes out: their completion, however long that takes, and whether they are refused now.
 * Gives up only when told to stop; mistakes in the code are passed on at once.
 */
import type { Logger } from 'pino';
import type { Pauses } from './waiting.ts';

export interface PatienceOptions {
  readonly pauses: Pauses;
  readonly log: Logger;
  /** What the log says when operations begin to be refused, and when they no longer are. */
  readonly says: { readonly refused: string; readonly accepted: string };
  /** True for what is to be tried again, as against a mistake in the code. */
  readonly isFault: (error: unknown) => error is Error;
  /** Opens afresh what gave this error, before anything else is tried. */
  readonly reopen: (error: unknown) => Promise<void>;
}

/** Waits before anything is opened afresh: the first one, and the longest they grow to. */
const firstWaitMs = 100;
const longestWaitMs = 5_000;

export class Patience {
  readonly #options: PatienceOptions;
  #waitMs = firstWaitMs;
  #healing: Promise<void> | null = null;
  #isRefused = false;
  #isStopped = false;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** True from a failed operation until one succeeds. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Gives what the operation gives once it has succeeded. Rejects with its last error where it has not by the time of the stop. */
  async insist<T>(operation: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await operation();
        this.#accepted();
        return result;
      } catch (error) {
        if (this.#isStopped || !this.#options.isFault(error)) throw error;
        this.#refused(error);
        await this.heal(error);
      }
    }
  }

  /** Opens afresh what gave this error. Many may ask at once; it is done once. */
  heal(error: unknown): Promise<void> {
    this.#healing ??= this.#reopen(error).finally(() => {
      this.#healing = null;
    });
    return this.#healing;
  }

  /** From now on nothing is tried again. The pauses are to be ended as well. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#healing;
  }

  async #reopen(first: unknown): Promise<void> {
    const { pauses, reopen, isFault } = this.#options;
    let error = first;
    for (;;) {
      await pauses.pause(this.#waitMs);
      this.#waitMs = Math.min(this.#waitMs * 2, longestWaitMs);
      if (this.#isStopped) return;
      try {
        await reopen(error);
        return;
      } catch (next) {
        if (!isFault(next)) throw next;
        error = next;
      }
    }
  }

  #refused(error: Error): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#options.log.error({ err: error }, this.#options.says.refused);
  }

  #accepted(): void {
    this.#waitMs = firstWaitMs;
    if (!this.#isRefused) return;
    this.#isRefused = false;
    this.#options.log.info(this.#options.says.accepted);
  }
}
