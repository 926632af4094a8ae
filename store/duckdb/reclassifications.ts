/**
 * Reclassifications: what people said afterwards of stops, one row each, in the order in which they were made.
 * Comes in: records with the stretch of the journal they lie in. Goes out: those of lines that touch a window. No row is ever changed or deleted.
 */
import { BIGINT, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { Reclassification } from '../../contract/reclassification.ts';
import { appendRows, type Column } from './columns.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';

interface Numbered extends Reclassification {
  readonly number: number;
}

const table = `CREATE TABLE IF NOT EXISTS reclassifications
  (number BIGINT, line VARCHAR, "from" BIGINT, "to" BIGINT, record VARCHAR)`;

const columns: readonly Column<Numbered>[] = [
  { name: 'number', type: BIGINT, value: ({ number }) => BigInt(number) },
  { name: 'line', type: VARCHAR, value: ({ line }) => line },
  { name: 'from', type: BIGINT, value: ({ from }) => BigInt(from) },
  { name: 'to', type: BIGINT, value: ({ to }) => BigInt(to) },
  { name: 'record', type: VARCHAR, value: ({ number: _, ...record }) => JSON.stringify(record) },
];

export class Reclassifications {
  readonly #database: Database;
  #next = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Files of before there were any have no table for them yet. */
  async load(connection: DuckDBConnection): Promise<void> {
    await connection.run(table);
    const [newest] = await rowsOf(connection, 'SELECT max(number) FROM reclassifications');
    this.#next = Number(newest?.[0] ?? -1) + 1;
  }

  async add(transaction: Transaction, records: readonly Reclassification[]): Promise<void> {
    if (records.length === 0) return;
    const rows = records.map((record, index) => ({ ...record, number: this.#next + index }));
    appendRows(await transaction.appender('reclassifications'), columns, rows);
    transaction.committed(() => {
      this.#next += rows.length;
    });
  }

  async of(lines: readonly string[], from: number, to: number): Promise<Reclassification[]> {
    // DuckDB takes no empty list.
    if (lines.length === 0 || this.#next === 0) return [];
    return this.#database.read(async (connection) => {
      const rows = await rowsOf(
        connection,
        `SELECT record FROM reclassifications
          WHERE line IN (SELECT unnest($1::VARCHAR[])) AND "from" < $2 AND "to" > $3 ORDER BY number`,
        [listValue([...lines]), BigInt(to), BigInt(from)],
      );
      return rows.map(([record]) => JSON.parse(record as string) as Reclassification);
    });
  }
}
