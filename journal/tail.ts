/**
 * The newest blocks, kept in memory so that a reader near the head never touches the disk.
 * Comes in: blocks, in order, once they are durable. Goes out: the blocks from a position on, or null where that
 * position has left memory already. Never holds more than its bound, save for one block.
 */
import type { Block } from './codec.ts';
import type { Position } from './journal.ts';

export class Tail {
  readonly #limitBytes: number;
  #blocks: Block[] = [];
  /** Blocks before this index have left; the array is cut now and then, not at every block. */
  #start = 0;
  #sizeBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The first position held, or null while empty. */
  get first(): Position | null {
    return this.#blocks[this.#start]?.first ?? null;
  }

  push(block: Block): void {
    this.#blocks.push(block);
    this.#sizeBytes += block.bytes.length;
    while (this.#sizeBytes > this.#limitBytes && this.#blocks.length - this.#start > 1) this.#shift();
  }

  /** Lets go of every block that ends at or before the position. */
  dropBefore(position: Position): void {
    for (let oldest = this.#blocks[this.#start]; oldest && oldest.first + oldest.count <= position; oldest = this.#blocks[this.#start]) {
      this.#shift();
    }
  }

  /** Blocks from the one that holds `from` on: at least one, and no more than about `maxBytes`. */
  from(from: Position, maxBytes: number): Block[] | null {
    if (this.first === null || this.first > from) return null;
    const found: Block[] = [];
    let sizeBytes = 0;
    for (let index = this.#indexOf(from); index < this.#blocks.length; index += 1) {
      const block = this.#blocks[index];
      if (!block || (found.length > 0 && sizeBytes + block.bytes.length > maxBytes)) break;
      found.push(block);
      sizeBytes += block.bytes.length;
    }
    return found;
  }

  /** Index of the first block that ends after `from`. */
  #indexOf(from: Position): number {
    let low = this.#start;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle];
      if (block && block.first + block.count <= from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #shift(): void {
    this.#sizeBytes -= this.#blocks[this.#start]?.bytes.length ?? 0;
    this.#start += 1;
    if (this.#start * 2 < this.#blocks.length) return;
    this.#blocks = this.#blocks.slice(this.#start);
    this.#start = 0;
  }
}
