/**
 * The layout of a database file: its fixed tables and its version.
 * A file of a newer layout is refused; an empty one is laid out. Tables that come and go with time (readings, minutes,
 * checkpoints, contexts) are not named here: they are entries of `tables`, kept by the catalog.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { whole } from './columns.ts';
import { rowsOf, StoreFileError } from './database.ts';

/** Raised by one with every change that older code cannot read. */
const layoutVersion = 3;

/** Added by layout 2, with tables of days; upkeep makes those of months that are there already. */
const stopCodesTable = 'CREATE TABLE stop_codes (code UINTEGER, stop VARCHAR);';

const fixedTables = `
  CREATE TABLE layout (version INTEGER);
  CREATE TABLE settled (position BIGINT, counts VARCHAR);
  CREATE TABLE lines (code USMALLINT, line VARCHAR);
  CREATE TABLE frozen (line USMALLINT, until BIGINT);
  CREATE TABLE undeclared (line USMALLINT, metric VARCHAR);
  CREATE TABLE dirty (line VARCHAR, "from" BIGINT, "to" BIGINT);
  CREATE TABLE rejections (number BIGINT, line VARCHAR, received BIGINT, reason VARCHAR, detail VARCHAR, sample VARCHAR);
  CREATE TABLE batches (line VARCHAR, batch VARCHAR, "from" BIGINT, "to" BIGINT, record VARCHAR);
  CREATE TABLE tables (id INTEGER, kind VARCHAR, type VARCHAR, period INTEGER, phase VARCHAR, run INTEGER, newest BIGINT, metrics VARCHAR);
  CREATE TABLE spans ("table" INTEGER, line USMALLINT, first BIGINT, last BIGINT, count BIGINT);
  ${stopCodesTable}
`;

/** Lays out an empty file, or checks that this code can read a full one. */
export async function prepareLayout(connection: DuckDBConnection): Promise<void> {
  const [found] = await rowsOf(connection, `SELECT count(*)::INTEGER FROM duckdb_tables() WHERE table_name = 'layout'`);
  if (found?.[0] === 0) {
    await connection.run('BEGIN TRANSACTION');
    await connection.run(fixedTables);
    await connection.run('INSERT INTO layout VALUES ($1)', [layoutVersion]);
    await connection.run(`INSERT INTO settled VALUES (0, '{"stored":0,"duplicate":0,"rejected":{}}')`);
    await connection.run('COMMIT');
    return;
  }
  const [row] = await rowsOf(connection, 'SELECT version FROM layout');
  const version = Number(row?.[0]);
  if (version === layoutVersion) return;
  if (version === 1 || version === 2) {
    await connection.run('BEGIN TRANSACTION');
    if (version === 1) await connection.run(stopCodesTable);
    await countMinutes(connection);
    await connection.run('UPDATE layout SET version = $1', [layoutVersion]);
    await connection.run('COMMIT');
    return;
  }
  throw new StoreFileError(
    version > layoutVersion
      ? `The store was written by a newer version of Bobbin (layout ${String(version)}; this one reads up to ${String(layoutVersion)}). Start that version, or restore a backup made by this one.`
      : `The store has layout ${String(version)}, which this version of Bobbin cannot read.`,
  );
}

/** Since layout 3 a row of a table of minutes may stand for several; until then each was one. */
async function countMinutes(connection: DuckDBConnection): Promise<void> {
  for (const [id] of await rowsOf(connection, `SELECT id FROM tables WHERE kind = 'minutes'`)) {
    await connection.run(`ALTER TABLE minutes_${whole(Number(id))} ADD COLUMN count USMALLINT DEFAULT 1`);
  }
}
