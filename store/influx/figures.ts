/**
 * Derived rows coming out: minutes and their sums, checkpoints, context changes.
 * Comes in: lines and times. Goes out: rows of the store's interface. What has been taken back (an empty text, a row of
 * zeros) is not there.
 */
import type { Clock } from '../../contract/clock.ts';
import type { MinuteRow, Sums } from '../../contract/figures.ts';
import type { Slice } from '../../contract/history.ts';
import type { Context } from '../../contract/reading.ts';
import { emptySums } from '../../kpi/utilization.ts';
import type { Checkpoint, ContextChange, TotalsPart } from '../store.ts';
import { inParallel, inParts } from './parallel.ts';
import type { Rollup } from './rollup.ts';
import { add, rowsOf, sumColumns, type SumsRow } from './rows.ts';
import type { Server, Value } from './server.ts';
import type { Databases } from './setup.ts';
import { anyOf, instant, named, tagged, uncarried, unspelled, within } from './text.ts';

/** So many lines are asked for by name in one question; for more of them it is quicker to ask for all. */
const linesAtOnce = 100;
const linesByName = 400;
const questionsAtOnce = 2;
const rowsAtOnce = 100_000;
const minuteMs = 60_000;

export class Figures {
  readonly #server: Server;
  readonly #databases: Databases;
  readonly #hours: Rollup;
  readonly #days: Rollup;
  readonly #clock: Clock;

  constructor(server: Server, databases: Databases, hours: Rollup, days: Rollup, clock: Clock) {
    this.#server = server;
    this.#databases = databases;
    this.#hours = hours;
    this.#days = days;
    this.#clock = clock;
  }

  async minutes(lines: readonly string[], from: number, to: number): Promise<MinuteRow[]> {
    const sorted = [...new Set(lines)].sort();
    const found = new Map<string, Map<number, MinuteRow>>(sorted.map((line) => [line, new Map()]));
    for (const { line, time, sums } of await this.#rows(sorted, { measurement: 'minutes', stretchMs: minuteMs, from, to })) {
      const rows = found.get(line);
      const row = rows?.get(time);
      // A line that has moved may have a minute in two series; what is not in both is zero in one.
      if (row) add(row, sums);
      else rows?.set(time, { line, minute: time, ...sums });
    }
    return sorted.flatMap((line) => [...(found.get(line)?.values() ?? [])].sort((a, b) => a.minute - b.minute));
  }

