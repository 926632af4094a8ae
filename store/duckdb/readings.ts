/**
 * Readings out of the file: streams of them, which of them are there, and one metric over time.
 * Comes in: lines, times, metric names. Goes out: readings as they were given, keys, points. Every answer is one statement
 * over just the tables that can hold part of it, so it is one snapshot.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Point } from '../../contract/api.ts';
import type { Reading } from '../../contract/reading.ts';
import type { ReadingKey, ReadingsQuery } from '../store.ts';
import { visible, type Catalog, type Span, type Table } from './catalog.ts';
import { oneOf, whole } from './columns.ts';
import { rowsOf, type Database } from './database.ts';
import { jsonPointer, numberExpression, selectionOf } from './selection.ts';
import type { Lines } from './lines.ts';

export class Readings {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #lines: Lines;

  constructor(database: Database, catalog: Catalog, lines: Lines) {
    this.#database = database;
    this.#catalog = catalog;
    this.#lines = lines;
  }

  /** What each table holds of its lines, where that is not in the file: tables that still took rows when the store was closed. */
  async load(connection: DuckDBConnection): Promise<void> {
    for (const table of this.#catalog.of('raw').filter(({ phase }) => phase !== 'sealed')) {
      const rows = await rowsOf(
        connection,
        `SELECT line, min(ts), max(ts), count(*), min(ts + lag), max(ts + lag) FROM ${table.name} GROUP BY line`,
      );
      for (const [line, first, last, count, oldest, newest] of rows) {
        table.spans.set(Number(line), { first: Number(first), last: Number(last), count: Number(count) });
        table.oldest = Math.min(table.oldest, Number(oldest));
        table.newest = Math.max(table.newest, Number(newest));
      }
    }
  }

  heads(): Map<string, number> {
    const heads = new Map<number, number>();
    for (const { spans } of this.#catalog.of('raw')) {
      for (const [code, { last }] of spans) heads.set(code, Math.max(last, heads.get(code) ?? last));
    }
    return new Map([...heads].map(([code, last]) => [this.#lines.id(code), last]));
  }

  count(): number {
    return this.#catalog.of('raw').reduce((sum, table) => sum + rowCount(table), 0);
  }

  async *stream(query: ReadingsQuery): AsyncIterable<Reading[]> {
    const giveUp = this.#catalog.lease();
    const connection = await this.#database.borrow();
    let finished = false;
    try {
      const codes = this.#lines.codes(query.lines);
      const tables = this.#tables(codes, query.from, query.to);
      if (tables.length > 0) {
        const selection = selectionOf(tables, query.metrics ?? null);
        const parts = tables.map(
          (table) => `SELECT ${selection.columns(table)} FROM ${table.name} WHERE ${within(table, codes, query.from, query.to)}`,
        );
        const order = codes.length === 1 ? 'ts' : `${rankOf(codes)}, ts`;
        const result = await connection.stream(`SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY ${order}`);
        for await (const chunk of result) {
          if (chunk.rowCount > 0) yield selection.readings(chunk, (code) => this.#lines.id(code));
        }
      }
      finished = true;
    } finally {
      // A stream that was left early still runs on its connection.
      if (finished) this.#database.giveBack(connection);
      else connection.disconnectSync();
      giveUp();
    }
  }

  async known(keys: readonly ReadingKey[]): Promise<ReadingKey[]> {
    const asked = keys.flatMap(({ line, ts }) => {
      const code = this.#lines.code(line);
      return code === undefined ? [] : [{ code, ts }];
    });
    return this.#reading(async (connection) => {
      const parts = this.#catalog.of('raw').flatMap((table) => knownIn(table, asked));
      if (parts.length === 0) return [];
      const rows = await rowsOf(connection, parts.join(' UNION ALL '));
      return rows.map(([code, ts]) => ({ line: this.#lines.id(Number(code)), ts: Number(ts) }));
    });
  }

  async series(line: string, metric: string, from: number, to: number, points: number): Promise<Point[]> {
    const codes = this.#lines.codes([line]);
    if (to <= from || points < 1) return [];
    const step = Math.ceil((to - from) / points);
    return this.#reading(async (connection) => {
      const parts = this.#tables(codes, from, to).map(
        (table) => `SELECT ts, ${numberExpression(table, metric)} AS value FROM ${table.name} WHERE ${within(table, codes, from, to)}`,
      );
      if (parts.length === 0) return [];
      const rows = await rowsOf(
        connection,
        `SELECT ((ts - ${whole(from)}) // ${whole(step)})::DOUBLE AS slice, min(value), max(value), avg(value)
          FROM (${parts.join(' UNION ALL ')}) WHERE value IS NOT NULL GROUP BY slice ORDER BY slice`,
        [jsonPointer(metric)],
      );
      return rows.map(([slice, min, max, mean]): Point => [from + Number(slice) * step, Number(min), Number(max), Number(mean)]);
    });
  }

  async #reading<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const giveUp = this.#catalog.lease();
    try {
      return await this.#database.read(work);
    } finally {
      giveUp();
    }
  }

  #tables(codes: readonly number[], from: number, to: number): Table[] {
    return this.#catalog.of('raw').filter((table) => codes.some((code) => touches(table.spans.get(code), from, to)));
  }
}

export function rowCount(table: Table): number {
  let sum = 0;
  for (const { count } of table.spans.values()) sum += count;
  return sum;
}

function touches(span: Span | undefined, from: number, to: number): boolean {
  return span !== undefined && span.first < to && span.last >= from;
}

/** The lines of the table that are asked for, and the time; as little as decides it. */
function within(table: Table, codes: readonly number[], from: number, to: number): string {
  const here = codes.filter((code) => touches(table.spans.get(code), from, to));
  const lines = here.length === table.spans.size ? 'true' : oneOf('line', here);
  return `${lines} AND ts >= ${whole(from)} AND ts < ${whole(to)} AND ${visible(table)}`;
}

/** Line codes follow no order of their own: sorts them as their ids sort. */
function rankOf(codes: readonly number[]): string {
  const ranks: number[] = [];
  codes.forEach((code, rank) => {
    ranks[code] = rank;
  });
  return `([${Array.from(ranks, (rank?: number) => whole(rank ?? 0)).join(',')}]::USMALLINT[])[line + 1]`;
}

/** A statement that finds those of the keys that are in the table, if any can be. */
function knownIn(table: Table, keys: readonly { code: number; ts: number }[]): string[] {
  const here = keys.filter(({ code, ts }) => touches(table.spans.get(code), ts, ts + 1));
  if (here.length === 0) return [];
  const times = here.map(({ ts }) => ts);
  const lines = [...new Set(here.map(({ code }) => code))];
  return [
    `SELECT line, ts::DOUBLE FROM ${table.name} SEMI JOIN
      (SELECT unnest([${here.map(({ code }) => whole(code)).join(',')}]::USMALLINT[]) AS line, unnest([${times.map(whole).join(',')}]::BIGINT[]) AS ts)
      USING (line, ts)
      WHERE line >= ${whole(Math.min(...lines))} AND line <= ${whole(Math.max(...lines))}
        AND ts >= ${whole(Math.min(...times))} AND ts <= ${whole(Math.max(...times))} AND ${visible(table)}`,
  ];
}
