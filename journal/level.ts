/**
 * The embedded journal: blocks of records in LevelDB, one fsync a group of appends, the newest ones in memory as well.
 * Comes in: records, reads and trims. Goes out: promises kept once the disk has the record, and batches to any reader.
 * One loop writes, one thing at a time; while the disk refuses, appends wait, and nothing is dropped.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import { BlockBatch, endOf } from './batch.ts';
import { Bound } from './bound.ts';
import { copyBlocks } from './copy.ts';
import type { Block } from './codec.ts';
import { Damage } from './damage.ts';
import { Disk, isDamage, isFault } from './disk.ts';
import { Intake, type Group } from './intake.ts';
import type { Journal, JournalBatch, JournalHealth, JournalRecord, Position } from './journal.ts';
import { MarksFile } from './marks.ts';
import { Pace } from './pace.ts';
import { Patience } from './patience.ts';
import { surveyOf, type Survey } from './survey.ts';
import { Tail } from './tail.ts';
import { deferred, Pauses, type Deferred } from './waiting.ts';

export interface LevelJournalOptions {
  readonly folder: string;
  /** Bytes of blocks not yet trimmed; past it appends wait. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Newest blocks kept in memory: some four seconds at 20,000 readings a second. */
const tailBytes = 16 * 1024 * 1024;
const says = {
  refused: 'disk refuses writes; acknowledgements are withheld until it takes them',
  accepted: 'disk takes writes again',
};
/** Under load the newest position is noted beside the data this often; with nothing more to write, at once. */
const markMs = 100;
/** How often a read may have the files repaired before what cannot be read counts as lost. */
const mostRepairs = 2;
/** Blocks dropped in one go; a long trim takes turns with commits. */
const dropsAtOnce = 1_000;

/** Opens the journal in the folder, damaged or not. Rejects where another process has it or the disk cannot be used. */
export async function openLevelJournal(options: LevelJournalOptions): Promise<Journal> {
  await mkdir(options.folder, { recursive: true });
  const disk = await Disk.open({ folder: join(options.folder, 'level'), clock: options.clock, log: options.log });
  const marks = await MarksFile.open(join(options.folder, 'marks'));
  const journal = new LevelJournal(options, disk, marks);
  await journal.open();
  return journal;
}

class LevelJournal implements Journal {
  readonly #options: LevelJournalOptions;
  readonly #disk: Disk;
  readonly #marks: MarksFile;
  readonly #pauses: Pauses;
  readonly #pace: Pace;
  readonly #patience: Patience;
  readonly #damage: Damage;
  readonly #intake = new Intake();
  readonly #tail = new Tail(tailBytes);

  /** Records before this are forgotten. */
  #first: Position = 0;
  /** Everything before this is durable and readable. */
  #next: Position = 0;
  /** No block on disk starts before this: where to look from, past the graves of those dropped. */
  #floor: Position = 0;
  #sizeBytes = 0;

  /** The group being written, or waiting for room. */
  #group: Group | null = null;
  readonly #bound: Bound;
  #markedAt = 0;
  #trimming: { to: Position; readonly done: Deferred } | null = null;

  #isClosing = false;
  /** While a copy is made nothing is trimmed; the next trim makes up for it. */
  #isHeld = false;
  #loop: Promise<void> = Promise.resolve();
  /** Resolved when the loop has something to look at. */
  #work = deferred();
  /** Resolved when readers have something to look at. */
  #news = deferred();

  constructor(options: LevelJournalOptions, disk: Disk, marks: MarksFile) {
    const { clock, log } = options;
    this.#options = options;
    this.#disk = disk;
    this.#marks = marks;
    this.#damage = new Damage(log);
    this.#bound = new Bound(options.limitBytes, log);
    this.#pauses = new Pauses(clock);
    this.#pace = new Pace(clock, this.#pauses);
    this.#patience = new Patience({ pauses: this.#pauses, log, says, isFault, reopen: (error) => this.#reopen(error) });
  }

