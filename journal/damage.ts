/**
 * The count of records that were lost to damage, each loss counted and logged once however often it is met.
 * Comes in: where a loss starts and how many records it took. Goes out: the total since the journal was opened.
 */
import type { Logger } from 'pino';
import type { Position } from './journal.ts';

export class Damage {
  readonly #log: Logger;
  readonly #known = new Set<Position>();
  #records = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  get records(): number {
    return this.#records;
  }

  /** `what` says in a word or two what was lost: records of a block, or a block as a whole. */
  found(what: string, position: Position, records: number): void {
    if (this.#known.has(position)) return;
    this.#known.add(position);
    this.#records += records;
    this.#log.error({ position, records }, `journal damaged: ${what}`);
  }

  forgetBefore(position: Position): void {
    for (const known of this.#known) if (known < position) this.#known.delete(known);
  }
}
