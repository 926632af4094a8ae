/**
 * Day rows: what the sealed minutes of a line add up to, a day of the zone's own calendar at a time, so that months are quick to sum.
 * Comes in: minute rows as they go into a sealed table, and lines of which some were replaced. Goes out: nothing; the rows of a
 * line's day add up to its minutes in the same month's table after every transaction. A line's day may have several rows.
 */
import { DOUBLE, INTEGER, UINTEGER, USMALLINT } from '@duckdb/node-api';
import type { Sums } from '../../contract/figures.ts';
import { addSums, emptySums } from '../../kpi/utilization.ts';
import { summedRun } from '../runs.ts';
import { visible, type Catalog, type Table } from './catalog.ts';
import { appendRows, createTable, oneOf, whole, type Column } from './columns.ts';
import { rowsOf, type Transaction } from './database.ts';
import type { LocalDays } from './localdays.ts';
import { amountNames, countNames, longestRun, minuteMs, type MinutePiece, type Placed } from './rows.ts';
import type { StopCodes } from './stopcodes.ts';

/** The two tables of a month: figures, and stops a row each. They begin, change and go together with the month's minutes. */
export interface DayTables {
  readonly days: Table;
  readonly stops: Table;
}

interface DayRow extends Sums {
  readonly code: number;
  readonly day: number;
  readonly run: number;
}
interface StopRow {
  readonly code: number;
  readonly day: number;
  readonly stop: number;
  readonly count: number;
  readonly ms: number;
  readonly run: number;
}

/** `minute` is the day's first. */
const place: readonly Column<{ readonly code: number; readonly day: number }>[] = [
  { name: 'line', type: USMALLINT, value: ({ code }) => code },
  { name: 'minute', type: UINTEGER, value: ({ day }) => day / minuteMs },
];
const run: Column<{ readonly run: number }> = { name: 'run', type: INTEGER, value: (row) => row.run };
const dayColumns: readonly Column<DayRow>[] = [
  ...place,
  ...countNames.map((name): Column<DayRow> => ({ name, type: UINTEGER, value: (row) => row[name] })),
  ...amountNames.map((name): Column<DayRow> => ({ name, type: DOUBLE, value: (row) => row[name] })),
  run,
];
const stopColumns: readonly Column<StopRow>[] = [
  ...place,
  { name: 'stop', type: UINTEGER, value: ({ stop }) => stop },
  { name: 'count', type: UINTEGER, value: ({ count }) => count },
  { name: 'ms', type: UINTEGER, value: ({ ms }) => ms },
  run,
];

/** Days to be summed anew out of a table of minutes: all of them that touch `[from, to)`, of those lines or of every line. */
export interface Stretch {
  readonly minutes: Table;
  readonly codes: readonly number[] | null;
  readonly from: number;
  readonly to: number;
}

export class DayRows {
  readonly #catalog: Catalog;
  readonly #stopCodes: StopCodes;
  readonly #days: LocalDays;

  constructor(catalog: Catalog, stopCodes: StopCodes, days: LocalDays) {
    this.#catalog = catalog;
    this.#stopCodes = stopCodes;
    this.#days = days;
  }

  /** Where the local day ends that an instant lies in. */
  endOf(ts: number): number {
    return this.#days.after(this.#days.startOf(ts));
  }

  /** Those of a sealed table of minutes; null where it has none yet. */
  of({ kind, phase, period }: Table): DayTables | null {
    if (kind !== 'minutes' || phase !== 'sealed') return null;
    const days = this.#catalog.find({ kind: 'days', type: this.#days.timezone, period });
    const stops = this.#catalog.find({ kind: 'stops', type: this.#days.timezone, period });
    return days && stops && { days, stops };
  }

