/**
 * The open file with everything that works on it, and opening it again when DuckDB has given it up.
 * Comes in: work for the parts. Goes out: its result. After a fatal fault (a checkpoint that found the disk full, say)
 * DuckDB refuses everything until it is opened anew; what was committed is in the file, and no more than that.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../contract/clock.ts';
import type { Plant } from '../../contract/plant.ts';
import type { Retention } from '../store.ts';
import { EmbeddedAlarmBook } from './alarmbook.ts';
import { Catalog } from './catalog.ts';
import { Database } from './database.ts';
import { DayRows } from './days.ts';
import { Derived } from './derived.ts';
import { DirtyMarks } from './dirty.ts';
import { Figures } from './figures.ts';
import { Intake } from './intake.ts';
import { prepareLayout } from './layout.ts';
import { Lines } from './lines.ts';
import { LocalDays } from './localdays.ts';
import { Readings } from './readings.ts';
import { Reclassifications } from './reclassifications.ts';
import { SavedBatches } from './batches.ts';
import { StopCodes } from './stopcodes.ts';
import { Totals } from './totals.ts';
import { Upkeep } from './upkeep.ts';

export interface DuckdbOptions {
  /** Holds the database file and, while something large is sorted, what does not fit into memory. */
  readonly folder: string;
  readonly plant: Plant;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
  /** What DuckDB may hold in memory, as it writes sizes; sealing large hours takes the process half as much again. */
  readonly memoryLimit?: string;
  /** Of each statement; statements run beside each other anyway. */
  readonly threads?: number;
}

export interface Parts {
  readonly database: Database;
  readonly lines: Lines;
  readonly dirty: DirtyMarks;
  readonly batches: SavedBatches;
  readonly reclassifications: Reclassifications;
  readonly readings: Readings;
  readonly figures: Figures;
  readonly totals: Totals;
  readonly intake: Intake;
  readonly derived: Derived;
  readonly upkeep: Upkeep;
  readonly alarms: EmbeddedAlarmBook;
}

export class EmbeddedFile {
  readonly #options: DuckdbOptions;
  #parts: Parts;
  #broken = false;
  #mending: Promise<void> | null = null;

  private constructor(options: DuckdbOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  static async open(options: DuckdbOptions): Promise<EmbeddedFile> {
    return new EmbeddedFile(options, await openParts(options));
  }

  async use<T>(work: (parts: Parts) => T | Promise<T>): Promise<T> {
    await this.#mend();
    try {
      return await work(this.#parts);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async *stream<T>(work: (parts: Parts) => AsyncIterable<T>): AsyncIterable<T> {
    await this.#mend();
    try {
      yield* work(this.#parts);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#mending?.catch(() => undefined);
    await closeParts(this.#parts);
  }

  #note(error: unknown): void {
    if (this.#broken || !isFatal(error)) return;
    this.#broken = true;
    this.#options.log.error({ err: error }, 'the database gave up; it is opened again');
  }

  #mend(): Promise<void> {
    if (!this.#broken) return Promise.resolve();
    this.#mending ??= this.#openAgain().finally(() => {
      this.#mending = null;
    });
    return this.#mending;
  }

  async #openAgain(): Promise<void> {
    await closeParts(this.#parts);
    this.#parts = await openParts(this.#options);
    this.#broken = false;
    this.#options.log.info('the database is open again');
  }
}

async function openParts({ folder, plant, retention, clock, log, memoryLimit = '224MB', threads = 1 }: DuckdbOptions): Promise<Parts> {
  const database = await Database.open({ folder, memoryLimit, threads });
  try {
    const connection = await database.borrow();
    await prepareLayout(connection);
    const catalog = new Catalog();
    const lines = new Lines();
    const dirty = new DirtyMarks();
    const batches = new SavedBatches(database);
    const reclassifications = new Reclassifications(database);
    const readings = new Readings(database, catalog, lines);
    const stopCodes = new StopCodes();
    const localDays = new LocalDays(plant.timezone);
    const days = new DayRows(catalog, stopCodes, localDays);
    const figures = new Figures(database, catalog, lines);
    const totals = new Totals({ database, catalog, lines, days, localDays });
    const intake = new Intake({ database, catalog, lines, dirty, reclassifications, plant });
    const derived = new Derived({ database, catalog, lines, dirty, batches, days, clock });
    const upkeep = new Upkeep({ database, catalog, lines, days, retention, clock, log });
    const alarms = new EmbeddedAlarmBook({ database, retention, clock });
    const kept = [catalog, lines, stopCodes, dirty, batches, reclassifications, readings, intake, alarms];
    for (const part of kept) await part.load(connection);
    database.giveBack(connection);
    await intake.adopt();
    return { database, lines, dirty, batches, reclassifications, readings, figures, totals, intake, derived, upkeep, alarms };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function closeParts({ database, upkeep }: Parts): Promise<void> {
  await upkeep.settled();
  await database.close();
}

/** After these DuckDB refuses every further statement. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && /FATAL Error|INTERNAL Error|has been invalidated/.test(error.message);
}
