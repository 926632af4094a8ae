/**
 * Derived rows coming out: minutes, checkpoints, context changes.
 * Comes in: lines and times. Goes out: rows of the store's interface. Each answer is read in one transaction.
 */
import { DuckDBListValue, DuckDBStructValue, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import type { MinuteRow } from '../../contract/figures.ts';
import type { Checkpoint, ContextChange } from '../store.ts';
import { visible, type Catalog, type Table } from './catalog.ts';
import { oneOf, whole } from './columns.ts';
import { rowsOf, type Database } from './database.ts';
import { reachOf } from './derived.ts';
import type { Lines } from './lines.ts';
import { amountNames, countNames, longestRun, minuteMs, timeBound, timeColumns, type DerivedKind } from './rows.ts';
import { property, sumsOf } from './totals.ts';

const summed = [...countNames, ...amountNames];

export class Figures {
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #lines: Lines;

  constructor(database: Database, catalog: Catalog, lines: Lines) {
    this.#database = database;
    this.#catalog = catalog;
    this.#lines = lines;
  }

  minutes(lines: readonly string[], from: number, to: number): Promise<MinuteRow[]> {
    const codes = this.#lines.codes(lines);
    return this.#reading(async (connection) => {
      const reach = longestRun * minuteMs;
      const source = this.#source('minutes', `line, minute, count, ${summed.join(', ')}, stops`, codes, from - reach, to);
      if (source === null) return [];
      const found = new Map<number, MinuteRow[]>();
      for (const [code, minute, count, ...rest] of await rowsOf(
        connection,
        `FROM (${source}) WHERE minute + count > ${whole(timeBound('minutes', from))} ORDER BY minute`,
      )) {
        const rows = found.get(Number(code)) ?? [];
        found.set(Number(code), rows);
        const first = Number(minute) * minuteMs;
        const end = Math.min(to, first + Number(count) * minuteMs);
        for (let at = Math.max(first, timeBound('minutes', from) * minuteMs); at < end; at += minuteMs) {
          rows.push({ line: this.#lines.id(Number(code)), minute: at, ...sumsOf(rest), stops: stopsOf(rest.at(-1)) });
        }
      }
      return codes.flatMap((code) => found.get(code) ?? []);
    });
  }

  /** The newest with `at` ≤ the given time. */
  async checkpoint(line: string, at: number): Promise<Checkpoint | null> {
    const [code] = this.#lines.codes([line]);
    if (code === undefined) return null;
    return this.#reading(async (connection) => {
      const tables = this.#tables('checkpoints', 0, at + 1);
      const newest = tables.filter((table) => table.phase === 'open' && reachOf(table)[1] > at);
      for (const some of [newest, tables.filter((table) => !newest.includes(table))]) {
        if (some.length === 0) continue;
        const parts = some.map(({ name }) => `SELECT line, ts, carry FROM ${name} WHERE line = ${whole(code)} AND ts <= ${whole(at)}`);
        const rows = await rowsOf(
          connection,
          `SELECT line, ts::DOUBLE, carry FROM (${parts.join(' UNION ALL ')}) ORDER BY ts DESC LIMIT 1`,
        );
        for (const row of rows) return this.#checkpointOf(row);
      }
      return null;
    });
  }

  lastCheckpoints(): Promise<Checkpoint[]> {
    return this.#reading(async (connection) => {
      const found = new Map<number, Checkpoint>();
      for (const { name } of this.#catalog.of('checkpoints')) {
        const newest = `SELECT line, max(ts) AS ts FROM ${name} GROUP BY line`;
        const rows = await rowsOf(connection, `SELECT line, ts::DOUBLE, carry FROM ${name} SEMI JOIN (${newest}) USING (line, ts)`);
        for (const row of rows) {
          const one = this.#checkpointOf(row);
          if (one.at > (found.get(Number(row[0]))?.at ?? Number.NEGATIVE_INFINITY)) found.set(Number(row[0]), one);
        }
      }
      return [...found.values()];
    });
  }

  checkpoints(line: string, from: number, to: number): Promise<Checkpoint[]> {
    const codes = this.#lines.codes([line]);
    return this.#reading(async (connection) => {
      const source = this.#source('checkpoints', 'line, ts::DOUBLE AS ts, carry', codes, from, to);
      const rows = source === null ? [] : await rowsOf(connection, `${source} ORDER BY ts`);
      return rows.map((row) => this.#checkpointOf(row));
    });
  }

  contexts(line: string, from: number, to: number): Promise<ContextChange[]> {
    const codes = this.#lines.codes([line]);
    const columns = 'line, ts::DOUBLE AS ts, "order", batch, design, product';
    return this.#reading(async (connection) => {
      const within = this.#source('contexts', columns, codes, from, to);
      const rows = within === null ? [] : await rowsOf(connection, `${within} ORDER BY ts`);
      const earlier = Number(rows[0]?.[1]) === from ? [] : this.#tables('contexts', 0, from).toSorted((a, b) => b.period - a.period);
      for (const { name } of earlier) {
        const before = await rowsOf(
          connection,
          `SELECT ${columns} FROM ${name} WHERE ${oneOf('line', codes)} AND ts < ${whole(from)} ORDER BY ts DESC LIMIT 1`,
        );
        if (before.length === 0) continue;
        rows.unshift(...before);
        break;
      }
      return rows.map(([, ts, order, batch, design, product]) => {
        const text = (value: DuckDBValue | undefined): string | null => (typeof value === 'string' ? value : null);
        return { line, ts: Number(ts), order: text(order), batch: text(batch), design: text(design), product: text(product) };
      });
    });
  }

  async #reading<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const giveUp = this.#catalog.lease();
    try {
      return await this.#database.read(async (connection) => {
        await connection.run('BEGIN TRANSACTION READ ONLY');
        try {
          return await work(connection);
        } finally {
          await connection.run('ROLLBACK');
        }
      });
    } finally {
      giveUp();
    }
  }

  #tables(kind: DerivedKind, from: number, to: number): Table[] {
    return this.#catalog.of(kind).filter((table) => {
      const [first, last] = reachOf(table);
      return first < to && last > from;
    });
  }

  /** Those columns of the lines' rows in `[from, to)`, out of every table that can have some; null where none can. */
  #source(kind: DerivedKind, columns: string, codes: readonly number[], from: number, to: number): string | null {
    const time = timeColumns[kind];
    const parts = this.#tables(kind, from, to).map(
      (table) =>
        `SELECT ${columns} FROM ${table.name}
          WHERE ${oneOf('line', codes)} AND ${time} >= ${whole(timeBound(kind, from))} AND ${time} < ${whole(timeBound(kind, to))} AND ${visible(table)}`,
    );
    return parts.length === 0 || codes.length === 0 ? null : parts.join(' UNION ALL ');
  }

  #checkpointOf([code, at, carry]: DuckDBValue[]): Checkpoint {
    return { line: this.#lines.id(Number(code)), at: Number(at), carry: carry as string };
  }
}

function stopsOf(list: DuckDBValue | undefined): MinuteRow['stops'] {
  const stops: MinuteRow['stops'] = {};
  if (!(list instanceof DuckDBListValue)) return stops;
  for (const item of list.items) {
    if (!(item instanceof DuckDBStructValue)) continue;
    const { stop, count, ms } = item.entries;
    Object.defineProperty(stops, stop as string, property({ count: Number(count), ms: Number(ms) }));
  }
  return stops;
}
