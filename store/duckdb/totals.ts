/**
 * Sums coming out: of lines over a window, and of groups of lines over slices of time, in one pass whatever their number.
 * Comes in: lines and times on whole minutes. Goes out: sums. Whole days of the zone's calendar are read from rows of days,
 * everything else from minutes; each answer is read in one transaction.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { StopSum, Sums } from '../../contract/figures.ts';
import type { Slice } from '../../contract/history.ts';
import { emptySums } from '../../kpi/utilization.ts';
import { visible, type Catalog, type Table } from './catalog.ts';
import { oneOf, whole } from './columns.ts';
import { rowsOf, type Database } from './database.ts';
import type { DayRows } from './days.ts';
import { reachOf } from './derived.ts';
import type { Lines } from './lines.ts';
import type { LocalDays } from './localdays.ts';
import { amountNames, countNames, minuteMs } from './rows.ts';

export interface TotalsParts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly lines: Lines;
  readonly days: DayRows;
  readonly localDays: LocalDays;
}

/** A stretch of one slice, in minutes; those of days name each day's first minute. */
interface Piece {
  readonly slice: number;
  readonly from: number;
  readonly to: number;
  readonly starts?: readonly number[];
}

/** Pieces to be read of one table. */
interface Part {
  readonly table: Table;
  readonly pieces: readonly Piece[];
}

interface Plan {
  readonly minutes: readonly Part[];
  readonly days: readonly Part[];
  readonly stops: readonly Part[];
}

/** Lines with the number of their group; null: every line there is, all in one group. */
type Members = readonly (readonly [code: number, group: number])[] | null;

const summed = [...countNames, ...amountNames];
/** So many pieces are read one by one, each by its bounds; more of them in one go, by a list of their minutes. */
const piecesReadAlone = 4;
/** So few lines are looked for in a table by their place in it. */
const linesSought = 50;

export class Totals {
  readonly #parts: TotalsParts;

  constructor(parts: TotalsParts) {
    this.#parts = parts;
  }

  /** One entry a line that has rows. */
  async sums(lines: readonly string[], from: number, to: number): Promise<Map<string, Sums>> {
    const { lines: known } = this.#parts;
    const codes = known.codes(lines);
    const members = codes.map((code, index) => [code, index] as const);
    const found = await this.#read([{ from, to }], members, codes.length);
    return new Map(codes.flatMap((code, index) => [...(found.get(index) ?? [])].map(([, sums]) => [known.id(code), sums] as const)));
  }

  /** `[group][slice]`; zero where there is no row. */
  async of(groups: readonly (readonly string[])[], slices: readonly Slice[]): Promise<Sums[][]> {
    const { lines } = this.#parts;
    const members = groups.flatMap((group, index) => lines.codes(group).map((code) => [code, index] as const));
    const found = await this.#read(slices, groups.length === 1 && members.length === lines.count ? null : members, groups.length);
    return groups.map((_, group) => slices.map((_, slice) => found.get(group)?.get(slice) ?? emptySums()));
  }

  async #read(slices: readonly Slice[], members: Members, groups: number): Promise<Map<number, Map<number, Sums>>> {
    const found = new Map<number, Map<number, Sums>>();
    if (groups === 0 || slices.length === 0 || members?.length === 0) return found;
    const { catalog, database } = this.#parts;
    const giveUp = catalog.lease();
    try {
      const plan = this.#plan(slices);
      await database.read(async (connection) => {
        await connection.run('BEGIN TRANSACTION READ ONLY');
        try {
          await readSums(connection, plan, members, found);
          await readStops(connection, plan, members, found);
        } finally {
          await connection.run('ROLLBACK');
        }
      });
    } finally {
      giveUp();
    }
    return found;
  }

  #plan(slices: readonly Slice[]): Plan {
    const { catalog, days, localDays } = this.#parts;
    const tables = catalog.of('minutes');
    // Slices may begin and end with time itself: days are counted where there can be rows, no further.
    const begin = Math.min(...tables.map((table) => reachOf(table)[0]));
    const end = Math.max(...tables.map((table) => reachOf(table)[1]));
    const all = slices
      .map(({ from, to }, slice) => ({ slice, from: minuteAt(Math.max(from, begin)), to: minuteAt(Math.min(to, end)) }))
      .filter(({ from, to }) => from < to);
    const cuts = all.map((piece) => cutAtDays(piece, localDays));
    const wholeDays = cuts.flatMap(({ inside }) => inside ?? []);
    const edges = cuts.flatMap(({ outside }) => outside);
    const [minuteParts, dayParts, stopParts]: [Part[], Part[], Part[]] = [[], [], []];
    for (const table of tables) {
      const [first, last] = reachOf(table).map(minuteAt);
      if (first === undefined || last === undefined) continue;
      const sums = days.of(table);
      add(minuteParts, table, clipped(sums ? edges : all, first, last));
      if (!sums) continue;
      const [dayStart] = localDays.starts(localDays.startOf(first * minuteMs), last * minuteMs);
      const own = clipped(wholeDays, minuteAt(dayStart ?? 0), last);
      add(dayParts, sums.days, own);
      add(stopParts, sums.stops, own);
    }
    return { minutes: minuteParts, days: dayParts, stops: stopParts };
  }
}

