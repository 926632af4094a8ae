/**
 * Columns: how rows of this store become a table's columns, and literals become safe SQL.
 * Comes in: row objects. Goes out: column-wise chunks for an appender, which takes a third of the time of appending row
 * by row. Texts from outside never become part of a statement: they are parameters.
 */
import { setImmediate } from 'node:timers/promises';
import { DuckDBDataChunk, type DuckDBAppender, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';

export interface Column<Row> {
  readonly name: string;
  readonly type: DuckDBType;
  value(row: Row): DuckDBValue;
}

/** The most rows a DuckDB vector holds. */
const chunkRows = 2048;

/** Rows appended between two breaths: about 10 ms. */
const breathRows = 1024;

export function appendRows<Row>(appender: DuckDBAppender, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  for (let start = 0; start < rows.length; start += chunkRows) appendChunk(appender, columns, rows.slice(start, start + chunkRows));
  appender.flushSync();
}

/** The same for rows that may be many: others on this thread have their turns in between. */
export async function appendMany<Row>(appender: DuckDBAppender, columns: readonly Column<Row>[], rows: readonly Row[]): Promise<void> {
  for (let start = 0; start < rows.length; start += breathRows) {
    appendChunk(appender, columns, rows.slice(start, start + breathRows));
    if (start + breathRows < rows.length) await setImmediate();
  }
  appender.flushSync();
}

function appendChunk<Row>(appender: DuckDBAppender, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const chunk = DuckDBDataChunk.create(
    columns.map((column) => column.type),
    rows.length,
  );
  columns.forEach((column, index) => {
    const vector = chunk.getColumnVector(index);
    rows.forEach((row, place) => {
      vector.setItem(place, column.value(row));
    });
    vector.flush();
  });
  appender.appendDataChunk(chunk);
}

/** `CREATE TABLE` for the columns; names are our own. */
export function createTable(name: string, columns: readonly Column<never>[]): string {
  return `CREATE TABLE ${name} (${columns.map((column) => `"${column.name}" ${column.type.toString()}`).join(', ')})`;
}

/** A whole number as it stands in a statement; anything else is the caller's mistake. */
export function whole(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${String(value)}`);
  return String(value);
}

/** `column IN (…)`, or the shortest condition that says the same. */
export function oneOf(column: string, values: readonly number[]): string {
  const [only] = values;
  if (only === undefined) return 'false';
  return values.length === 1 ? `${column} = ${whole(only)}` : `${column} IN (${values.map(whole).join(', ')})`;
}
