/**
 * Appends on their way to the disk: gathered into blocks, in order, each block with one promise for all of its records.
 * Comes in: records. Goes out: groups, oldest first, each with its positions. Never touches the disk or the time.
 */
import { BlockWriter, type Block } from './codec.ts';
import type { JournalRecord, Position } from './journal.ts';
import { deferred, type Deferred } from './waiting.ts';

/** A block to be written and the promise its appends share. */
export interface Group {
  readonly block: Block;
  readonly done: Deferred;
}

/** Blocks are closed at this size, so that one damaged length loses little and one write holds nobody up for long. */
const blockBytes = 1024 * 1024;

export class Intake {
  readonly #writer = new BlockWriter(64 * 1024);
  /** What the appends of the block being filled share; null while it is empty. */
  #filling: Deferred | null = null;
  #sealed: Group[] = [];
  #next: Position = 0;

  /** The position that the next group taken or sealed starts at. */
  get next(): Position {
    return this.#next;
  }

  get isEmpty(): boolean {
    return this.#filling === null && this.#sealed.length === 0;
  }

  /** True where a whole block waits: there is nothing to be gained by gathering longer. */
  get hasWholeBlock(): boolean {
    return this.#sealed.length > 0;
  }

  /** Positions before this one are not given out any more. */
  skipTo(position: Position): void {
    this.#next = Math.max(this.#next, position);
  }

  add(record: JournalRecord): Promise<void> {
    this.#writer.add(record);
    const filling = (this.#filling ??= deferred());
    if (this.#writer.bytes >= blockBytes) this.#seal(filling);
    return filling.promise;
  }

  /** The oldest group, closed if it was still being filled. */
  take(): Group | null {
    if (this.#filling && this.#sealed.length === 0) this.#seal(this.#filling);
    return this.#sealed.shift() ?? null;
  }

  rejectAll(error: Error): void {
    for (let group = this.take(); group; group = this.take()) group.done.reject(error);
  }

  #seal(done: Deferred): void {
    const block = this.#writer.take(this.#next);
    this.#next += block.count;
    this.#sealed.push({ block, done });
    this.#filling = null;
  }
}
