/**
 * The journal on Redis: for a broker and a collector that are processes of their own, on one machine or several.
 * Comes in: records in the one process, reads and trims in the other. Goes out: promises kept once Redis has the record on disk,
 * and batches. A process that only writes or only reads leaves the other half idle. docs/redis.md says how Redis must be set.
 */
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import { Connection, isRedisFault, UnfitRedisError } from './connection.ts';
import { Damage } from './damage.ts';
import type { Journal, JournalBatch, JournalHealth, JournalRecord, Position } from './journal.ts';
import { Patience } from './patience.ts';
import { Reader, type View } from './reader.ts';
import { Stream, type Stock } from './stream.ts';
import { Pauses } from './waiting.ts';
import { Writer } from './writer.ts';

export interface RedisJournalOptions {
  /** `redis://`, `rediss://` (TLS) or `unix://`, with user, password and database number where there are any. */
  readonly url: string;
  /** Bytes of blocks not yet trimmed; past it appends wait. What the writer's process says counts. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Lines will be shared out by a hash of the line's part of the topic, modulo the count of partitions: so far there is one. */
const partition = 0;
const says = { refused: 'Redis does not answer; waiting for it', accepted: 'Redis answers' };

/**
 * Opens the journal; where Redis does not answer yet, waits until it does. Rejects with one sentence where Redis is not set as
 * the journal's promise needs it, or refuses the account.
 */
export async function openRedisJournal(options: RedisJournalOptions): Promise<Journal> {
  const pauses = new Pauses(options.clock);
  const views = { asking: viewOf(options, 'asking'), waiting: viewOf(options, 'waiting'), writing: viewOf(options, 'writing') };
  const all = Object.values(views).map(({ connection }) => connection);
  const open = async (): Promise<void> => {
    await Promise.all(all.map((connection) => connection.open()));
  };
  const isFault = (error: unknown): error is Error => isRedisFault(error) && !(error instanceof UnfitRedisError);
  const patience = new Patience({ pauses, log: options.log, says, isFault, reopen: open });
  try {
    const stock = await patience.insist(async () => {
      await open();
      return views.asking.stream.stock();
    });
    return new RedisJournal(options, views, stock, pauses);
  } catch (error) {
    for (const connection of all) connection.close();
    throw error;
  }
}

function viewOf({ url, clock }: RedisJournalOptions, purpose: string): View {
  const connection = new Connection({ url, name: `bobbin-journal-${purpose}`, clock });
  return { connection, stream: new Stream(connection, partition) };
}

class RedisJournal implements Journal {
  readonly #limitBytes: number;
  readonly #pauses: Pauses;
  readonly #damage: Damage;
  readonly #reader: Reader;
  readonly #writer: Writer;
  #closed: Promise<void> | null = null;

  constructor(options: RedisJournalOptions, views: Readonly<Record<'asking' | 'waiting' | 'writing', View>>, stock: Stock, pauses: Pauses) {
    const { limitBytes, clock, log } = options;
    this.#limitBytes = limitBytes;
    this.#pauses = pauses;
    this.#damage = new Damage(log);
    this.#reader = new Reader({ ...views, damage: this.#damage, pauses, log }, stock);
    this.#writer = new Writer({ ...views.writing, limitBytes, damage: this.#damage, pauses, clock, log });
  }

  append(record: JournalRecord): Promise<void> {
    return this.#writer.append(record);
  }

  read(from: Position, maxBytes: number): Promise<JournalBatch | null> {
    return this.#reader.read(from, maxBytes);
  }

  trim(position: Position): Promise<void> {
    return this.#reader.trim(position);
  }

  async health(): Promise<JournalHealth> {
    const { first, next, sizeBytes, isFull, isCurrent } = await this.#reader.stock();
    return {
      sizeBytes,
      limitBytes: this.#limitBytes,
      withheld: isFull || !isCurrent || this.#writer.isWithheld,
      damagedRecords: this.#damage.records,
      first,
      next,
    };
  }

  /** Writes what can be written now; appends that cannot are rejected, and readers get null. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#pauses.end();
    await this.#writer.close();
    await this.#reader.close();
  }
}
