/**
 * Derived rows as columns: minutes, checkpoints and context changes, and where in time each stands.
 * Comes in: rows of the store's interface. Goes out: column values. The tables themselves are kept by the catalog.
 */
import {
  BIGINT,
  DOUBLE,
  INTEGER,
  LIST,
  listValue,
  STRUCT,
  structValue,
  UINTEGER,
  USMALLINT,
  VARCHAR,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { MinuteRow } from '../../contract/figures.ts';
import { contextNames } from '../../contract/reading.ts';
import type { Checkpoint, ContextChange } from '../store.ts';
import type { TableKind } from './catalog.ts';
import type { Column } from './columns.ts';

export const minuteMs = 60_000;

export type DerivedKind = Exclude<TableKind, 'raw' | 'days' | 'stops'>;

/** A row with its line's code and, where its table has runs, its run. */
export type Placed<Row> = Row & { readonly code: number; readonly run: number };

/** A row of a table of minutes: one minute, or `count` of them in a row that are all like it. */
export type MinutePiece = MinuteRow & { readonly count?: number };

/** A run never reaches further than this, so a window is found in rows that begin at most that much before it. */
export const longestRun = 1440;

/** One kind of derived rows. */
export interface Family<Row> {
  readonly kind: DerivedKind;
  readonly columns: readonly Column<Placed<Row>>[];
  time(row: Row): number;
}

/** The column that says where in time a row stands. */
export const timeColumns: Readonly<Record<DerivedKind, string>> = { minutes: 'minute', checkpoints: 'ts', contexts: 'ts' };

/** An instant as a bound of the time column; minutes are counted in 32 bits. */
export function timeBound(kind: DerivedKind, ts: number): number {
  return kind === 'minutes' ? Math.max(0, Math.min(Math.ceil(ts / minuteMs), 2 ** 32 - 1)) : ts;
}

/** At most 60,000 each: they fit sixteen bits. */
export const countNames = ['runningMs', 'setupMs', 'idleMs', 'stoppedMs', 'faultMs', 'plannedMs', 'overtimeMs', 'faults'] as const;
export const amountNames = ['output', 'scrap'] as const;

const line: Column<{ readonly code: number }> = { name: 'line', type: USMALLINT, value: ({ code }) => code };

export const minutesFamily: Family<MinutePiece> = {
  kind: 'minutes',
  time: ({ minute }) => minute,
  columns: [
    line,
    { name: 'minute', type: UINTEGER, value: ({ minute }) => minute / minuteMs },
    ...countNames.map((name): Column<Placed<MinutePiece>> => ({ name, type: USMALLINT, value: (row) => row[name] })),
    ...amountNames.map((name): Column<Placed<MinutePiece>> => ({ name, type: DOUBLE, value: (row) => row[name] })),
    {
      name: 'stops',
      type: LIST(STRUCT({ stop: VARCHAR, count: USMALLINT, ms: USMALLINT })),
      value: ({ stops }: MinutePiece): DuckDBValue => {
        const entries = Object.entries(stops).map(([stop, { count, ms }]) => structValue({ stop, count, ms }));
        return entries.length === 0 ? null : listValue(entries);
      },
    },
    { name: 'run', type: INTEGER, value: (row) => row.run },
    { name: 'count', type: USMALLINT, value: (row: MinutePiece) => row.count ?? 1 },
  ],
};

export const checkpointsFamily: Family<Checkpoint> = {
  kind: 'checkpoints',
  time: ({ at }) => at,
  columns: [
    line,
    { name: 'ts', type: BIGINT, value: ({ at }) => BigInt(at) },
    { name: 'carry', type: VARCHAR, value: ({ carry }) => carry },
  ],
};

export const contextsFamily: Family<ContextChange> = {
  kind: 'contexts',
  time: ({ ts }) => ts,
  columns: [
    line,
    { name: 'ts', type: BIGINT, value: ({ ts }) => BigInt(ts) },
    ...contextNames.map((name): Column<Placed<ContextChange>> => ({ name, type: VARCHAR, value: (change) => change[name] })),
  ],
};