  async sums(lines: readonly string[], from: number, to: number): Promise<Map<string, Sums>> {
    const totals = new Map<string, Sums>();
    await this.#addUp(lines, [{ from, to }], (line, sums) => {
      const total = totals.get(line);
      if (total) add(total, sums);
      else totals.set(line, sums);
    });
    return totals;
  }

  /** `[group][slice]`; what is not of the part asked for is zero. */
  async totals(groups: readonly (readonly string[])[], slices: readonly Slice[], part: TotalsPart = 'all'): Promise<Sums[][]> {
    const totals = groups.map(() => slices.map(emptySums));
    const own = new Map<string, Sums[][]>();
    groups.forEach((lines, group) => {
      for (const line of lines) own.set(line, [...(own.get(line) ?? []), totals[group] ?? []]);
    });
    await this.#addUp([...own.keys()], slices, (line, sums, slice) => {
      for (const sliced of own.get(line) ?? []) {
        const total = sliced[slice];
        if (total) add(total, partOf(sums, part));
      }
    });
    return totals;
  }

  /** Whole days and hours that are settled are added up from their own rows, what is left at the edges from minutes. */
  async #addUp(lines: readonly string[], slices: readonly Slice[], take: (line: string, sums: Sums, slice: number) => void): Promise<void> {
    const asked = new Set(lines);
    const parts = joined(slices.flatMap((slice, index) => partsOf(slice, index, [this.#days, this.#hours])));
    for (const part of parts) {
      for (const { line, time, sums } of await this.#rows([...asked], part)) {
        if (!asked.has(line)) continue;
        const whose = part.whose.findLast((one) => one.from <= time);
        if (whose) take(line, sums, whose.slice);
      }
    }
  }

  /** The newest with `at` ≤ the given time. */
  async checkpoint(line: string, at: number): Promise<Checkpoint | null> {
    const [series] = await this.#server.query(
      this.#databases.raw,
      `SELECT "carry" FROM "checkpoints" WHERE ${tagged('line', line)} AND time <= ${instant(at)} AND "carry" != '' ORDER BY time DESC LIMIT 1`,
    );
    const [row] = series?.values ?? [];
    return row ? checkpointOf(line, row) : null;
  }

  async lastCheckpoints(): Promise<Checkpoint[]> {
    const series = await this.#server.query(this.#databases.raw, 'SELECT last("carry") FROM "checkpoints" GROUP BY "line"');
    const newest = await inParallel(series, questionsAtOnce, async ({ tags, values }) => {
      const line = unspelled(tags.line ?? '');
      const [row] = values;
      // The newest may have been taken back.
      return row && row[1] !== '' ? checkpointOf(line, row) : this.checkpoint(line, Number.MAX_SAFE_INTEGER);
    });
    return newest.filter((one) => one !== null);
  }

  async checkpoints(line: string, from: number, to: number): Promise<Checkpoint[]> {
    const where = `${tagged('line', line)} AND ${within(from, to)} AND "carry" != ''`;
    const [series] = await this.#server.query(this.#databases.raw, `SELECT "carry" FROM "checkpoints" WHERE ${where}`);
    return (series?.values ?? []).map((row) => checkpointOf(line, row));
  }

  async contexts(line: string, from: number, to: number): Promise<ContextChange[]> {
    const own = `SELECT "context" FROM "contexts" WHERE ${tagged('line', line)} AND "context" != ''`;
    const [inside, before] = await Promise.all([
      this.#server.query(this.#databases.kept, `${own} AND ${within(from, to)}`),
      this.#server.query(this.#databases.kept, `${own} AND time < ${instant(from)} ORDER BY time DESC LIMIT 1`),
    ]);
    const rows = [...(inside[0]?.values ?? [])];
    if (Number(rows[0]?.[0]) !== from) rows.unshift(...(before[0]?.values ?? []));
    return rows.map(([ts, json]) => ({ line, ts: Number(ts), ...(JSON.parse(uncarried(String(json))) as Context) }));
  }

  /** Asked for in pieces of time that give no more rows at once than both sides hold with ease. */
  async #rows(lines: readonly string[], { measurement, stretchMs, from, to }: Part): Promise<SumsRow[]> {
    const byName = lines.length <= linesByName;
    const chosen = byName ? inParts(lines, linesAtOnce).map((some) => `${anyOf('line', some)} AND `) : [''];
    const linesEach = byName ? Math.min(lines.length, linesAtOnce) : lines.length;
    const pieceMs = Math.max(1, Math.floor(rowsAtOnce / linesEach)) * stretchMs;
    // After now there is little.
    const end = Math.min(to, this.#clock.now());
    const starts = [from];
    for (let start = from + pieceMs; start < end; start += pieceMs) starts.push(start);
    const questions = starts.flatMap((start, index) => chosen.map((which) => `${which}${within(start, starts[index + 1] ?? to)}`));
    const answers = await inParallel(questions, questionsAtOnce, (where) =>
      this.#server.query(this.#databases.kept, `SELECT ${sumColumns} FROM ${named(measurement)} WHERE ${where} GROUP BY "line"`),
    );
    return answers.flatMap(rowsOf);
  }
}

function partOf(sums: Sums, part: TotalsPart): Sums {
  if (part === 'all') return sums;
  return part === 'amounts' ? { ...sums, stops: {} } : { ...emptySums(), stops: sums.stops };
}

interface Part extends Slice {
  readonly measurement: string;
  /** What one row of it covers, about. */
  readonly stretchMs: number;
}

/** A part and the slices it is for, in turn. */
interface SharedPart extends Part {
  readonly whose: readonly { readonly from: number; readonly slice: number }[];
}

/** A window cut into the longest stretches that have rows: the first of the rollups in its middle, the others at its edges. */
function partsOf({ from, to }: Slice, slice: number, rollups: readonly Rollup[]): SharedPart[] {
  if (from >= to) return [];
  const whose = (start: number): SharedPart['whose'] => [{ from: start, slice }];
  const [rollup, ...finer] = rollups;
  if (!rollup) return [{ measurement: 'minutes', stretchMs: minuteMs, from, to, whose: whose(from) }];
  const { level, settled } = rollup;
  const start = Math.max(from, settled.from);
  const end = Math.min(to, settled.to);
  const first = start < end ? rollup.endOf(start) : end;
  const last = start < end ? level.startOf(end) : end;
  if (first >= last) return partsOf({ from, to }, slice, finer);
  return [
    ...partsOf({ from, to: first }, slice, finer),
    { measurement: level.measurement, stretchMs: level.stretchMs, from: first, to: last, whose: whose(first) },
    ...partsOf({ from: last, to }, slice, finer),
  ];
}

/** Neighbouring parts of the same rows are asked for together. */
function joined(parts: readonly SharedPart[]): SharedPart[] {
  const result: SharedPart[] = [];
  for (const part of parts) {
    const before = result.at(-1);
    if (before?.measurement === part.measurement && before.to === part.from) {
      result[result.length - 1] = { ...before, to: part.to, whose: [...before.whose, ...part.whose] };
    } else result.push(part);
  }
  return result;
}

function checkpointOf(line: string, [at, carry]: readonly Value[]): Checkpoint {
  return { line, at: Number(at), carry: uncarried(String(carry)) };
}
