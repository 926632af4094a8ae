/**
 * Derived rows going in: minutes, checkpoints and context changes of lines, fresh ones appended, others in place of what
 * was there. Comes in: patches. Goes out: nothing; a failure changes nothing. Days of minutes under way are kept in order
 * of arrival, older ones among the sorted rows of their month.
 */
import type { Clock } from '../../contract/clock.ts';
import { summedRun, thawed } from '../runs.ts';
import type { DerivedPatch, MinuteRun } from '../store.ts';
import type { SavedBatches } from './batches.ts';
import type { Catalog, Table } from './catalog.ts';
import { appendRows, createTable, whole } from './columns.ts';
import type { Database, Transaction } from './database.ts';
import type { DayRows, DayTables } from './days.ts';
import type { DirtyMarks } from './dirty.ts';
import type { Lines } from './lines.ts';
import { dayOf, dayMs, monthOf, monthStart } from './periods.ts';
import { addRuns, type PlacedRun } from './runs.ts';
import { checkpointsFamily, contextsFamily, minuteMs, minutesFamily, timeBound, timeColumns, type Family, type Placed } from './rows.ts';

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
    await database.write(async (transaction) => {
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
        for (const row of rows) {
          const table = await places.of(family, family.time(row));
          const placed = { ...row, code: codeOf(row.line), run: table.run };
          const group = groups.get(table);
          if (group) group.push(placed);
          else groups.set(table, [placed]);
        }
        for (const [table, group] of groups) appendRows(await transaction.appender(table.name), family.columns, group);
        return groups;
      };
      const rows = <Part>(part: (patch: DerivedPatch) => readonly Part[]): Part[] => bound.flatMap(part);
      const minutes = await change(
        minutesFamily,
        rows((patch) => patch.minutes),
      );
      const runs = await places.ofRuns(
        rows((patch) => patch.runs ?? []),
        codeOf,
      );
      for (const [table, group] of runs) await addRuns(transaction, table, group);
      for (const table of new Set([...minutes.keys(), ...runs.keys()])) {
        const tables = places.daysOf(table);
        if (tables) await days.add(transaction, tables, [...(minutes.get(table) ?? []), ...(runs.get(table) ?? []).map(summedRun)]);
      }
      await sumAnew(transaction, catalog, days, replaced, codeOf);
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
  readonly #days: DayRows;
  readonly #now: number;
  readonly #found = new Map<string, Table>();
  readonly #begun = new Map<Table, DayTables>();

  constructor(transaction: Transaction, catalog: Catalog, days: DayRows, now: number) {
    this.#transaction = transaction;
    this.#catalog = catalog;
    this.#days = days;
    this.#now = now;
  }

  daysOf(table: Table): DayTables | null {
    return this.#begun.get(table) ?? this.#days.of(table);
  }

  async of<Row>({ kind, columns }: Pick<Family<Row>, 'kind' | 'columns'>, time: number): Promise<Table> {
    const monthly = kind === 'contexts' || (kind === 'minutes' && !this.#underWay(dayOf(time)));
    const period = monthly ? monthOf(time) : dayOf(time);
    const phase = kind === 'minutes' && monthly ? 'sealed' : 'open';
    const key = `${kind} ${phase} ${String(period)}`;
    const found = this.#found.get(key) ?? this.#catalog.find({ kind, phase, period });
    const table =
      found ??
      (await this.#catalog.begin(this.#transaction, { kind, type: '', period, metrics: new Map(), phase, newest: this.#now }, (name) =>
        createTable(name, columns),
      ));
    if (!found && kind === 'minutes' && phase === 'sealed') this.#begun.set(table, await this.#days.begin(this.#transaction, table));
    // What is kept so and so long is kept since it was written: a recording of years ago is not forgotten at once.
    if (!this.#found.has(key) && dayOf(table.newest) < dayOf(this.#now)) {
      await this.#catalog.note(this.#transaction, table, { newest: this.#now });
    }
    this.#found.set(key, table);
    return table;
  }

  /** Runs by the table they go into, cut where tables and days end. */
  async ofRuns(runs: readonly MinuteRun[], codeOf: (line: string) => number): Promise<Map<Table, PlacedRun[]>> {
    const groups = new Map<Table, PlacedRun[]>();
    for (const run of runs) {
      const code = codeOf(run.line);
      const end = run.minute + run.count * minuteMs;
      for (let minute = run.minute; minute < end;) {
        const table = await this.of(minutesFamily, minute);
        const until = Math.min(end, (dayOf(minute) + 1) * dayMs, this.#days.endOf(minute));
        const placed = { ...run, minute, count: (until - minute) / minuteMs, code, run: table.run };
        const group = groups.get(table);
        if (group) group.push(placed);
        else groups.set(table, [placed]);
        minute = until;
      }
    }
    return groups;
  }

  /** Whether minutes of that day are still kept in order of arrival. */
  #underWay(day: number): boolean {
    return day >= dayOf(this.#now) || this.#catalog.find({ kind: 'minutes', phase: 'open', period: day }) !== null;
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
  await connection.run(
    `DELETE FROM ${name} USING
      (SELECT ${list(here.map(({ line }) => codeOf(line)))} AS code, ${list(starts)} AS start, ${list(ends)} AS finish) AS patch
      WHERE line = patch.code AND ${time} >= patch.start AND ${time} < patch.finish
        AND ${time} >= ${whole(Math.min(...starts))} AND ${time} < ${whole(Math.max(...ends))}`,
  );
}

/** Sums the days anew in which minutes were replaced; patches of the same days go together. */
async function sumAnew(
  transaction: Transaction,
  catalog: Catalog,
  days: DayRows,
  patches: readonly DerivedPatch[],
  codeOf: (line: string) => number,
): Promise<void> {
  for (const minutes of catalog.of('minutes')) {
    const tables = days.of(minutes);
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
    for (const stretch of stretches.values()) await days.replace(transaction, tables, { minutes, ...stretch });
  }
}

/** The times a derived table can hold rows of. */
export function reachOf({ kind, phase, period }: Table): [from: number, to: number] {
  const monthly = kind === 'contexts' || (kind === 'minutes' && phase === 'sealed');
  return monthly ? [monthStart(period), monthStart(period + 1)] : [period * dayMs, (period + 1) * dayMs];
}
