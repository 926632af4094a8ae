/**
 * The journal's blocks in a LevelDB folder, one entry a block, in the order of their positions.
 * Comes in: blocks and ranges of positions. Goes out: the same blocks, or errors as values of a rejected promise;
 * whoever calls decides on trying again. Never judges what is inside a block; a damaged folder is repaired at opening.
 */
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import { isBlock, type Block } from './codec.ts';
import { entryOf, keyOf, type Entry } from './entry.ts';
import { mendsOf } from './fragments.ts';
import type { Position } from './journal.ts';

export interface DiskOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
}

type Level = ClassicLevel<Buffer, Buffer>;

const levelOptions = {
  keyEncoding: 'buffer',
  valueEncoding: 'buffer',
  /** Blocks live for seconds: packing them costs more than it saves, and our CRCs should see what the disk holds. */
  compression: false,
  /** Two of these may be in memory; a larger one is written out less often but takes longer to recover. */
  writeBufferSize: 8 * 1024 * 1024,
  /** Uncompressed tables are mapped, not cached; only index blocks profit. */
  cacheSize: 1024 * 1024,
  maxOpenFiles: 200,
} as const;

/** Dropped bytes that may stay on disk at LevelDB's own pace. */
const deadBytes = 64 * 1024 * 1024;

/** Faults of the disk or of the set-up, where the data itself may be fine: to be told or tried again, never repaired. */
const disklike = /no space left|quota exceeded|read-only file system|permission denied|too many open files/i;

export class Disk {
  readonly #options: DiskOptions;
  #level: Level;
  /** As if that much had been dropped already: earlier lives may have been too short to give any back. */
  #droppedBytes = deadBytes;
  #compacting: Promise<void> | null = null;

  private constructor(options: DiskOptions, level: Level) {
    this.#options = options;
    this.#level = level;
  }

  /** Opens the folder, whatever state it is in. Rejects where another process has it, or the disk cannot be written. */
  static async open(options: DiskOptions): Promise<Disk> {
    return new Disk(options, await openFolder(options));
  }

  /** LevelDB's own files are in doubt after a failed write (a later one may be lost at recovery): start over with them. */
  async reopen(repair: boolean): Promise<void> {
    await this.close();
    if (repair) await repairFolder(this.#options);
    this.#level = await openFolder(this.#options);
  }

  /** Resolves once the block is safe on disk. */
  async put(block: Block): Promise<void> {
    await this.#level.put(keyOf(block.first, block.count, block.bytes.length), block.bytes, { sync: true });
  }

  /** Several at once, for copies. Resolves once all of them are safe on disk. */
  async putAll(blocks: readonly Block[]): Promise<void> {
    const entries = blocks.map(
      ({ first, count, bytes }) => ({ type: 'put', key: keyOf(first, count, bytes.length), value: bytes }) as const,
    );
    await this.#level.batch(entries, { sync: true });
  }

  /** At most `limit` entries that start in `[from, to)`, in order; keys that are none of ours are left out. */
  async entries(from: Position, to: Position, limit: number): Promise<Entry[]> {
    const keys = await this.#level.keys({ gte: keyOf(from), lt: keyOf(to), limit }).all();
    return keys.flatMap((key) => entryOf(key) ?? []);
  }

  /** Blocks that hold any of `[from, to)`, about `maxBytes` of them. `floor` is where the oldest one starts. */
  async blocks(floor: Position, from: Position, to: Position, maxBytes: number): Promise<Block[]> {
    const [key] = await this.#level.keys({ gte: keyOf(floor), lt: keyOf(from + 1), reverse: true, limit: 1 }).all();
    const holder = key && entryOf(key);
    const start = holder && holder.first + holder.count > from ? holder.first : from;
    const iterator = this.#level.iterator({ gte: keyOf(start), lt: keyOf(to), highWaterMarkBytes: maxBytes, fillCache: false });
    try {
      const found = await iterator.nextv(10_000);
      return found.flatMap(([name, bytes]) => {
        const entry = entryOf(name);
        return entry ? [{ first: entry.first, count: entry.count, bytes }] : [];
      });
    } finally {
      await iterator.close();
    }
  }

  /** The newest block, where its own header does not bear out what its key says. */
  async falseEnd(): Promise<Entry | null> {
    const [last] = await this.#level.iterator({ reverse: true, limit: 1, fillCache: false }).all();
    const entry = last && entryOf(last[0]);
    return entry && !isBlock({ first: entry.first, count: entry.count, bytes: last[1] }) ? entry : null;
  }

  /** Drops entries, all of them older than any other. */
  async drop(entries: readonly Entry[]): Promise<void> {
    await this.#level.batch(entries.map(({ first, count, sizeBytes }) => ({ type: 'del', key: keyOf(first, count, sizeBytes) })));
    const last = entries.at(-1);
    this.#droppedBytes += entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (!last || this.#droppedBytes < deadBytes) return;
    this.#droppedBytes = 0;
    this.#compacting ??= this.#compact(last.first).finally(() => {
      this.#compacting = null;
    });
  }

  async close(): Promise<void> {
    await this.#compacting;
    await this.#level.close();
  }

  /** Gives dead bytes before the position back to the file system: LevelDB would not come to those of a deep backlog for long. */
  async #compact(position: Position): Promise<void> {
    const [start, end] = [keyOf(0), keyOf(position)];
    try {
      if ((await this.#level.approximateSize(start, end)) > deadBytes) await this.#level.compactRange(start, end);
    } catch (error) {
      if (!isFault(error)) throw error;
      this.#options.log.warn({ err: error }, 'space of trimmed records was not given back');
    }
  }
}

