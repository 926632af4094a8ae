/**
 * Sums coming out: of lines over a window, and of groups of lines over slices of time, in one pass whatever their number.
 * Comes in: lines and times on whole minutes. Goes out: sums. Whole days of the zone's calendar are read from rows of days,
 * everything else from minutes; each answer is read in one transaction.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { StopSum, Sums } from '../../contract/figures.ts';
import type { Slice } from '../../contract/history.ts';
import { emptySums } from '../../kpi/utilization.ts';
import type { TotalsPart } from '../store.ts';
import { visible, type Catalog, type Table } from './catalog.ts';
import { oneOf, whole } from './columns.ts';
import { rowsOf, type Database } from './database.ts';
import type { DayRows } from './days.ts';
import { reachOf } from './derived.ts';
import type { Lines } from './lines.ts';
import type { LocalDays } from './localdays.ts';
import { clipped, cutAtDays, gridOf, minuteAt, piecesReadAlone, placeIn, slots, type Piece } from './pieces.ts';
import { amountNames, countNames, longestRun, minuteMs } from './rows.ts';

export interface TotalsParts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly lines: Lines;
  readonly days: DayRows;
  readonly localDays: LocalDays;
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

/** Sums by group and slice, where there are any. */
type Found = Map<number, Map<number, Sums>>;

