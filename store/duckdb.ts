/**
 * The embedded store: one DuckDB file, for one process at a time.
 * Comes in: what the collector writes. Goes out: what history asks for. Readings lie in one wide table a kind of
 * equipment, in order of arrival while an hour is under way and sorted by line and time afterwards; ARCHITECTURE.md
 * says why. Each part of it is a file in duckdb/; here they are only put together.
 */
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import type { Plant } from '../contract/plant.ts';
import type { RejectReason, Rejection } from '../contract/reading.ts';
import type { Retention, Store } from './store.ts';
import { Catalog } from './duckdb/catalog.ts';
import { Database, rowsOf } from './duckdb/database.ts';
import { Derived } from './duckdb/derived.ts';
import { DirtyMarks } from './duckdb/dirty.ts';
import { Figures } from './duckdb/figures.ts';
import { Intake } from './duckdb/intake.ts';
import { prepareLayout } from './duckdb/layout.ts';
import { Lines } from './duckdb/lines.ts';
import { Readings } from './duckdb/readings.ts';
import { SavedBatches } from './duckdb/batches.ts';
import { Upkeep } from './duckdb/upkeep.ts';

export interface DuckdbOptions {
  /** Holds the database file and, while something large is sorted, what does not fit into memory. */
  readonly folder: string;
  readonly plant: Plant;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
  /** What DuckDB may hold in memory, as it writes sizes; about half as much again is taken by the process. */
  readonly memoryLimit?: string;
  readonly threads?: number;
}

/**
 * Opens the store in `folder`, or begins one. Throws where the file was written by a newer version, is damaged, or is
 * open elsewhere.
 */
export async function openDuckdbStore(options: DuckdbOptions): Promise<Store> {
  const { folder, plant, retention, clock, log, memoryLimit = '192MB', threads = 2 } = options;
  const database = await Database.open({ folder, memoryLimit, threads });
  try {
    await prepareLayout(database.upkeep);
    const catalog = new Catalog();
    const lines = new Lines();
    const dirty = new DirtyMarks();
    const batches = new SavedBatches(database);
    const readings = new Readings(database, catalog, lines);
    const figures = new Figures(database, catalog, lines);
    const intake = new Intake({ database, catalog, lines, dirty, plant });
    const derived = new Derived({ database, catalog, lines, dirty, batches, clock });
    const upkeep = new Upkeep({ database, catalog, lines, retention, clock, log });
    for (const part of [catalog, lines, dirty, batches, readings, intake]) await part.load(database.upkeep);
    await intake.adopt();
    return {
      kind: 'duckdb',
      cursor: () => Promise.resolve(intake.cursor),
      write: (batch) => intake.write(batch),
      writeDerived: (patches) => derived.write(patches),
      known: (keys) => readings.known(keys),
      heads: () => Promise.resolve(readings.heads()),
      dirty: () => Promise.resolve(dirty.all()),
      undeclaredMetrics: () => Promise.resolve(lines.undeclared()),
      readings: (query) => readings.stream(query),
      checkpoint: (line, at) => figures.checkpoint(line, at),
      lastCheckpoints: () => figures.lastCheckpoints(),
      checkpoints: (line, from, to) => figures.checkpoints(line, from, to),
      minutes: (of, from, to) => figures.minutes(of, from, to),
      sums: (of, from, to) => figures.sums(of, from, to),
      contexts: (line, from, to) => figures.contexts(line, from, to),
      series: (line, metric, from, to, points) => readings.series(line, metric, from, to, points),
      saveBatch: (record) => batches.save(record),
      savedBatches: (line) => batches.of(line),
      rejections: (line, limit) => rejectionsOf(database, line, limit),
      maintain: (now) => upkeep.run(now),
      size: async () => ({ sizeBytes: await database.sizeBytes(), readings: readings.count() }),
      async close() {
        await upkeep.settled();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function rejectionsOf(database: Database, line: string, limit: number): Promise<Rejection[]> {
  return database.read(async (connection) => {
    const rows = await rowsOf(
      connection,
      'SELECT received::DOUBLE, reason, detail, sample FROM rejections WHERE line = $1 ORDER BY number DESC LIMIT $2',
      [line, limit],
    );
    return rows.map(([receivedAt, reason, detail, sample]) => ({
      line,
      receivedAt: receivedAt as number,
      reason: reason as RejectReason,
      detail: detail as string,
      sample: sample as string,
    }));
  });
}