/** True for what a disk or LevelDB does to us, as against a mistake in the code. */
export function isFault(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(LEVEL_|E[A-Z0-9]+$)/.test(error.code);
}

/** True where LevelDB says that what it holds is damaged, as against a disk that cannot be used right now. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'LEVEL_CORRUPTION') return true;
  return isDamage(error.cause);
}

/** Opens; where that fails for damage, repairs and opens; where even that fails, puts the folder aside and begins anew. */
async function openFolder(options: DiskOptions): Promise<Level> {
  const { folder, clock, log } = options;
  try {
    await mendLogs(options);
    // LevelDB would take a folder without its CURRENT file for a new one, and delete the tables it finds there.
    if (await isBeheaded(folder)) await repairFolder(options);
    return await openLevel(folder);
  } catch (error) {
    if (!isRepairable(error)) throw error;
    log.error({ err: error, folder }, 'journal is damaged, repairing it');
  }
  try {
    await repairFolder(options);
    return await openLevel(folder);
  } catch (error) {
    if (!isRepairable(error)) throw error;
    const aside = `${folder}.damaged-${String(clock.now())}`;
    await rename(folder, aside);
    log.error({ err: error, aside }, 'journal cannot be repaired, put aside');
    return openLevel(folder);
  }
}

/** Opens and looks at every key, for LevelDB notices damage to a table only when it comes across it. */
async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, levelOptions);
  await level.open();
  try {
    const keys = level.keys({ fillCache: false });
    while ((await keys.nextv(10_000)).length > 0);
    await keys.close();
    return level;
  } catch (error) {
    await level.close();
    throw error;
  }
}

async function repairFolder({ folder, log }: DiskOptions): Promise<void> {
  await ClassicLevel.repair(folder);
  log.warn({ folder }, 'journal repaired; what could not be read is in its lost folder');
}

/** What was not yet in tables would be lost by the page for the sake of a byte. */
async function mendLogs({ folder, log }: DiskOptions): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (!name.endsWith('.log')) continue;
    const mends = mendsOf(await readFile(join(folder, name)));
    if (mends.length === 0) continue;
    const file = await open(join(folder, name), 'r+');
    try {
      for (const { offset, checksum } of mends) await file.write(checksum, 0, checksum.length, offset);
      await file.sync();
    } finally {
      await file.close();
    }
    log.warn({ folder, name, places: mends.length }, 'journal is damaged in places; its records are looked at one by one');
  }
}

async function isBeheaded(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return !names.includes('CURRENT') && names.some((name) => /^MANIFEST-|\.(ldb|sst|log)$/.test(name));
}

function isRepairable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (('code' in cause && cause.code === 'LEVEL_LOCKED') || disklike.test(cause.message)) return false;
  }
  return true;
}
