/**
 * The catalog: which tables of readings, minutes, their days, checkpoints and contexts there are, and what each can hold an answer to.
 * A table begins open, in order of arrival. When it is full its rows are added, sorted, as one more run to a sealed table, in
 * the same transaction that retires it. Whoever reads takes a lease first, plans by the catalog, and sees of a sealed
 * table only the runs known then; a retired table is dropped when no lease is left that may have planned with it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Metric } from '../../contract/equipment.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';
import { whole } from './columns.ts';

export const tableKinds = ['raw', 'minutes', 'checkpoints', 'contexts', 'days', 'stops'] as const;
export type TableKind = (typeof tableKinds)[number];
export type MetricKind = Metric['kind'];

/** open: takes rows; full: waits to be sealed; sealed: sorted runs, or rows kept as they came; gone: waits to be dropped. */
export type Phase = 'open' | 'full' | 'sealed' | 'gone';

/** The times of a line's readings in a table, and how many there are. */
export interface Span {
  first: number;
  last: number;
  count: number;
}

export interface Table {
  readonly id: number;
  readonly name: string;
  readonly kind: TableKind;
  /** The equipment type of raw tables; the time zone of days and stops. */
  readonly type: string;
  /** The day or month, counted from 1970, of what is in it; of arrival for readings. Open tables of readings have none: −1. */
  readonly period: number;
  /** Metrics with a column of their own, in the order of the columns; readings only. */
  readonly metrics: ReadonlyMap<string, MetricKind>;
  phase: Phase;
  /** The newest run; runs after it are not read. */
  run: number;
  /** When the newest rows arrived. Oldest is known of open tables only. */
  newest: number;
  oldest: number;
  /** By line code; readings only. */
  readonly spans: Map<number, Span>;
}

export type TableSpec = Pick<Table, 'kind' | 'type' | 'period' | 'metrics' | 'phase' | 'newest'>;

export class Catalog {
  readonly #tables = new Map<number, Table>();
  readonly #leases = new Set<number>();
  readonly #retired: { table: Table; since: number }[] = [];
  #turns = 0;
  #nextId = 1;

  /** Reads the catalog of a file that nobody has begun to use. */
  async load(connection: DuckDBConnection): Promise<void> {
    const rows = await rowsOf(connection, 'SELECT id, kind, type, period, phase, run, newest, metrics FROM tables ORDER BY id');
    for (const [id, kind, type, period, phase, run, newest, metrics] of rows) {
      const table = describe(Number(id), {
        kind: kind as TableKind,
        type: type as string,
        period: Number(period),
        metrics: new Map(JSON.parse(metrics as string) as [string, MetricKind][]),
        phase: phase as Phase,
        newest: Number(newest),
      });
      table.run = Number(run);
      this.#nextId = table.id + 1;
      if (table.phase === 'gone') this.#retired.push({ table, since: 0 });
      else this.#tables.set(table.id, table);
    }
    const spans = await rowsOf(connection, 'SELECT "table", line, first, last, count FROM spans');
    for (const [id, line, first, last, count] of spans) {
      this.#tables.get(Number(id))?.spans.set(Number(line), { first: Number(first), last: Number(last), count: Number(count) });
    }
  }

  /** Tables in the order of their making. */
  of(kind: TableKind): Table[] {
    return [...this.#tables.values()].filter((table) => table.kind === kind);
  }

  find(spec: Partial<Pick<Table, 'kind' | 'type' | 'period' | 'phase'>>, metrics?: ReadonlyMap<string, MetricKind>): Table | null {
    for (const table of this.#tables.values()) {
      if (spec.kind !== undefined && table.kind !== spec.kind) continue;
      if (spec.type !== undefined && table.type !== spec.type) continue;
      if (spec.period !== undefined && table.period !== spec.period) continue;
      if (spec.phase !== undefined && table.phase !== spec.phase) continue;
      if (metrics && metricsText(metrics) !== metricsText(table.metrics)) continue;
      return table;
    }
    return null;
  }

  /** Begins a table; `definition` makes its statement from its name. */
  async begin(
    transaction: Pick<Transaction, 'connection' | 'committed'>,
    spec: TableSpec,
    definition: (name: string) => string,
  ): Promise<Table> {
    const table = describe(this.#nextId++, spec);
    await transaction.connection.run(definition(table.name));
    await transaction.connection.run('INSERT INTO tables VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[table.id, table.kind, table.type, table.period, table.phase, table.run, table.newest],
      metricsText(table.metrics),
    ]);
    transaction.committed(() => this.#tables.set(table.id, table));
    return table;
  }

  /** Changes what is noted of a table, in the file and, once committed, here. */
  async note(
    transaction: Pick<Transaction, 'connection' | 'committed'>,
    table: Table,
    change: Partial<Pick<Table, 'phase' | 'run' | 'newest'>>,
  ): Promise<void> {
    const { phase = table.phase, run = table.run, newest = table.newest } = change;
    await transaction.connection.run('UPDATE tables SET phase = $1, run = $2, newest = $3 WHERE id = $4', [phase, run, newest, table.id]);
    transaction.committed(() => {
      Object.assign(table, { phase, run, newest });
      if (phase !== 'gone') return;
      this.#tables.delete(table.id);
      this.#retired.push({ table, since: ++this.#turns });
    });
  }

  /** To be taken before planning and given back after the last row was read. */
  lease(): () => void {
    const turn = ++this.#turns;
    this.#leases.add(turn);
    return () => {
      this.#leases.delete(turn);
    };
  }

  /** Whether tables that were retired still take up space. */
  get waiting(): boolean {
    return this.#retired.length > 0;
  }

  /** Drops retired tables that nobody can be reading any more; true if there were any. */
  async sweep(database: Database): Promise<boolean> {
    const oldest = Math.min(...this.#leases, Number.POSITIVE_INFINITY);
    const free = this.#retired.filter(({ since }) => since < oldest).map(({ table }) => table);
    if (free.length === 0) return false;
    await database.write('readings', async ({ connection, committed }) => {
      for (const { id, name } of free) {
        database.forget(name);
        await connection.run(`DROP TABLE ${name}`);
        await connection.run(`DELETE FROM tables WHERE id = ${whole(id)}`);
        await connection.run(`DELETE FROM spans WHERE "table" = ${whole(id)}`);
      }
      committed(() => {
        this.#retired.splice(0, this.#retired.length, ...this.#retired.filter(({ table }) => !free.includes(table)));
      });
    });
    return true;
  }
}

/** Reads of a sealed table only the runs that were there when the plan was made. */
export function visible(table: Table): string {
  return table.phase === 'sealed' && table.kind !== 'checkpoints' && table.kind !== 'contexts' ? `run <= ${whole(table.run)}` : 'true';
}

/** Widens what is noted of a line's times in a table. */
export function widen(spans: Map<number, Span>, line: number, { first, last, count }: Span): void {
  const span = spans.get(line);
  if (!span) spans.set(line, { first, last, count });
  else {
    span.first = Math.min(span.first, first);
    span.last = Math.max(span.last, last);
    span.count += count;
  }
}

function describe(id: number, spec: TableSpec): Table {
  return { ...spec, id, name: `${spec.kind}_${String(id)}`, run: 0, oldest: Number.POSITIVE_INFINITY, spans: new Map() };
}

function metricsText(metrics: ReadonlyMap<string, MetricKind>): string {
  return JSON.stringify([...metrics]);
}
