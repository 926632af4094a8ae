/**
 * The writing half of a journal on Redis: one group of appends on its way, the next one filling.
 * Comes in: records. Goes out: promises kept once Redis has the record on disk. While Redis refuses or has no room, appends wait,
 * and nothing is dropped or written twice. Of several writers the newest goes on; an older one fails, for good.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import { Bound } from './bound.ts';
import { placeBlock } from './codec.ts';
import { isRedisFault, type Connection } from './connection.ts';
import type { Damage } from './damage.ts';
import { Intake, type Group } from './intake.ts';
import type { JournalRecord, Position } from './journal.ts';
import { Pace } from './pace.ts';
import { Patience } from './patience.ts';
import type { Stream } from './stream.ts';
import { deferred, type Pauses } from './waiting.ts';

export interface WriterOptions {
  readonly connection: Connection;
  readonly stream: Stream;
  readonly limitBytes: number;
  readonly damage: Damage;
  readonly pauses: Pauses;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The reader may be in another process: a writer without room looks again this often. */
const roomMs = 100;
const says = {
  refused: 'Redis refuses writes; acknowledgements are withheld until it takes them',
  accepted: 'Redis takes writes again',
};

/** Two brokers on one journal: a mistake in how the system is set up. */
class JournalTakenError extends Error {
  override readonly name = 'JournalTakenError';
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #intake = new Intake();
  readonly #pace: Pace;
  readonly #patience: Patience;
  /** Tells this writer from any other; claimed with the first append, for who only reads must not stop who writes. */
  readonly #id = randomUUID();
  #isClaimed = false;
  #next: Position = 0;
  /** The group being written, or waiting for room. */
  #group: Group | null = null;
  readonly #bound: Bound;
  #isClosing = false;
  #work = deferred();
  readonly #loop: Promise<void>;

  constructor(options: WriterOptions) {
    const { connection, pauses, clock, log } = options;
    this.#options = options;
    this.#bound = new Bound(options.limitBytes, log);
    this.#pace = new Pace(clock, pauses);
    this.#patience = new Patience({ pauses, log, says, isFault: isRedisFault, reopen: () => connection.open() });
    this.#loop = this.#run();
  }

  /** True while appends wait for room or for Redis. */
  get isWithheld(): boolean {
    return this.#bound.isFull || this.#patience.isRefused;
  }

  append(record: JournalRecord): Promise<void> {
    if (this.#isClosing) return Promise.reject(new Error('the journal is closed'));
    const durable = this.#intake.add(record);
    this.#work.resolve();
    return durable;
  }

  /** Writes what can be written now, once the pauses have ended; appends that cannot are rejected. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#work.resolve();
    const stopped = this.#patience.stop();
    await this.#loop;
    await stopped;
    this.#options.connection.close();
  }

  async #run(): Promise<void> {
    try {
      while (await this.#step());
      this.#rejectAll(new Error('the journal is closed'));
    } catch (error) {
      if (!(error instanceof Error) || !isRedisFault(error) || !this.#isClosing) {
        this.#rejectAll(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
      this.#options.log.warn({ err: error }, 'journal closed while Redis refused writes');
      this.#rejectAll(new Error('the journal is closed'));
    }
  }

  /** Writes the next group, or waits for one. False once there is nothing left to be done and the journal is closing. */
  async #step(): Promise<boolean> {
    const group = (this.#group ??= await this.#pace.take(this.#intake));
    if (group === null) {
      if (this.#isClosing) return false;
      await this.#work.promise;
      this.#work = deferred();
      return true;
    }
    if (await this.#patience.insist(() => this.#commit(group))) return true;
    return this.#room(group);
  }

  /** False where there is no room. */
  async #commit(group: Group): Promise<boolean> {
    const { stream, limitBytes } = this.#options;
    this.#pace.begin();
    for (;;) {
      if (!this.#isClaimed) this.#next = await stream.claim(this.#id, this.#next);
      this.#isClaimed = true;
      const block = placeBlock(group.block, this.#next);
      const { outcome, next } = await stream.append(this.#id, block, limitBytes);
      switch (outcome) {
        case 'done':
          this.#written(group, next);
          return true;
        case 'full':
          this.#bound.setFull(true);
          return false;
        case 'moved':
          this.#options.log.warn({ from: this.#next, to: next }, 'journal ends before its reader; going on from there');
          this.#next = next;
          break;
        case 'gone':
          this.#options.log.error({ position: this.#next }, 'journal has vanished from Redis; going on where it ended');
          this.#isClaimed = false;
          break;
        case 'taken':
          throw new JournalTakenError('another writer has taken this journal over: each journal on Redis belongs to one broker');
      }
    }
  }

  #written(group: Group, endBefore: Position): void {
    const { count } = group.block;
    if (endBefore < this.#next) this.#options.damage.found('Redis has lost its newest records', endBefore, this.#next - endBefore);
    this.#next += count;
    this.#group = null;
    this.#bound.setFull(false);
    group.done.resolve();
  }

  /** Waits until the group may fit. False where the journal is closed before. */
  async #room({ block }: Group): Promise<boolean> {
    const { stream, pauses } = this.#options;
    while (!this.#isClosing) {
      const { sizeBytes } = await this.#patience.insist(() => stream.stock());
      if (this.#bound.hasRoom(sizeBytes, block)) return true;
      await pauses.pause(roomMs);
    }
    return false;
  }

  #rejectAll(error: Error): void {
    this.#group?.done.reject(error);
    this.#intake.rejectAll(error);
  }
}
