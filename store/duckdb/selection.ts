/**
 * What is selected of tables of readings, and how the chunks that come back become readings again.
 * Comes in: the tables and the metrics asked for. Goes out: the columns of each table, brought to one shape, and a
 * converter that works column by column. Tables of other times may have other metric columns, or none.
 */
import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { contextNames, type MetricValue, type Reading } from '../../contract/reading.ts';
import type { Table } from './catalog.ts';
import { contextOf, metricColumn, metricTypes, statesByCode } from './raw.ts';

export interface Selection {
  columns(table: Table): string;
  readings(chunk: DuckDBDataChunk, idOf: (code: number) => string): Reading[];
}

interface Draft extends Mutable<Reading> {
  metrics: Record<string, MetricValue>;
}
type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** What each column after line, ts and time of receipt puts into a reading, in the order of the columns. */
interface Part {
  column(table: Table): string;
  put(draft: Draft, value: DuckDBValue): void;
}

const contextParts = contextNames.map((name): Part => ({
  column: () => `"${name}"`,
  put(draft, text) {
    draft[name] = contextOf(text as string);
  },
}));

const fixedParts: readonly Part[] = [
  {
    column: () => 'state',
    put(draft, code) {
      const state = statesByCode.get(code as number);
      if (state !== undefined) draft.state = state;
    },
  },
  {
    column: () => 'stop',
    put(draft, stop) {
      draft.stop = stop as string;
    },
  },
  {
    column: () => 'hold',
    put(draft, hold) {
      draft.hold = hold as number;
    },
  },
  {
    column: () => 'seq::DOUBLE',
    put(draft, seq) {
      draft.seq = seq as number;
    },
  },
  ...contextParts,
];

/** The named metrics of the tables, or all of them. */
export function selectionOf(tables: readonly Table[], asked: readonly string[] | null): Selection {
  const declared = new Set(tables.flatMap((table) => [...table.metrics.keys()]));
  const names = new Set(asked ?? declared);
  const wanted = asked === null ? null : names;
  const parts = [...fixedParts];
  let everywhere = asked !== null;
  for (const name of names) {
    const native = sameEverywhere(tables, name);
    if (!native) everywhere = false;
    if (declared.has(name)) parts.push(metricPart(name, native));
  }
  parts.push(jsonPart('misfit', wanted));
  // Undeclared metrics are only looked at where one is asked for: taking them apart costs more than all the rest.
  if (!everywhere) parts.push(jsonPart('extra', wanted));
  return {
    columns: (table) => ['line', 'ts::DOUBLE AS ts', '(ts + lag)::DOUBLE', ...parts.map((part) => part.column(table))].join(', '),
    readings: (chunk, idOf) => readingsOf(chunk, idOf, parts),
  };
}

/** Where tables differ in a metric's kind its values travel as JSON. */
function metricPart(name: string, native: boolean): Part {
  return {
    column(table) {
      const index = [...table.metrics.keys()].indexOf(name);
      if (index < 0) return 'NULL::VARCHAR';
      return native ? metricColumn(index) : `to_json(${metricColumn(index)})::VARCHAR`;
    },
    put(draft, value) {
      draft.metrics[name] = native ? (value as MetricValue) : (JSON.parse(value as string) as MetricValue);
    },
  };
}

function jsonPart(column: string, wanted: ReadonlySet<string> | null): Part {
  return {
    column: () => column,
    put(draft, text) {
      const entries = JSON.parse(text as string) as Record<string, MetricValue>;
      for (const name of Object.keys(entries)) {
        if (wanted?.has(name) === false) continue;
        // Plain assignment to `__proto__` would not make a property of it.
        Object.defineProperty(draft.metrics, name, { value: entries[name], writable: true, enumerable: true, configurable: true });
      }
    },
  };
}

function readingsOf(chunk: DuckDBDataChunk, idOf: (code: number) => string, parts: readonly Part[]): Reading[] {
  const drafts: Draft[] = [];
  const lines = chunk.getColumnVector(0);
  const times = chunk.getColumnVector(1);
  const receipts = chunk.getColumnVector(2);
  for (let row = 0; row < chunk.rowCount; row += 1) {
    const line = idOf(lines.getItem(row) as number);
    drafts.push({ line, ts: times.getItem(row) as number, receivedAt: receipts.getItem(row) as number, metrics: {} });
  }
  parts.forEach((part, index) => {
    const vector = chunk.getColumnVector(index + 3);
    drafts.forEach((draft, row) => {
      const value = vector.getItem(row);
      if (value !== null) part.put(draft, value);
    });
  });
  return drafts;
}

function sameEverywhere(tables: readonly Table[], name: string): boolean {
  const types = new Set(
    tables.map((table) => {
      const kind = table.metrics.get(name);
      return kind === undefined ? undefined : metricTypes[kind];
    }),
  );
  return types.size === 1 && !types.has(undefined);
}

/** A metric as a number: flags are 0 and 1, texts are none. Undeclared ones, and misfits, come out of JSON by the pointer `$1`. */
export function numberExpression(table: Table, metric: string): string {
  const index = [...table.metrics.keys()].indexOf(metric);
  if (index < 0) return jsonNumber('extra');
  if (table.metrics.get(metric) === 'text') return jsonNumber('misfit');
  return `coalesce(${metricColumn(index)}::DOUBLE, ${jsonNumber('misfit')})`;
}

function jsonNumber(column: string): string {
  return `CASE json_type(${column}, $1)
    WHEN 'BOOLEAN' THEN (json_extract_string(${column}, $1) = 'true')::DOUBLE
    WHEN 'VARCHAR' THEN NULL
    ELSE TRY_CAST(json_extract_string(${column}, $1) AS DOUBLE) END`;
}

/** RFC 6901. */
export function jsonPointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
