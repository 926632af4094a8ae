/**
 * The reading half of a journal on Redis, in whatever process the writer may be.
 * Comes in: positions. Goes out: batches, as soon as there are any, and how much the journal holds. While Redis does not answer,
 * readers wait. A command that waits for news has a connection of its own, for nothing else could be asked on it meanwhile.
 */
import type { Logger } from 'pino';
import { BlockBatch } from './batch.ts';
import { isRedisFault, type Connection } from './connection.ts';
import type { Damage } from './damage.ts';
import type { JournalBatch, Position } from './journal.ts';
import { Patience } from './patience.ts';
import type { Stock, Stream } from './stream.ts';
import type { Pauses } from './waiting.ts';

/** A connection, and the stream as it is seen through it. */
export interface View {
  readonly connection: Connection;
  readonly stream: Stream;
}

export interface ReaderOptions {
  readonly asking: View;
  readonly waiting: View;
  readonly damage: Damage;
  readonly pauses: Pauses;
  readonly log: Logger;
}

/** Waiting for news is taken up again this often, so that a connection that has silently died is noticed. */
const newsMs = 5_000;
/** Health that Redis has not told by then is what it told last. */
const stockMs = 2_000;
const says = { refused: 'Redis does not answer; reading goes on once it does', accepted: 'Redis answers again' };

export class Reader {
  readonly #options: ReaderOptions;
  readonly #patience: { readonly asking: Patience; readonly waiting: Patience };
  #news: { readonly position: Position; readonly come: Promise<void> } | null = null;
  /** The end of what has been given out here. */
  #given: Position = 0;
  #stock: Stock;
  #counting: Promise<void> | null = null;
  #isClosing = false;

  constructor(options: ReaderOptions, stock: Stock) {
    const { pauses, log, asking, waiting } = options;
    const patienceWith = ({ connection }: View): Patience =>
      new Patience({ pauses, log, says, isFault: isRedisFault, reopen: () => connection.open() });
    this.#options = options;
    this.#patience = { asking: patienceWith(asking), waiting: patienceWith(waiting) };
    this.#stock = stock;
  }

  /** Null once closed. */
  async read(from: Position, maxBytes: number): Promise<JournalBatch | null> {
    const { stream } = this.#options.asking;
    while (!this.#isClosing) {
      const found = await this.#ask(() => stream.blocks(from, maxBytes));
      if (!found) break;
      if (found.from < found.next) {
        this.#given = Math.max(this.#given, found.to);
        return this.#checked(new BlockBatch(found.blocks, found.from, found.to));
      }
      if (found.from > found.next) await this.#ask(() => this.#skip(from));
      await this.#newsAfter(Math.max(found.from, found.next));
    }
    return null;
  }

  async trim(position: Position): Promise<void> {
    if (this.#isClosing || position <= 0) return;
    await this.#ask(() => this.#options.asking.stream.trim(position));
    this.#options.damage.forgetBefore(position);
  }

  /** What the journal holds, and whether that is what it holds now or what it held when Redis last answered. */
  async stock(): Promise<Stock & { readonly isCurrent: boolean }> {
    const { asking, pauses } = this.#options;
    if (this.#isClosing || this.#patience.asking.isRefused) return { ...this.#stock, isCurrent: this.#isClosing };
    let isCurrent = false;
    this.#counting ??= this.#ask(() => asking.stream.stock()).then((stock) => {
      this.#stock = stock ?? this.#stock;
      this.#counting = null;
    });
    const counted = this.#counting.then(() => {
      isCurrent = true;
    });
    await Promise.race([counted, pauses.pause(stockMs)]);
    return { ...this.#stock, isCurrent };
  }

  /** Lets everybody go who waits. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const stopped = [this.#patience.asking.stop(), this.#patience.waiting.stop()];
    this.#options.waiting.connection.close();
    this.#options.asking.connection.close();
    await Promise.all(stopped);
  }

  /** The answer, however long it takes; null once closed. */
  async #ask<T>(question: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#patience.asking.insist(question);
    } catch (error) {
      if (this.#isClosing && isRedisFault(error)) return null;
      throw error;
    }
  }

  /**
   * A reader that is past the end has seen positions that this journal has lost: they must not be used again. Where it came there
   * by reading, whatever is in the journal now has come since, and is still to be read.
   */
  async #skip(to: Position): Promise<void> {
    const from = await this.#options.asking.stream.skip(to, to <= this.#given);
    this.#options.log.warn({ from, to }, 'journal ends before its reader; going on from there');
  }

  /** Resolves when there may be something at or after the position: to be called only once there was nothing. */
  async #newsAfter(position: Position): Promise<void> {
    // Whoever waits from further on may already have passed what is news here.
    if (this.#news && this.#news.position > position) return;
    this.#news ??= { position, come: this.#awaitNews(position) };
    await this.#news.come;
  }

  async #awaitNews(position: Position): Promise<void> {
    const { stream } = this.#options.waiting;
    let isAsked = false;
    try {
      await this.#patience.waiting.insist(async () => {
        // After a fault there may have been news meanwhile: let the reader look for itself.
        if (isAsked) return;
        isAsked = true;
        await stream.news(position, newsMs);
      });
    } catch (error) {
      if (!this.#isClosing || !isRedisFault(error)) throw error;
    } finally {
      this.#news = null;
    }
  }

  #checked(batch: BlockBatch): BlockBatch {
    const { damage } = this.#options;
    batch.check((block, records) => {
      damage.found('records do not check out', block.first, records);
    });
    let end = batch.from;
    for (const { first, count } of [...batch.blocks, { first: batch.next, count: 0 }]) {
      if (first > end) damage.found('records are missing', end, first - end);
      end = Math.max(end, first + count);
    }
    return batch;
  }
}
