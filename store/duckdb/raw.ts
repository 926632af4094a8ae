/**
 * A reading as a row: which columns a table of readings has, and what goes into them.
 * Comes in: a reading and the equipment type's metrics. Goes out: column values. Three-valued contexts stay three-valued,
 * and a value that does not fit its metric's column is kept beside it as JSON, so that every reading comes back as it was.
 */
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, USMALLINT, UTINYINT, VARCHAR, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import type { EquipmentType } from '../../contract/equipment.ts';
import { contextNames, states, type MetricValue, type Reading, type State } from '../../contract/reading.ts';
import type { MetricKind } from './catalog.ts';
import { createTable, type Column } from './columns.ts';

/** A reading, its line's code, and as JSON what has no column: undeclared metrics, and declared ones with a value of another kind. */
export interface RawRow {
  readonly reading: Reading;
  readonly code: number;
  readonly extra: string | null;
  readonly misfit: string | null;
}

/** How states stand in the file, whatever the order of the contract's list; 0 is a reading without one. */
const stateCodes: Readonly<Record<State, number>> = { running: 1, setup: 2, idle: 3, stopped: 4, fault: 5, planned: 6, unknown: 7 };

export const statesByCode: ReadonlyMap<number, State> = new Map(states.map((state) => [stateCodes[state], state]));

const fixedColumns: readonly Column<RawRow>[] = [
  { name: 'line', type: USMALLINT, value: ({ code }) => code },
  { name: 'ts', type: BIGINT, value: ({ reading }) => BigInt(reading.ts) },
  // Almost constant, where the time of receipt itself is not: it takes a third of the space.
  { name: 'lag', type: BIGINT, value: ({ reading }) => BigInt(reading.receivedAt - reading.ts) },
  { name: 'state', type: UTINYINT, value: ({ reading: { state } }) => (state === undefined ? 0 : stateCodes[state]) },
  { name: 'stop', type: VARCHAR, value: ({ reading }) => reading.stop ?? null },
  { name: 'hold', type: DOUBLE, value: ({ reading }) => reading.hold ?? null },
  { name: 'seq', type: BIGINT, value: ({ reading: { seq } }) => (seq === undefined ? null : BigInt(seq)) },
  ...contextNames.map((name): Column<RawRow> => ({ name, type: VARCHAR, value: ({ reading }) => contextText(reading[name]) })),
  { name: 'misfit', type: VARCHAR, value: ({ misfit }) => misfit },
  { name: 'extra', type: VARCHAR, value: ({ extra }) => extra },
];

export const metricTypes: Readonly<Record<MetricKind, DuckDBType>> = { gauge: DOUBLE, counter: DOUBLE, text: VARCHAR, flag: BOOLEAN };
const jsTypes: Readonly<Record<MetricKind, string>> = { gauge: 'number', counter: 'number', text: 'string', flag: 'boolean' };

export function metricKinds(type: EquipmentType | undefined): ReadonlyMap<string, MetricKind> {
  return new Map(Object.entries(type?.metrics ?? {}).map(([name, { kind }]) => [name, kind]));
}

/** Metric columns go by number: metric names may differ in case alone, columns may not. */
export function metricColumn(index: number): string {
  return `m${String(index)}`;
}

export function rawColumns(metrics: ReadonlyMap<string, MetricKind>): readonly Column<RawRow>[] {
  const columns = [...metrics].map(([name, kind], index): Column<RawRow> => ({
    name: metricColumn(index),
    type: metricTypes[kind],
    value: ({ reading }): DuckDBValue => {
      const value = reading.metrics[name];
      return typeof value === jsTypes[kind] && value !== undefined ? value : null;
    },
  }));
  return [...fixedColumns, ...columns];
}

/** Sealed tables say of each row with which run it came. */
export function createRawTable(name: string, metrics: ReadonlyMap<string, MetricKind>, sealed: boolean): string {
  const run: Column<RawRow> = { name: 'run', type: INTEGER, value: () => null };
  return createTable(name, [...rawColumns(metrics), ...(sealed ? [run] : [])]);
}

/** A reading as a row, and the names of its undeclared metrics. */
export function rawRow(reading: Reading, code: number, kinds: ReadonlyMap<string, MetricKind>): { row: RawRow; names: string[] } {
  let extra: [string, MetricValue][] | null = null;
  let misfit: [string, MetricValue][] | null = null;
  for (const name in reading.metrics) {
    const kind = kinds.get(name);
    const value = reading.metrics[name] ?? null;
    if (kind === undefined) (extra ??= []).push([name, value]);
    else if (typeof value !== jsTypes[kind]) (misfit ??= []).push([name, value]);
  }
  return { row: { reading, code, extra: json(extra), misfit: json(misfit) }, names: extra?.map(([name]) => name) ?? [] };
}

function json(entries: [string, MetricValue][] | null): string | null {
  // fromEntries makes even `__proto__` an ordinary property.
  return entries && JSON.stringify(Object.fromEntries(entries));
}

/**
 * A context as it stands in its column: NULL where the reading did not give it, the empty text where it gave null, else
 * the text; a text that is empty or begins with "~" has one "~" more.
 */
function contextText(given: string | null | undefined): string | null {
  if (given === undefined) return null;
  if (given === null) return '';
  return given === '' || given.startsWith('~') ? `~${given}` : given;
}

/** The reverse of `contextText` for what is not NULL. */
export function contextOf(text: string): string | null {
  if (text === '') return null;
  return text.startsWith('~') ? text.slice(1) : text;
}
