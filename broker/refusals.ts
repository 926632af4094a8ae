/**
 * What the broker has refused, counted by reason, and told in the log without letting anybody flood it.
 * Comes in: a reason and what it was about. Goes out: counts, and a log line for the first of each reason, then at most
 * one a minute with how many there were since.
 */
import type { Logger } from 'pino';
import type { Clock, Stop } from '../contract/clock.ts';
import type { FrameFault } from './frames.ts';

export type RefusalReason =
  FrameFault | 'too-many-connections' | 'identifier' | 'password' | 'will' | 'publish' | 'subscribe' | 'backlog' | 'revoked' | 'protocol';

const quietMs = 60_000;

export class Refusals {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #counts = new Map<RefusalReason, number>();
  /** Reasons that were told less than a minute ago, with how to stop waiting for that minute. */
  readonly #quiet = new Map<RefusalReason, Stop>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(reason: RefusalReason, about: Readonly<Record<string, unknown>>): void {
    const count = this.#count(reason) + 1;
    this.#counts.set(reason, count);
    if (this.#quiet.has(reason)) return;
    this.#log.warn({ reason, ...about }, 'refused');
    this.#keepQuiet(reason, count);
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  close(): void {
    for (const stop of this.#quiet.values()) stop();
    this.#quiet.clear();
  }

  #count(reason: RefusalReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  #keepQuiet(reason: RefusalReason, told: number): void {
    const stop = this.#clock.after(quietMs, () => {
      this.#quiet.delete(reason);
      const more = this.#count(reason) - told;
      if (more === 0) return;
      this.#log.warn({ reason, more }, 'refused again within a minute');
      this.#keepQuiet(reason, told + more);
    });
    this.#quiet.set(reason, stop);
  }
}
