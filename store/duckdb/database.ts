/**
 * The database file and the connections to it: lanes that write, each in turn; as many that read as are needed.
 * Comes in: work that is given a connection. Goes out: its result, once it is committed. It knows no table by name.
 */
import { DuckDBInstance, type DuckDBAppender, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFile, fileIn } from './copy.ts';

export interface DatabaseOptions {
  readonly folder: string;
  /** What DuckDB may hold in memory; sorting more than that goes through files in the folder. */
  readonly memoryLimit: string;
  readonly threads: number;
}

/** One write: everything done on its connection is committed together, or not at all. */
export interface Transaction {
  readonly connection: DuckDBConnection;
  /** Kept open from one transaction to the next. */
  readonly appender: (table: string) => Promise<DuckDBAppender>;
  /** Called once the transaction is on disk, and only then. */
  readonly committed: (callback: () => void) => void;
}

/**
 * Transactions of one lane follow one another, those of another are written beside them: what was to be known of alarms waits for no heap of readings,
 * and neither waits for upkeep. No two lanes write the same rows.
 */
const lanes = ['readings', 'alarms', 'upkeep'] as const;
export type LaneName = (typeof lanes)[number];

interface Lane {
  readonly connection: DuckDBConnection;
  queue: Promise<unknown>;
}

/** A database that this code cannot read, in words for whoever started it. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError';
}

/** Bounds the log that a start replays; a checkpoint of that much takes about 0.1 s. */
const walBytes = 32 * 1024 * 1024;

export class Database {
  readonly #file: string;
  readonly #instance: DuckDBInstance;
  readonly #lanes: Readonly<Record<LaneName, Lane>>;
  readonly #readers: DuckDBConnection[] = [];
  readonly #appenders = new Map<DuckDBConnection, Map<string, DuckDBAppender>>();
  #closed = false;

  private constructor(file: string, instance: DuckDBInstance, opened: Readonly<Record<LaneName, Lane>>) {
    this.#file = file;
    this.#instance = instance;
    this.#lanes = opened;
  }

  /** Opens the folder's database, or begins one. Throws a StoreFileError where the file is damaged or another process has it open. */
  static async open({ folder, memoryLimit, threads }: DatabaseOptions): Promise<Database> {
    await mkdir(folder, { recursive: true });
    const file = fileIn(folder);
    const opening = DuckDBInstance.create(file, {
      memory_limit: memoryLimit,
      threads: String(threads),
      temp_directory: join(folder, 'spill'),
      checkpoint_threshold: `${String(walBytes)}B`,
      // Nothing is ever fetched from anywhere, and no statement reaches another file.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const instance = await opening.catch((error: unknown) => {
      throw unopened(file, error);
    });
    const lane = async (): Promise<Lane> => ({ connection: await instance.connect(), queue: Promise.resolve() });
    const readings = await lane();
    await readings.connection.run('SET enable_external_access = false');
    await readings.connection.run('SET lock_configuration = true');
    return new Database(file, instance, { readings, alarms: await lane(), upkeep: await lane() });
  }

  /** Runs `work` as one transaction, after those asked for before it in its lane. Resolves when it is safe on disk. */
  write<T>(name: LaneName, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const lane = this.#lanes[name];
    const turn = lane.queue.then(() => this.#transact(lane.connection, work));
    lane.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Copies the file and its log into the folder, while nothing is written; gives their bytes. Reading goes on. */
  copy(folder: string): Promise<number> {
    return this.#alone(() => copyFile(this.#file, folder));
  }

  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.borrow();
    try {
      return await work(connection);
    } finally {
      this.giveBack(connection);
    }
  }

  async borrow(): Promise<DuckDBConnection> {
    return this.#readers.pop() ?? (await this.#instance.connect());
  }

  /** For connections with nothing under way; any other is disconnected instead. */
  giveBack(connection: DuckDBConnection): void {
    if (this.#closed) connection.disconnectSync();
    else this.#readers.push(connection);
  }

  /** Moves the log into the file and frees what was dropped, while nothing is written. */
  async checkpoint(): Promise<void> {
    await this.#alone(() => this.#lanes.upkeep.connection.run('CHECKPOINT'));
  }

  /** Bytes in use: blocks of the file that hold something, and the log. Free blocks inside the file are used again. */
  async sizeBytes(): Promise<number> {
    const [row] = await this.read((connection) =>
      rowsOf(connection, 'SELECT (used_blocks * block_size)::DOUBLE FROM pragma_database_size()'),
    );
    const log = await stat(`${this.#file}.wal`).catch(() => null);
    return Number(row?.[0] ?? 0) + (log?.size ?? 0);
  }

  /** Lets go of a table that is about to be dropped. */
  forget(table: string): void {
    for (const open of this.#appenders.values()) {
      open.get(table)?.closeSync();
      open.delete(table);
    }
  }

  async close(): Promise<void> {
    await this.#alone(() => Promise.resolve());
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of [...this.#appenders.keys()]) this.#abandonAppenders(connection);
    for (const { connection } of Object.values(this.#lanes)) connection.disconnectSync();
    for (const connection of this.#readers) connection.disconnectSync();
    this.#instance.closeSync();
  }

  /** Runs `work` after all that was asked for before it, and before all that is asked for after it. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const all = lanes.map((name) => this.#lanes[name]);
    const turn = Promise.all(all.map(({ queue }) => queue)).then(work);
    for (const lane of all) lane.queue = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(connection: DuckDBConnection, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const callbacks: (() => void)[] = [];
    await connection.run('BEGIN TRANSACTION');
    let result: T;
    try {
      result = await work({
        connection,
        appender: (table) => this.#appender(connection, table),
        committed: (callback) => callbacks.push(callback),
      });
      await connection.run('COMMIT');
    } catch (error) {
      this.#abandonAppenders(connection);
      // After a failed COMMIT there may be nothing left to roll back; the first error is the one to tell.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
    for (const callback of callbacks) callback();
    return result;
  }

  async #appender(connection: DuckDBConnection, table: string): Promise<DuckDBAppender> {
    const open = this.#appenders.get(connection) ?? new Map<string, DuckDBAppender>();
    this.#appenders.set(connection, open);
    let appender = open.get(table);
    if (!appender) open.set(table, (appender = await connection.createAppender(table)));
    return appender;
  }

  /** What a failed transaction left in an appender must not come out with the next one. */
  #abandonAppenders(connection: DuckDBConnection): void {
    for (const appender of this.#appenders.get(connection)?.values() ?? []) appender.clear();
    this.#appenders.delete(connection);
  }
}

function unopened(file: string, error: unknown): StoreFileError {
  const [reason = ''] = String(error).split('\n');
  const remedy = 'If it is damaged, restore a backup, or move it away to begin with an empty store.';
  return new StoreFileError(`The store's file ${file} cannot be opened: ${reason.replace(/^Error: |\.$/g, '')}. ${remedy}`, {
    cause: error,
  });
}

export async function rowsOf(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
  return (await connection.run(sql, values)).getRows();
}
