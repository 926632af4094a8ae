/**
 * Derived rows going in: minutes, checkpoints and context changes of lines, fresh ones appended, others in place of what
 * was there. Comes in: patches. Goes out: nothing; a failure changes nothing. Days of minutes under way are kept in order
 * of arrival, older ones among the sorted rows of their month.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import { thawed } from '../runs.ts';
import type { DerivedPatch, MinuteRun } from '../store.ts';
import type { SavedBatches } from './batches.ts';
import type { Catalog, Table } from './catalog.ts';
import { appendMany, createTable, whole } from './columns.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';
import type { DayRows, DayTables } from './days.ts';
import type { DirtyMarks } from './dirty.ts';
import type { Lines } from './lines.ts';
import { dayOf, dayMs, monthOf, monthStart } from './periods.ts';
import {
  checkpointsFamily,
  contextsFamily,
  longestRun,
  minuteMs,
  minutesFamily,
  timeBound,
  timeColumns,
  type DerivedKind,
  type Family,
  type MinutePiece,
  type Placed,
} from './rows.ts';

export interface DerivedParts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly lines: Lines;
  readonly dirty: DirtyMarks;
  readonly batches: SavedBatches;
  readonly days: DayRows;
  readonly clock: Clock;
}

export class Derived {
  readonly #parts: DerivedParts;

  constructor(parts: DerivedParts) {
    this.#parts = parts;
  }

  async write(patches: readonly DerivedPatch[]): Promise<void> {
    if (patches.length === 0) return;
    const { database, catalog, lines, dirty, batches, days, clock } = this.#parts;
    await database.write('readings', async (transaction) => {
      const named = patches.map((patch) => patch.line);
      const codes = await lines.number(transaction, named);
      const codeOf = (line: string): number => codes.get(line) ?? 0;
      const frozenUntil = (line: string): number => lines.frozenUntil(codeOf(line));
      const bound = patches.map((patch) => thawed(patch, frozenUntil(patch.line)));
      const replaced = bound.filter((patch) => !patch.fresh && patch.from < patch.to);
      const places = new Places(transaction, catalog, days, clock.now());
      const change = async <Row extends { readonly line: string }>(
        family: Family<Row>,
        rows: readonly Row[],
      ): Promise<Map<Table, Placed<Row>[]>> => {
        for (const table of catalog.of(family.kind)) await remove(transaction, table, replaced, codeOf);
        const groups = new Map<Table, Placed<Row>[]>();
        const tables = new Map<number, Table>();
        for (const row of rows) {
          const day = dayOf(family.time(row));
          const table = tables.get(day) ?? (await places.of(family, family.time(row)));
          tables.set(day, table);
          const placed = { ...row, code: codeOf(row.line), run: table.run };
          const group = groups.get(table);
          if (group) group.push(placed);
          else groups.set(table, [placed]);
        }
        for (const [table, group] of groups) await appendMany(await transaction.appender(table.name), family.columns, group);
        return groups;
      };
      const rows = <Part>(part: (patch: DerivedPatch) => readonly Part[]): Part[] => bound.flatMap(part);
      const minutes = await change(
        minutesFamily,
        rows((patch) => [...patch.minutes, ...cutAtDays(patch.runs ?? [], days)]),
      );
      const anew = new Set(replaced.map(({ line }) => line));
      for (const [table, group] of minutes) {
        const tables = places.daysOf(table);
        const added = group.filter(({ line }) => !anew.has(line));
        if (tables && added.length > 0) await days.add(transaction, tables, added);
      }
      await sumAnew(transaction, places, [...catalog.of('minutes'), ...places.begun()], replaced, codeOf);
      await change(
        checkpointsFamily,
        rows((patch) => patch.checkpoints),
      );
      await change(
        contextsFamily,
        rows((patch) => patch.contexts),
      );
      await batches.drop(transaction, bound, frozenUntil);
      // Fresh rows come of readings in order: what late ones made untrue among them still is.
      await dirty.clear(
        transaction,
        patches.filter((patch) => !patch.fresh),
      );
    });
  }
}

/** Tables for rows of this transaction, begun where there are none; sealed minutes together with their days. */
class Places {
  readonly #transaction: Transaction;
  readonly #catalog: Catalog;
  readonly days: DayRows;
  readonly #now: number;
  readonly #found = new Map<string, Table>();
  readonly #begun = new Map<Table, DayTables>();

  constructor(transaction: Transaction, catalog: Catalog, days: DayRows, now: number) {
    this.#transaction = transaction;
    this.#catalog = catalog;
    this.days = days;
    this.#now = now;
  }

  daysOf(table: Table): DayTables | null {
    return this.#begun.get(table) ?? this.days.of(table);
  }

  async of<Row>({ kind, columns }: Pick<Family<Row>, 'kind' | 'columns'>, time: number): Promise<Table> {
    const monthly = kind === 'contexts' || !this.#underWay(kind, dayOf(time));
    const period = monthly ? monthOf(time) : dayOf(time);
    const phase = kind !== 'contexts' && monthly ? 'sealed' : 'open';
    const key = `${kind} ${phase} ${String(period)}`;
    const found = this.#found.get(key) ?? this.#catalog.find({ kind, phase, period });
    const table =
      found ??
      (await this.#catalog.begin(this.#transaction, { kind, type: '', period, metrics: new Map(), phase, newest: this.#now }, (name) =>
        createTable(name, columns),
      ));
    if (!found && kind === 'minutes' && phase === 'sealed') this.#begun.set(table, await this.days.begin(this.#transaction, table));
    // What is kept so and so long is kept since it was written: a recording of years ago is not forgotten at once.
    if (!this.#found.has(key) && dayOf(table.newest) < dayOf(this.#now)) {
      await this.#catalog.note(this.#transaction, table, { newest: this.#now });
    }
    this.#found.set(key, table);
    return table;
  }

  /** Sealed tables that this transaction began. */
  begun(): Iterable<Table> {
    return this.#begun.keys();
  }

  /** Whether rows of that day are still kept in order of arrival, in a table of their own. */
  #underWay(kind: DerivedKind, day: number): boolean {
    return day >= dayOf(this.#now) || this.#catalog.find({ kind, phase: 'open', period: day }) !== null;
  }
}