async function readSums(connection: DuckDBConnection, plan: Plan, members: Members, found: Map<number, Map<number, Sums>>): Promise<void> {
  const source = [...plan.minutes, ...plan.days].flatMap((part) => selects(part, summed.join(', '), members)).join(' UNION ALL ');
  if (source === '') return;
  const totals = summed.map((name) => `sum(${name})::DOUBLE`).join(', ');
  const rows = await rowsOf(
    connection,
    `${withGroups(members)} SELECT slice, grp, ${totals} FROM (${source}) ${joined(members)} GROUP BY ALL`,
  );
  for (const [slice, group, ...values] of rows) {
    const own = found.get(Number(group)) ?? new Map<number, Sums>();
    own.set(Number(slice), sumsOf(values));
    found.set(Number(group), own);
  }
}

async function readStops(connection: DuckDBConnection, plan: Plan, members: Members, found: Map<number, Map<number, Sums>>): Promise<void> {
  const ofMinutes = plan.minutes.flatMap((part) => selects(part, 'stops', members, 'stops IS NOT NULL')).join(' UNION ALL ');
  const ofDays = plan.stops.map((part) => stopSelect(part, members));
  const sources = [
    ...(ofMinutes === ''
      ? []
      : [
          `SELECT slice, grp, stop.stop AS stop, stop.count AS count, stop.ms AS ms
            FROM (SELECT slice, grp, unnest(stops) AS stop FROM (${ofMinutes}) ${joined(members)})`,
        ]),
    ...ofDays,
  ];
  if (sources.length === 0) return;
  const rows = await rowsOf(
    connection,
    `${withGroups(members)} SELECT slice, grp, stop, sum(count)::DOUBLE, sum(ms)::DOUBLE FROM (${sources.join(' UNION ALL ')}) GROUP BY ALL`,
  );
  for (const [slice, group, stop, count, ms] of rows) {
    const own = found.get(Number(group))?.get(Number(slice))?.stops;
    if (own) Object.defineProperty(own, stop as string, property({ count: Number(count), ms: Number(ms) }));
  }
}

/** Stops of days, summed by day first: rows are many, days are few. */
function stopSelect({ table, pieces }: Part, members: Members): string {
  const [first, last] = [Math.min(...pieces.map(({ from }) => from)), Math.max(...pieces.map(({ to }) => to))];
  const byDay = `SELECT minute, grp, stop AS code, sum(count) AS count, sum(ms) AS ms
    FROM (SELECT minute, line, stop, count, ms FROM ${table.name} WHERE ${within(table, { from: first, to: last }, members)}) ${joined(members)} GROUP BY ALL`;
  return `SELECT slice, grp, stop, count, ms FROM (${byDay}) JOIN (${slots(pieces)}) USING (minute) JOIN stop_codes USING (code)`;
}