const summed = [...countNames, ...amountNames];
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
    const found = await this.#read([{ from, to }], members, codes.length, 'all');
    return new Map(codes.flatMap((code, index) => [...(found.get(index) ?? [])].map(([, sums]) => [known.id(code), sums] as const)));
  }

  /** `[group][slice]`; zero where there is no row. */
  async of(groups: readonly (readonly string[])[], slices: readonly Slice[], part: TotalsPart): Promise<Sums[][]> {
    const { lines } = this.#parts;
    const members = groups.flatMap((group, index) => lines.codes(group).map((code) => [code, index] as const));
    const everyLine = groups.length === 1 && members.length === lines.count;
    const found = await this.#read(slices, everyLine ? null : members, groups.length, part);
    return groups.map((_, group) => slices.map((_, slice) => found.get(group)?.get(slice) ?? emptySums()));
  }

  async #read(slices: readonly Slice[], members: Members, groups: number, part: TotalsPart): Promise<Found> {
    const found: Found = new Map();
    if (groups === 0 || slices.length === 0 || members?.length === 0) return found;
    const { catalog, database } = this.#parts;
    const giveUp = catalog.lease();
    try {
      const plan = this.#plan(slices);
      await database.read(async (connection) => {
        await connection.run('BEGIN TRANSACTION READ ONLY');
        try {
          if (part !== 'stops') await readSums(connection, plan, members, found);
          if (part !== 'amounts') await readStops(connection, plan, members, found);
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

async function readSums(connection: DuckDBConnection, { minutes, days }: Plan, members: Members, found: Found): Promise<void> {
  const totals = summed.map((name) => `sum(${name})::DOUBLE AS ${name}`).join(', ');
  const sources = [...minutes.flatMap((part) => sumsOfPart(part, totals, members)), ...sumsByDay(days, [], summed, members)];
  if (sources.length === 0) return;
  const rows = await rowsOf(
    connection,
    `${withGroups(members)} SELECT slice, grp, ${totals} FROM (${sources.join(' UNION ALL ')}) WHERE runningMs IS NOT NULL GROUP BY ALL`,
  );
  for (const [slice, group, ...values] of rows) Object.assign(entryOf(found, Number(group), Number(slice)), sumsOf(values));
}

async function readStops(connection: DuckDBConnection, { minutes, stops }: Plan, members: Members, found: Found): Promise<void> {
  const totals = 'sum(count)::DOUBLE AS count, sum(ms)::DOUBLE AS ms';
  const ofMinutes = minutes.flatMap((part) =>
    [
      ...selects(part, 'stops, 1 AS times', members, 'count = 1 AND stops IS NOT NULL'),
      selectRuns(part, 'stops', members, 'stops IS NOT NULL'),
    ].map(
      (source) => `SELECT slice, grp, stop.stop AS stop, sum(stop.count * times)::DOUBLE AS count, sum(stop.ms * times)::DOUBLE AS ms
        FROM (SELECT slice, grp, times, unnest(stops) AS stop FROM (${source})) GROUP BY ALL`,
    ),
  );
  const ofDays = sumsByDay(stops, ['stop'], ['count', 'ms'], members).map(
    (source) =>
      `SELECT slice, grp, names.stop AS stop, count, ms FROM (${source}) AS days JOIN stop_codes AS names ON names.code = days.stop`,
  );
  const sources = [...ofMinutes, ...ofDays];
  if (sources.length === 0) return;
  const rows = await rowsOf(
    connection,
    `${withGroups(members)} SELECT slice, grp, stop, ${totals} FROM (${sources.join(' UNION ALL ')}) GROUP BY ALL`,
  );
  for (const [slice, group, stop, count, ms] of rows) {
    const own = entryOf(found, Number(group), Number(slice)).stops;
    Object.defineProperty(own, stop as string, property({ count: Number(count), ms: Number(ms) }));
  }
}

function entryOf(found: Found, group: number, slice: number): Sums {
  const own = found.get(group) ?? new Map<number, Sums>();
  found.set(group, own);
  const entry = own.get(slice) ?? emptySums();
  own.set(slice, entry);
  return entry;
}

/** What a table of minutes has to add to each group and slice. */
function sumsOfPart(part: Part, totals: string, members: Members): string[] {
  // Of every line, a piece that is read alone is one sum: there is nothing to group by.
  const alone = members === null && part.pieces.length <= piecesReadAlone;
  const single = selects(part, summed.join(', '), members, 'count = 1').map((source) =>
    alone
      ? `SELECT any_value(slice) AS slice, 0 AS grp, ${totals} FROM (${source})`
      : `SELECT slice, grp, ${totals} FROM (${source}) GROUP BY ALL`,
  );
  const many = summed.map((name) => `sum(${name} * times)::DOUBLE AS ${name}`).join(', ');
  return [...single, `SELECT slice, grp, ${many} FROM (${selectRuns(part, summed.join(', '), members)}) GROUP BY ALL`];
}

/**
 * What rows of days have to add to each group and slice, if anything: summed by day first, for rows are many and days are few.
 * `keys` tell rows of a day further apart.
 */
function sumsByDay(parts: readonly Part[], keys: readonly string[], names: readonly string[], members: Members): string[] {
  if (parts.length === 0) return [];
  // A key that is the same everywhere costs as much as one that is not.
  const inner = ['minute', ...(members === null ? [] : ['grp']), ...keys].join(', ');
  const sums = names.map((name) => `sum(${name})::DOUBLE AS ${name}`).join(', ');
  const sources = parts.map(({ table, pieces }) => {
    const bounds = { from: Math.min(...pieces.map(({ from }) => from)), to: Math.max(...pieces.map(({ to }) => to)) };
    const rows = fromTable(table, ['minute', ...keys, ...names].join(', '), bounds, members);
    return `SELECT ${inner}, ${sums} FROM (${rows}) GROUP BY ALL`;
  });
  const columns = ['slice', members === null ? '0 AS grp' : 'grp', ...keys, ...names].join(', ');
  return [`SELECT ${columns} FROM (${sources.join(' UNION ALL ')}) JOIN (${daySlots(parts)}) USING (minute)`];
}

/** First minutes of days with their slices; a day that two months share is in tables of both. */
function daySlots(parts: readonly Part[]): string {
  const found = new Map<string, readonly [slice: number, minute: number]>();
  for (const { slice, starts = [] } of parts.flatMap(({ pieces }) => pieces)) {
    for (const start of starts) found.set(`${String(slice)} ${String(start)}`, [slice, start]);
  }
  const list = (values: readonly number[]): string => `unnest([${values.map(whole).join(',')}]::UINTEGER[])`;
  const slots = [...found.values()];
  return `SELECT ${list(slots.map(([slice]) => slice))} AS slice, ${list(slots.map(([, minute]) => minute))} AS minute`;
}

/** Rows of the members with the number of their group. */
function fromTable(table: Table, columns: string, bounds: Pick<Piece, 'from' | 'to'>, members: Members, condition = 'true'): string {
  const [group, join] = members === null ? ['0 AS grp', ''] : ['grp', 'JOIN groups USING (line)'];
  return `SELECT ${group}, ${columns} FROM ${table.name} ${join} WHERE ${within(table, bounds, members)} AND ${condition}`;
}

/** Rows with their slice: one SELECT for each piece, or one for many. */
function selects({ table, pieces }: Part, columns: string, members: Members, condition = 'true'): string[] {
  if (pieces.length <= piecesReadAlone) {
    return pieces.map((piece) => fromTable(table, `${whole(piece.slice)} AS slice, ${columns}`, piece, members, condition));
  }
  const [first, last] = [Math.min(...pieces.map(({ from }) => from)), Math.max(...pieces.map(({ to }) => to))];
  const source = fromTable(table, `minute, ${columns}`, { from: first, to: last }, members, condition);
  const grid = gridOf(pieces);
  if (grid) return [`SELECT * EXCLUDE minute, ${whole(grid.slice)} + ${placeIn(grid, 'minute')} AS slice FROM (${source})`];
  return [`SELECT * EXCLUDE minute FROM (${source}) JOIN (${slots(pieces)}) USING (minute)`];
}

/** Rows that stand for many minutes, with their slice and how many `times` each counts in it. */
function selectRuns({ table, pieces }: Part, columns: string, members: Members, condition = 'true'): string {
  const [first, last] = [Math.min(...pieces.map(({ from }) => from)), Math.max(...pieces.map(({ to }) => to))];
  const bounds = { from: Math.max(0, first - longestRun), to: last };
  const source = fromTable(table, `minute, count AS run_count, ${columns}`, bounds, members, `count > 1 AND ${condition}`);
  const grid = gridOf(pieces);
  if (grid) {
    const within = `(SELECT *, greatest(minute, ${whole(first)})::BIGINT AS start, least(minute + run_count, ${whole(last)})::BIGINT AS finish FROM (${source}))`;
    const places = `unnest(range(${placeIn(grid, 'start')}, ${placeIn(grid, 'finish - 1')} + 1)) AS place`;
    const begin = `${whole(grid.from)} + place * ${whole(grid.length)}`;
    return `SELECT ${whole(grid.slice)} + place AS slice, grp, least(finish, ${begin} + ${whole(grid.length)}) - greatest(start, ${begin}) AS times, ${columns}
      FROM (SELECT *, ${places} FROM ${within} WHERE start < finish)`;
  }
  const rows = pieces.map(({ slice, from, to }) => `(${whole(slice)}, ${whole(from)}, ${whole(to)})`);
  return `SELECT slice, grp, least(minute + run_count, finish)::BIGINT - greatest(minute, start)::BIGINT AS times, ${columns}
    FROM (${source}) JOIN (VALUES ${rows.join(', ')}) AS pieces(slice, start, finish) ON minute < finish AND minute + run_count > start`;
}

function within(table: Table, { from, to }: Pick<Piece, 'from' | 'to'>, members: Members): string {
  const lines = members !== null && members.length <= linesSought ? oneOf('line', [...new Set(members.map(([code]) => code))]) : 'true';
  return `minute >= ${whole(from)} AND minute < ${whole(to)} AND ${visible(table)} AND ${lines}`;
}

function withGroups(members: Members): string {
  if (members === null) return '';
  const list = (values: readonly number[], type: string): string => `unnest([${values.map(whole).join(',')}]::${type}[])`;
  const [codes, groups] = [members.map(([code]) => code), members.map(([, group]) => group)];
  return `WITH groups(line, grp) AS (SELECT ${list(codes, 'USMALLINT')}, ${list(groups, 'INTEGER')})`;
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