  /** Tables made for another time zone, which nobody reads. */
  strangers(): Table[] {
    return [...this.#catalog.of('days'), ...this.#catalog.of('stops')].filter(({ type }) => type !== this.#days.timezone);
  }

  async begin(transaction: Transaction, { period, newest }: Table): Promise<DayTables> {
    const spec = { type: this.#days.timezone, period, metrics: new Map(), phase: 'sealed', newest } as const;
    return {
      days: await this.#catalog.begin(transaction, { ...spec, kind: 'days' }, (name) => createTable(name, dayColumns)),
      stops: await this.#catalog.begin(transaction, { ...spec, kind: 'stops' }, (name) => createTable(name, stopColumns)),
    };
  }

  /** Adds minutes that a sealed table has just been given. */
  async add(transaction: Transaction, { days, stops }: DayTables, rows: readonly Placed<MinutePiece>[]): Promise<void> {
    const sums = new Map<string, DayRow>();
    const stopped = new Map<string, Omit<StopRow, 'stop'> & { readonly text: string; count: number; ms: number }>();
    for (const piece of rows) {
      const { code, count = 1 } = piece;
      const row = count === 1 ? piece : summedRun({ ...piece, count });
      const day = this.#days.startOf(row.minute);
      const key = `${String(code)} ${String(day)}`;
      let sum = sums.get(key);
      if (!sum) sums.set(key, (sum = { ...emptySums(), code, day, run: days.run }));
      addSums(sum, { ...row, stops: {} });
      for (const [text, part] of Object.entries(row.stops)) {
        const stop = stopped.get(`${key} ${text}`);
        if (!stop) stopped.set(`${key} ${text}`, { code, day, text, ...part, run: stops.run });
        else Object.assign(stop, { count: stop.count + part.count, ms: stop.ms + part.ms });
      }
    }
    appendRows(await transaction.appender(days.name), dayColumns, [...sums.values()]);
    if (stopped.size === 0) return;
    const found = [...stopped.values()];
    const codes = await this.#stopCodes.number(
      transaction,
      found.map(({ text }) => text),
    );
    const stopRows = found.map(({ text, ...rest }) => ({ ...rest, stop: codes.get(text) ?? 0 }));
    appendRows(await transaction.appender(stops.name), stopColumns, stopRows);
  }

  /** Sums days anew in place of what there was; the minutes have been changed already, within the same transaction. */
  async replace(transaction: Transaction, tables: DayTables, stretch: Stretch): Promise<void> {
    const starts = this.#startsOf(stretch);
    const [first, last] = [starts[0], starts.at(-1)];
    if (first === undefined || last === undefined) return;
    for (const { name, run: newest } of [tables.days, tables.stops]) {
      await transaction.connection.run(
        `DELETE FROM ${name} WHERE minute >= ${whole(first / minuteMs)} AND minute <= ${whole(last / minuteMs)}
          AND run <= ${whole(newest)} AND ${linesOf(stretch)}`,
      );
    }
    await this.sum(transaction, tables, stretch, tables.days.run);
  }

  /** Adds rows that sum up the minutes of the days that touch the stretch. */
  async sum(transaction: Transaction, tables: DayTables, stretch: Stretch, ofRun: number): Promise<void> {
    const starts = this.#startsOf(stretch);
    const [first, last] = [starts[0], starts.at(-1)];
    if (first === undefined || last === undefined) return;
    const { connection } = transaction;
    const ends = [...starts.slice(1), this.#days.after(last)].map((end) => end / minuteMs);
    const begins = starts.map((start) => start / minuteMs);
    const [begin, end] = [first / minuteMs, ends.at(-1) ?? 0];
    const cases = begins.map((start, index) => `WHEN minute < ${whole(ends[index] ?? 0)} THEN ${whole(start)}`);
    const rows = `FROM ${stretch.minutes.name} WHERE minute < ${whole(end)} AND ${visible(stretch.minutes)} AND ${linesOf(stretch)}`;
    const columns = [...countNames, ...amountNames];
    // A run may reach into another day where the time zone has changed since: it is counted by as much as lies in each.
    const list = (values: readonly number[]): string => `unnest([${values.map(whole).join(',')}]::UINTEGER[])`;
    const inside = `JOIN (SELECT ${list(begins)} AS day, ${list(ends)} AS finish) ON minute < finish AND minute + count > day`;
    const source = (names: string): string =>
      `(SELECT line, CASE ${cases.join(' ')} END AS day, 1 AS times, ${names} ${rows} AND minute >= ${whole(begin)} AND count = 1
        UNION ALL SELECT line, day, least(minute + count, finish)::BIGINT - greatest(minute, day) AS times, ${names}
        FROM (SELECT line, minute, count, ${names} ${rows} AND minute > ${whole(Math.max(0, begin - longestRun))} AND count > 1) ${inside})`;
    const stops = `(SELECT line, day, times, unnest(stops) AS stop FROM ${source('stops')} WHERE stops IS NOT NULL)`;
    const named = await rowsOf(connection, `SELECT DISTINCT stop.stop FROM ${stops} WHERE stop.stop NOT IN (SELECT stop FROM stop_codes)`);
    await this.#stopCodes.number(
      transaction,
      named.map(([stop]) => stop as string),
    );
    await connection.run(
      `INSERT INTO ${tables.days.name} SELECT line, day, ${columns.map((name) => `sum(${name} * times)`).join(', ')}, ${whole(ofRun)}
        FROM ${source(columns.join(', '))} GROUP BY line, day ORDER BY line, day`,
    );
    await connection.run(
      `INSERT INTO ${tables.stops.name} SELECT line, day, code, sum(count), sum(ms), ${whole(ofRun)}
        FROM (SELECT line, day, stop.stop AS stop, stop.count * times AS count, stop.ms * times AS ms FROM ${stops})
        JOIN stop_codes USING (stop) GROUP BY line, day, code ORDER BY line, day`,
    );
  }

  #startsOf({ from, to }: Stretch): number[] {
    return from < to ? this.#days.starts(this.#days.startOf(from), to) : [];
  }
}

function linesOf({ codes }: Stretch): string {
  return codes === null ? 'true' : oneOf('line', codes);
}