/** Runs cut where tables and days end: a run lies in one table, and in one local day. */
function* cutAtDays(runs: readonly MinuteRun[], days: DayRows): Generator<MinutePiece, void> {
  let [first, last] = [0, 0];
  for (const run of runs) {
    const end = run.minute + run.count * minuteMs;
    if (run.minute >= first && end <= last) {
      yield run;
      continue;
    }
    for (let minute = run.minute; minute < end;) {
      [first, last] = [minute, Math.min((dayOf(minute) + 1) * dayMs, days.endOf(minute))];
      const until = Math.min(end, last);
      yield { ...run, minute, count: (until - minute) / minuteMs };
      minute = until;
    }
  }
}

async function remove(
  { connection }: Transaction,
  table: Table,
  patches: readonly DerivedPatch[],
  codeOf: (line: string) => number,
): Promise<void> {
  const { kind, name } = table;
  if (kind === 'raw' || kind === 'days' || kind === 'stops') return;
  const [first, last] = reachOf(table);
  const here = patches.filter(({ from, to }) => from < last && to > first);
  if (here.length === 0) return;
  const time = timeColumns[kind];
  const list = (values: readonly number[]): string => `unnest([${values.map(whole).join(',')}]::BIGINT[])`;
  const starts = here.map(({ from }) => timeBound(kind, from));
  const ends = here.map(({ to }) => timeBound(kind, to));
  if (kind === 'minutes') await takeApart(connection, table, here, codeOf);
  await connection.run(
    `DELETE FROM ${name} USING
      (SELECT ${list(here.map(({ line }) => codeOf(line)))} AS code, ${list(starts)} AS start, ${list(ends)} AS finish) AS patch
      WHERE line = patch.code AND ${time} >= patch.start AND ${time} < patch.finish
        AND ${time} >= ${whole(Math.min(...starts))} AND ${time} < ${whole(Math.max(...ends))}`,
  );
}

/** Makes minutes of their own of the runs that a patch begins or ends within. */
async function takeApart(
  connection: DuckDBConnection,
  table: Table,
  patches: readonly DerivedPatch[],
  codeOf: (line: string) => number,
): Promise<void> {
  const [first, last] = reachOf(table);
  const bounds = patches.flatMap(({ line, from, to }) =>
    [from, to].filter((bound) => bound > first && bound < last).map((bound) => [codeOf(line), timeBound('minutes', bound)] as const),
  );
  if (bounds.length === 0) return;
  const list = (values: readonly number[], type: string): string => `unnest([${values.map(whole).join(',')}]::${type}[])`;
  const times = bounds.map(([, minute]) => minute);
  const run = `count > 1 AND minute > ${whole(Math.max(0, Math.min(...times) - longestRun))} AND minute < ${whole(Math.max(...times))}`;
  const cut = `${run} AND EXISTS (FROM (SELECT ${list(
    bounds.map(([code]) => code),
    'USMALLINT',
  )} AS code, ${list(times, 'UINTEGER')} AS bound) WHERE code = line AND bound > minute AND bound < minute + count)`;
  const [found] = await rowsOf(connection, `SELECT count(*)::INTEGER FROM ${table.name} WHERE ${cut}`);
  if (found?.[0] === 0) return;
  await connection.run(
    `INSERT INTO ${table.name} SELECT * EXCLUDE place REPLACE ((minute + place)::UINTEGER AS minute, 1 AS count)
      FROM (SELECT *, unnest(range(1, count)) AS place FROM ${table.name} WHERE ${cut})`,
  );
  await connection.run(`UPDATE ${table.name} SET count = 1 WHERE ${cut}`);
}

/** Sums the days anew in which minutes were replaced; patches of the same days go together. */
async function sumAnew(
  transaction: Transaction,
  places: Places,
  sealed: Iterable<Table>,
  patches: readonly DerivedPatch[],
  codeOf: (line: string) => number,
): Promise<void> {
  for (const minutes of sealed) {
    const tables = places.daysOf(minutes);
    if (!tables) continue;
    const [first, last] = reachOf(minutes);
    const stretches = new Map<string, { from: number; to: number; codes: number[] }>();
    for (const patch of patches) {
      const [from, to] = [Math.max(first, patch.from), Math.min(last, patch.to)];
      if (from >= to) continue;
      const stretch = stretches.get(`${String(from)} ${String(to)}`);
      if (stretch) stretch.codes.push(codeOf(patch.line));
      else stretches.set(`${String(from)} ${String(to)}`, { from, to, codes: [codeOf(patch.line)] });
    }
    for (const stretch of stretches.values()) await places.days.replace(transaction, tables, { minutes, ...stretch });
  }
}

/** The times a derived table can hold rows of. */
export function reachOf({ kind, phase, period }: Table): [from: number, to: number] {
  const monthly = kind === 'contexts' || phase === 'sealed';
  return monthly ? [monthStart(period), monthStart(period + 1)] : [period * dayMs, (period + 1) * dayMs];
}
