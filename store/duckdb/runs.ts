/**
 * Runs of minutes going in: DuckDB itself makes a row of each of their minutes, a hundred times faster than they could be handed over.
 * Comes in: runs that lie within one table each, and within one local day. Goes out: rows of that table, in the transaction at hand.
 */
import { UINTEGER } from '@duckdb/node-api';
import type { MinuteRun } from '../store.ts';
import type { Table } from './catalog.ts';
import { appendRows, createTable, type Column } from './columns.ts';
import type { Transaction } from './database.ts';
import { minutesFamily, type Placed } from './rows.ts';

export type PlacedRun = Placed<MinuteRun>;

const columns: readonly Column<PlacedRun>[] = [...minutesFamily.columns, { name: 'count', type: UINTEGER, value: ({ count }) => count }];
const handed = 'minute_runs';

export async function addRuns({ connection }: Transaction, table: Table, runs: readonly PlacedRun[]): Promise<void> {
  await connection.run(createTable(handed, columns).replace('CREATE TABLE', 'CREATE OR REPLACE TEMP TABLE'));
  const appender = await connection.createAppender(handed, null, 'temp');
  appendRows(appender, columns, runs);
  appender.closeSync();
  await connection.run(
    `INSERT INTO ${table.name} SELECT * EXCLUDE (count, place) REPLACE ((minute + place)::UINTEGER AS minute)
      FROM (SELECT *, unnest(range(count)) AS place FROM temp.${handed})`,
  );
  await connection.run(`DROP TABLE temp.${handed}`);
}
