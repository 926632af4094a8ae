/**
 * Patience with a disk that refuses: whatever fails is tried again, ever less often, on files opened afresh.
 * Comes in: operations on the disk. Goes out: their completion, however long that takes, and whether the disk refuses now.
 * Gives up only when told to stop; mistakes in the code are passed on at once.
 */
import type { Logger } from 'pino';
import { isDamage, isFault, type Disk } from './disk.ts';
import type { Pauses } from './waiting.ts';

export interface PatienceOptions {
  readonly disk: Disk;
  readonly pauses: Pauses;
  readonly log: Logger;
  /** Called each time the files have been opened afresh, before anything else is tried. */
  readonly onReopened: () => Promise<void>;
}

/** Waits before the files are opened afresh: the first one, and the longest they grow to. */
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

  /** True from a failed write until one succeeds. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Resolves once the write has succeeded. Rejects with its last error where it has not by the time of the stop. */
  async write(operation: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await operation();
        this.#accepted();
        return;
      } catch (error) {
        if (this.#isStopped || !isFault(error)) throw error;
        this.#refused(error);
        await this.heal(error);
      }
    }
  }

  /** Opens the files afresh after this error, repaired where it tells of damage. Many may ask at once; it is done once. */
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
    const { disk, pauses, onReopened } = this.#options;
    let error = first;
    for (;;) {
      await pauses.pause(this.#waitMs);
      this.#waitMs = Math.min(this.#waitMs * 2, longestWaitMs);
      if (this.#isStopped) return;
      try {
        await disk.reopen(isDamage(error));
        await onReopened();
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
    this.#options.log.error({ err: error }, 'disk refuses writes; acknowledgements are withheld until it takes them');
  }

  #accepted(): void {
    this.#waitMs = firstWaitMs;
    if (!this.#isRefused) return;
    this.#isRefused = false;
    this.#options.log.info('disk takes writes again');
  }
}
