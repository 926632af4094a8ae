/**
 * A batch made of blocks, decoded only when somebody looks at its records.
 * Comes in: blocks in the order of their positions. Goes out: what `read` promises. Never looks into blocks unasked, so
 * that a batch on its way to another thread costs no more than its bytes.
 */
import { decodeBlock, type Block, type Decoded } from './codec.ts';
import type { JournalBatch, JournalRecord, Position } from './journal.ts';

export class BlockBatch implements JournalBatch {
  readonly blocks: readonly Block[];
  readonly from: Position;
  readonly next: Position;
  #decoded: Decoded | null = null;

  /** All that is left of `[from, next)`: positions in none of the blocks count as damaged. */
  constructor(blocks: readonly Block[], from: Position, next: Position) {
    this.blocks = blocks;
    this.from = from;
    this.next = next;
  }

  get records(): readonly JournalRecord[] {
    return this.#decode().records;
  }

  get positions(): readonly Position[] {
    return this.#decode().positions;
  }

  get damaged(): number {
    return this.next - this.from - this.records.length;
  }

  /** Looks into every block now, and tells of those that are not whole, with the records lost of each. */
  check(onDamage: (block: Block, records: number) => void): void {
    this.#decode(onDamage);
  }

  #decode(onDamage?: (block: Block, records: number) => void): Decoded {
    if (this.#decoded) return this.#decoded;
    const decoded: Decoded = { records: [], positions: [] };
    let next = this.from;
    for (const block of this.blocks) {
      const end = block.first + block.count;
      if (end <= next) continue;
      const lost = decodeBlock(block, next, decoded);
      if (lost > 0) onDamage?.(block, lost);
      next = end;
    }
    this.#decoded = decoded;
    return decoded;
  }
}

/** Where the last of the blocks ends, or `from` where none of them goes beyond it. */
export function endOf(blocks: readonly Block[], from: Position): Position {
  return blocks.reduce((end, { first, count }) => Math.max(end, first + count), from);
}