/** One SELECT for each piece, or one for many. */
function selects({ table, pieces }: Part, columns: string, members: Members, condition = 'true'): string[] {
  if (pieces.length <= piecesReadAlone) {
    return pieces.map(
      (piece) =>
        `SELECT ${whole(piece.slice)} AS slice, line, ${columns} FROM ${table.name} WHERE ${within(table, piece, members)} AND ${condition}`,
    );
  }
  const [first, last] = [Math.min(...pieces.map(({ from }) => from)), Math.max(...pieces.map(({ to }) => to))];
  return [
    `SELECT slice, line, ${columns} FROM ${table.name} JOIN (${slots(pieces)}) USING (minute)
      WHERE ${within(table, { from: first, to: last }, members)} AND ${condition}`,
  ];
}

function within(table: Table, { from, to }: Pick<Piece, 'from' | 'to'>, members: Members): string {
  const lines = members !== null && members.length <= linesSought ? oneOf('line', [...new Set(members.map(([code]) => code))]) : 'true';
  return `minute >= ${whole(from)} AND minute < ${whole(to)} AND ${visible(table)} AND ${lines}`;
}

/** Every minute of the pieces, or every first minute of their days, with its slice. */
function slots(pieces: readonly Piece[]): string {
  const rows = pieces.flatMap(({ slice, from, to, starts }) =>
    starts
      ? starts.map((start) => `(${whole(slice)}, ${whole(start)}, ${whole(start + 1)})`)
      : [`(${whole(slice)}, ${whole(from)}, ${whole(to)})`],
  );
  return `SELECT slice, unnest(range(start, finish))::UINTEGER AS minute FROM (VALUES ${rows.join(', ')}) AS pieces(slice, start, finish)`;
}

function withGroups(members: Members): string {
  if (members === null) return '';
  const list = (values: readonly number[], type: string): string => `unnest([${values.map(whole).join(',')}]::${type}[])`;
  const [codes, groups] = [members.map(([code]) => code), members.map(([, group]) => group)];
  return `WITH groups(line, grp) AS (SELECT ${list(codes, 'USMALLINT')}, ${list(groups, 'INTEGER')})`;
}

function joined(members: Members): string {
  return members === null ? 'CROSS JOIN (SELECT 0 AS grp)' : 'JOIN groups USING (line)';
}

function minuteAt(ts: number): number {
  return Math.max(0, Math.min(Math.ceil(ts / minuteMs), 2 ** 32 - 1));
}

/** The whole days of a piece, and what is left of it before and after them. */
function cutAtDays(piece: Piece, localDays: LocalDays): { inside: Piece | null; outside: Piece[] } {
  const { slice, from, to } = piece;
  const starts = localDays.starts(from * minuteMs, to * minuteMs + 1).map(minuteAt);
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined || first === last) return { inside: null, outside: [piece] };
  const outside = [
    { slice, from, to: first },
    { slice, from: last, to },
  ].filter((edge) => edge.from < edge.to);
  return { inside: { slice, from: first, to: last, starts: starts.slice(0, -1) }, outside };
}

function clipped(pieces: readonly Piece[], first: number, last: number): Piece[] {
  return pieces.flatMap((piece) => {
    const [from, to] = [Math.max(piece.from, first), Math.min(piece.to, last)];
    if (from >= to) return [];
    return [{ ...piece, from, to, ...(piece.starts && { starts: piece.starts.filter((start) => start >= from && start < to) }) }];
  });
}

function add(parts: Part[], table: Table, pieces: readonly Piece[]): void {
  if (pieces.length > 0) parts.push({ table, pieces });
}

/** Values in the order of `summed`. */
export function sumsOf(values: readonly DuckDBValue[]): Sums {
  const [runningMs, setupMs, idleMs, stoppedMs, faultMs, plannedMs, overtimeMs, faults, output, scrap] = values.map(Number);
  return {
    runningMs: runningMs ?? 0,
    setupMs: setupMs ?? 0,
    idleMs: idleMs ?? 0,
    stoppedMs: stoppedMs ?? 0,
    faultMs: faultMs ?? 0,
    plannedMs: plannedMs ?? 0,
    overtimeMs: overtimeMs ?? 0,
    faults: faults ?? 0,
    output: output ?? 0,
    scrap: scrap ?? 0,
    stops: {},
  };
}

/** Stop codes come from outside: assignment would not make a property of `__proto__`. */
export function property(value: StopSum): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}
