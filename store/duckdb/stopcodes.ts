/**
 * Small numbers that stand for stop codes in the rows of days. Kept in memory whole; a new one becomes visible here once it
 * is committed. Texts come from outside and are only ever values, never part of a statement.
 */
import { UINTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { appendRows, type Column } from './columns.ts';
import { rowsOf, type Transaction } from './database.ts';

interface Name {
  readonly code: number;
  readonly stop: string;
}

const columns: readonly Column<Name>[] = [
  { name: 'code', type: UINTEGER, value: ({ code }) => code },
  { name: 'stop', type: VARCHAR, value: ({ stop }) => stop },
];

export class StopCodes {
  readonly #codes = new Map<string, number>();

  async load(connection: DuckDBConnection): Promise<void> {
    for (const [stop, code] of await codesOf(connection)) this.#codes.set(stop, code);
  }

  /** A number for every stop, new ones written with the transaction. */
  async number(transaction: Transaction, stops: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const wanted = [...new Set(stops)];
    if (wanted.every((stop) => this.#codes.has(stop))) return this.#codes;
    // Others may have been added by this very transaction.
    const known = await codesOf(transaction.connection);
    const fresh = wanted.filter((stop) => !known.has(stop)).map((stop, index) => ({ code: known.size + index, stop }));
    if (fresh.length > 0) appendRows(await transaction.appender('stop_codes'), columns, fresh);
    for (const { code, stop } of fresh) known.set(stop, code);
    transaction.committed(() => {
      for (const [stop, code] of known) this.#codes.set(stop, code);
    });
    return known;
  }
}

async function codesOf(connection: DuckDBConnection): Promise<Map<string, number>> {
  const rows = await rowsOf(connection, 'SELECT code, stop FROM stop_codes');
  return new Map(rows.map(([code, stop]) => [stop as string, Number(code)]));
}