  /** Picks up where the files end and starts the loop. */
  async open(): Promise<void> {
    const marks = await this.#marks.read();
    await this.#dropFalseEnd(marks?.next ?? 0);
    const survey = await surveyOf(this.#disk, marks?.first ?? 0, Number.MAX_SAFE_INTEGER);
    this.#first = marks?.first ?? survey.floor;
    this.#next = Math.max(marks?.next ?? 0, survey.end);
    this.#intake.skipTo(this.#next);
    this.#takeStock(survey);
    this.#loop = this.#run();
  }

  append(record: JournalRecord): Promise<void> {
    if (this.#isClosing) return Promise.reject(new Error('the journal is closed'));
    const durable = this.#intake.add(record);
    this.#work.resolve();
    return durable;
  }

  async read(from: Position, maxBytes: number): Promise<JournalBatch | null> {
    this.#skipTo(from);
    while (!this.#isClosing) {
      const start = Math.max(from, this.#first);
      if (start >= this.#next) await this.#news.promise;
      else {
        const batch = await this.#batch(start, maxBytes);
        if (batch) return batch;
      }
    }
    return null;
  }

  trim(position: Position): Promise<void> {
    if (this.#isClosing || this.#isHeld || position <= this.#first) return Promise.resolve();
    this.#skipTo(position);
    this.#trimming ??= { to: this.#first, done: deferred() };
    this.#trimming.to = Math.max(this.#trimming.to, Math.min(position, this.#next));
    this.#work.resolve();
    return this.#trimming.done.promise;
  }

  health(): Promise<JournalHealth> {
    return Promise.resolve({
      sizeBytes: this.#sizeBytes,
      limitBytes: this.#options.limitBytes,
      withheld: this.#bound.isFull || this.#patience.isRefused,
      damagedRecords: this.#damage.records,
      first: this.#first,
      next: this.#next,
    });
  }

  async copy(folder: string, before: () => Promise<void>): Promise<number> {
    if (this.#isHeld) throw new Error('the journal is being copied already');
    this.#isHeld = true;
    try {
      await this.#trimming?.done.promise;
      await before();
      const [floor, first, next] = [this.#floor, this.#first, this.#next];
      return await copyBlocks({ from: this.#disk, floor, first, next, ...this.#options, folder });
    } finally {
      this.#isHeld = false;
    }
  }

  /** Writes what can be written now; appends that cannot are rejected, and readers get null. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#pauses.end();
    this.#work.resolve();
    this.#news.resolve();
    const stopped = this.#patience.stop();
    await this.#loop;
    await stopped;
    await this.#disk.close();
    await this.#marks.close();
  }

  async #run(): Promise<void> {
    try {
      while (await this.#step());
    } catch (error) {
      if (!this.#isClosing || !isFault(error)) throw error;
      this.#options.log.warn({ err: error }, 'journal closed while the disk refused writes');
    } finally {
      const closed = new Error('the journal is closed');
      this.#group?.done.reject(closed);
      this.#intake.rejectAll(closed);
      this.#trimming?.done.resolve();
    }
  }

  /** Does what there is to do, or waits for it. False once there is nothing left and the journal is closing. */
  async #step(): Promise<boolean> {
    if (this.#trimming) await this.#patience.insist(() => this.#trimSome());
    const group = (this.#group ??= await this.#pace.take(this.#intake));
    const room = group === null || this.#bound.hasRoom(this.#sizeBytes, group.block);
    this.#bound.setFull(!room);
    if (group && room) await this.#patience.insist(() => this.#commit(group));
    else if (!this.#trimming) {
      if (this.#isClosing) return false;
      await this.#work.promise;
      this.#work = deferred();
    }
    return true;
  }

  async #commit({ block, done }: Group): Promise<void> {
    const committedAt = this.#pace.begin();
    await this.#disk.put(block);
    this.#group = null;
    this.#next = Math.max(this.#next, block.first + block.count);
    this.#sizeBytes += block.bytes.length;
    this.#tail.push(block);
    const news = this.#news;
    this.#news = deferred();
    news.resolve();
    done.resolve();
    if (this.#intake.isEmpty || committedAt - this.#markedAt >= markMs) await this.#mark(committedAt);
  }

  /** Only damage needs this mark, and only that of the newest blocks: now and then will do, and a failure does no harm. */
  async #mark(now: number): Promise<void> {
    this.#markedAt = now;
    try {
      await this.#marks.write({ first: this.#first, next: this.#next });
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }

  async #trimSome(): Promise<void> {
    const trimming = this.#trimming;
    if (!trimming) return;
    const { to } = trimming;
    if (to > this.#first) {
      // The marks go first: dropped blocks must not take the newest position with them.
      await this.#marks.write({ first: to, next: this.#next });
      await this.#marks.sync();
      this.#first = to;
      this.#tail.dropBefore(to);
      this.#damage.forgetBefore(to);
    }
    const entries = await this.#disk.entries(this.#floor, to, dropsAtOnce);
    const passed = entries.filter((entry) => entry.first + entry.count <= to);
    await this.#disk.drop(passed);
    for (const { first, count, sizeBytes } of passed) {
      this.#floor = first + count;
      this.#sizeBytes -= sizeBytes;
    }
    if (entries.length === dropsAtOnce || trimming.to > to) return;
    this.#trimming = null;
    trimming.done.resolve();
  }

  async #batch(start: Position, maxBytes: number): Promise<JournalBatch | null> {
    const next = this.#next;
    const kept = this.#tail.first ?? next;
    const recent = this.#tail.from(start, maxBytes);
    if (recent) return new BlockBatch(recent, start, endOf(recent, start));
    const blocks = await this.#blocksOnDisk(start, next, maxBytes);
    if (!blocks) return null;
    const end = endOf(blocks, start);
    const batch = new BlockBatch(blocks, start, end > start ? end : kept);
    batch.check((block, records) => {
      this.#damage.found('records do not check out', block.first, records);
    });
    return batch;
  }

  /** Null once the journal is closing; empty where LevelDB cannot give what it holds, not even repaired. */
  async #blocksOnDisk(from: Position, to: Position, maxBytes: number): Promise<Block[] | null> {
    let repairs = 0;
    for (;;) {
      try {
        return await this.#disk.blocks(this.#floor, from, to, maxBytes);
      } catch (error) {
        if (!isFault(error)) throw error;
        if (this.#isClosing) return null;
        if (isDamage(error)) repairs += 1;
        if (repairs > mostRepairs) return [];
        this.#options.log.error({ err: error, from }, 'journal cannot be read, opening it afresh');
        await this.#patience.heal(error);
      }
    }
  }

  /** A reader that is past the end has seen positions that this journal has lost: they must not be used again. */
  #skipTo(position: Position): void {
    if (position <= this.#intake.next) return;
    this.#options.log.warn({ from: this.#intake.next, to: position }, 'journal ends before its reader; going on from there');
    this.#intake.skipTo(position);
    if (this.#group !== null || !this.#intake.isEmpty) return;
    if (this.#first === this.#next) this.#first = position;
    this.#next = position;
  }

  /** Damage may have made up a position; the newest block must be what its key says, unless the marks know of it. */
  async #dropFalseEnd(known: Position): Promise<void> {
    for (;;) {
      const entry = await this.#disk.falseEnd();
      if (!entry || entry.first + entry.count <= known) return;
      this.#damage.found('its newest block is not what it says', entry.first, entry.count);
      await this.#disk.drop([entry]);
    }
  }

  async #reopen(error: unknown): Promise<void> {
    await this.#disk.reopen(isDamage(error));
    this.#takeStock(await surveyOf(this.#disk, this.#first, this.#next));
  }

  #takeStock({ floor, end, sizeBytes, gaps }: Survey): void {
    this.#floor = floor;
    this.#sizeBytes = sizeBytes;
    for (const gap of gaps) this.#damage.found('records are missing', gap.from, gap.to - gap.from);
    if (end < this.#next) this.#damage.found('its newest records are missing', end, this.#next - end);
  }
}
