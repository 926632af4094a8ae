/**
 * The journal's size bound: whether a block fits, and word in the log when appends begin and cease to wait for room.
 * Comes in: sizes. Goes out: verdicts. It measures nothing itself; an empty journal has room for a block of any size.
 */
import type { Logger } from 'pino';
import type { Block } from './codec.ts';

export class Bound {
  readonly #limitBytes: number;
  readonly #log: Logger;
  #isFull = false;

  constructor(limitBytes: number, log: Logger) {
    this.#limitBytes = limitBytes;
    this.#log = log;
  }

  /** True while an append waits for room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  hasRoom(sizeBytes: number, block: Block): boolean {
    return sizeBytes === 0 || sizeBytes + block.bytes.length <= this.#limitBytes;
  }

  setFull(isFull: boolean): void {
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    if (isFull) this.#log.error({ limitBytes: this.#limitBytes }, 'journal is full; acknowledgements are withheld until it is trimmed');
    else this.#log.info('journal has room again');
  }
}
