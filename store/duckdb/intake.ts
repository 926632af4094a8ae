/**
 * Taking in: one stretch of the journal becomes rows, rejections, dirty marks and a cursor in one transaction.
 * Comes in: a store batch. Goes out: what became of it; after a failure nothing has changed and the batch may come again. Where it fails because of
 * readings that are no rows, those alone are set aside.
 */
import { BIGINT, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { EquipmentType } from '../../contract/equipment.ts';
import type { Plant } from '../../contract/plant.ts';
import { readingLimits, type Reading, type Rejection, type RejectReason } from '../../contract/reading.ts';
import { newestOfEach, withoutMisfits, type Misfit } from '../rejections.ts';
import type { Cursor, Dirty, SettledCounts, StoreBatch, Taken } from '../store.ts';
import { widen, type Catalog, type MetricKind, type Table } from './catalog.ts';
import { appendMany, appendRows, type Column } from './columns.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';
import type { DirtyMarks } from './dirty.ts';
import type { Lines } from './lines.ts';
import type { Reclassifications } from './reclassifications.ts';
import { createRawTable, metricKinds, rawColumns, rawRow, type RawRow } from './raw.ts';

interface NumberedRejection extends Rejection {
  readonly number: number;
}

const rejectionColumns: readonly Column<NumberedRejection>[] = [
  { name: 'number', type: BIGINT, value: ({ number }) => BigInt(number) },
  { name: 'line', type: VARCHAR, value: ({ line }) => line },
  { name: 'received', type: BIGINT, value: ({ receivedAt }) => BigInt(receivedAt) },
  { name: 'reason', type: VARCHAR, value: ({ reason }) => reason },
  { name: 'detail', type: VARCHAR, value: ({ detail }) => detail },
  { name: 'sample', type: VARCHAR, value: ({ sample }) => sample },
];

/** A line's oldest rejections are deleted when it has this many: seldom, but before a flood of them fills the disk. */
const rejectionsBeforePruning = 2 * readingLimits.rejectionsKeptPerLine;

/** What a line's readings are stored by. */
interface Kind {
  readonly type: string;
  readonly metrics: ReadonlyMap<string, MetricKind>;
}

export interface IntakeParts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly lines: Lines;
  readonly dirty: DirtyMarks;
  readonly reclassifications: Reclassifications;
  readonly plant: Plant;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #kinds = new Map<EquipmentType | undefined, Kind>();
  readonly #rejectionCounts = new Map<string, number>();
  #nextRejection = 0;
  #cursor: Cursor = { position: 0, counts: { stored: 0, duplicate: 0, rejected: {} } };

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    const [settled] = await rowsOf(connection, 'SELECT position, counts FROM settled');
    this.#cursor = { position: Number(settled?.[0]), counts: JSON.parse(settled?.[1] as string) as SettledCounts };
    const counts = await rowsOf(connection, 'SELECT line, count(*), max(number) FROM rejections GROUP BY line');
    for (const [line, count, newest] of counts) {
      this.#rejectionCounts.set(line as string, Number(count));
      this.#nextRejection = Math.max(this.#nextRejection, Number(newest) + 1);
    }
  }

  /** Closes open tables that no longer fit their type: metrics may have come or gone since the store was last open. */
  async adopt(): Promise<void> {
    const { catalog, database, plant } = this.#parts;
    await database.write('readings', async (transaction) => {
      for (const table of catalog.of('raw')) {
        const type = plant.types.get(table.type);
        const fits = catalog.find({ kind: 'raw', type: table.type, phase: 'open' }, metricKinds(type)) === table;
        if (table.phase === 'open' && !fits) await catalog.note(transaction, table, { phase: 'full' });
      }
    });
  }

  /** A batch that is in the file already, though its writer was told of a fault, is not written again. */
  async write(batch: StoreBatch): Promise<Taken> {
    try {
      return await this.#write(batch);
    } catch (error) {
      const misfits = batch.readings.flatMap((reading) => this.#misfit(reading) ?? []);
      if (misfits.length === 0) throw error;
      const { cursor } = await this.#write(withoutMisfits(batch, misfits));
      return { cursor, setAside: misfits.map(({ reading }) => reading) };
    }
  }

  async #write(batch: StoreBatch): Promise<Taken> {
    await this.#parts.database.write('readings', async (transaction) => {
      if (batch.cursor.position <= this.#cursor.position) return;
      await this.#addReadings(transaction, batch.readings);
      await this.#addRejections(transaction, batch.rejections);
      await this.#addMarks(transaction, batch.dirty);
      await this.#parts.reclassifications.add(transaction, batch.reclassifications ?? []);
      const { position, counts } = batch.cursor;
      await transaction.connection.run('UPDATE settled SET position = $1, counts = $2', [BigInt(position), JSON.stringify(counts)]);
      transaction.committed(() => {
        this.#cursor = batch.cursor;
      });
    });
    return { cursor: this.#cursor, setAside: [] };
  }

  /** Why a reading cannot be a row; null where it can. */
  #misfit(reading: Reading): Misfit | null {
    const { metrics } = this.#kindOf(reading.line);
    try {
      const { row } = rawRow(reading, 0, metrics);
      for (const column of rawColumns(metrics)) column.value(row);
      return null;
    } catch (error) {
      return { reading, words: error instanceof Error ? error.message : String(error) };
    }
  }

  /** The newest of a line, newest first. */
  rejections(line: string, limit: number): Promise<Rejection[]> {
    return this.#parts.database.read(async (connection) => {
      const columns = 'received::DOUBLE, reason, detail, sample';
      const rows = await rowsOf(connection, `SELECT ${columns} FROM rejections WHERE line = $1 ORDER BY number DESC LIMIT $2`, [
        line,
        limit,
      ]);
      return rows.map(([receivedAt, reason, detail, sample]) => ({
        line,
        receivedAt: receivedAt as number,
        reason: reason as RejectReason,
        detail: detail as string,
        sample: sample as string,
      }));
    });
  }

  async #addReadings(transaction: Transaction, readings: readonly Reading[]): Promise<void> {
    if (readings.length === 0) return;
    const { lines } = this.#parts;
    const codes = await lines.number(transaction, linesOf(readings));
    const rows = new Map<Kind, RawRow[]>();
    const others: { code: number; names: string[] }[] = [];
    for (const reading of readings) {
      const kind = this.#kindOf(reading.line);
      const code = codes.get(reading.line) ?? 0;
      const { row, names } = rawRow(reading, code, kind.metrics);
      if (names.length > 0) others.push({ code, names });
      const group = rows.get(kind);
      if (group) group.push(row);
      else rows.set(kind, [row]);
    }
    await lines.note(transaction, others);
    for (const [kind, group] of rows) await this.#append(transaction, kind, group);
  }

  async #append(transaction: Transaction, kind: Kind, rows: readonly RawRow[]): Promise<void> {
    const table = await this.#openTable(transaction, kind);
    await appendMany(await transaction.appender(table.name), rawColumns(table.metrics), rows);
    transaction.committed(() => {
      for (const { code, reading } of rows) {
        widen(table.spans, code, { first: reading.ts, last: reading.ts, count: 1 });
        table.oldest = Math.min(table.oldest, reading.receivedAt);
        table.newest = Math.max(table.newest, reading.receivedAt);
      }
    });
  }

  async #openTable(transaction: Transaction, { type, metrics }: Kind): Promise<Table> {
    const { catalog } = this.#parts;
    return (
      catalog.find({ kind: 'raw', type, phase: 'open' }, metrics) ??
      (await catalog.begin(transaction, { kind: 'raw', type, period: -1, metrics, phase: 'open', newest: 0 }, (name) =>
        createRawTable(name, metrics, false),
      ))
    );
  }

  #kindOf(line: string): Kind {
    const type = this.#parts.plant.lines.get(line)?.type;
    let kind = this.#kinds.get(type);
    if (!kind) {
      kind = { type: type?.id ?? '', metrics: metricKinds(type) };
      this.#kinds.set(type, kind);
    }
    return kind;
  }

  async #addRejections(transaction: Transaction, rejections: readonly Rejection[]): Promise<void> {
    if (rejections.length === 0) return;
    const kept = newestOfEach(rejections).map((rejection, index) => ({ ...rejection, number: this.#nextRejection + index }));
    const counts = new Map<string, number>();
    for (const { line } of kept) counts.set(line, (counts.get(line) ?? this.#rejectionCounts.get(line) ?? 0) + 1);
    appendRows(await transaction.appender('rejections'), rejectionColumns, kept);
    for (const [line, count] of counts) {
      if (count < rejectionsBeforePruning) continue;
      await transaction.connection.run(
        `DELETE FROM rejections WHERE line = $1 AND number <=
          (SELECT number FROM rejections WHERE line = $1 ORDER BY number DESC LIMIT 1 OFFSET $2)`,
        [line, readingLimits.rejectionsKeptPerLine],
      );
      counts.set(line, readingLimits.rejectionsKeptPerLine);
    }
    transaction.committed(() => {
      this.#nextRejection += kept.length;
      for (const [line, count] of counts) this.#rejectionCounts.set(line, count);
    });
  }

  async #addMarks(transaction: Transaction, marks: readonly Dirty[]): Promise<void> {
    if (marks.length > 0) await this.#parts.dirty.add(transaction, marks);
  }
}

function* linesOf(readings: readonly Reading[]): Iterable<string> {
  for (const { line } of readings) yield line;
}
