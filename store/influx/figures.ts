/**
 * Derived rows coming out: minutes and their sums, checkpoints, context changes.
 * Comes in: lines and times. Goes out: rows of the store's interface. What has been taken back (an empty text, a row of
 * zeros) is not there.
 */
import type { MinuteRow, Sums } from '../../contract/figures.ts';
import type { Context } from '../../contract/reading.ts';
import type { Checkpoint, ContextChange } from '../store.ts';
import { hourMs, type Hours } from './hours.ts';
import { inParallel, inParts } from './parallel.ts';
import { sumsOf } from './rows.ts';
import type { Series, Server, Value } from './server.ts';
import type { Databases } from './setup.ts';
import { anyOf, instant, tagged, uncarried, unspelled, within } from './text.ts';

/** So many lines are asked for by name in one question; for more of them it is quicker to ask for all. */
const linesAtOnce = 100;
const linesByName = 400;
const questionsAtOnce = 4;

export class Figures {
  readonly #server: Server;
  readonly #databases: Databases;
  readonly #hours: Hours;

  constructor(server: Server, databases: Databases, hours: Hours) {
    this.#server = server;
    this.#databases = databases;
    this.#hours = hours;
  }

  async minutes(lines: readonly string[], from: number, to: number): Promise<MinuteRow[]> {
    const sorted = [...new Set(lines)].sort();
    const found = sumsOf(
      await this.#ofLines(sorted, (chosen) => `SELECT * FROM "minutes" WHERE ${chosen}${within(from, to)} GROUP BY "line"`),
    );
    return sorted.flatMap((line) =>
      [...(found.get(line) ?? [])].sort(([a], [b]) => a - b).map(([minute, sums]): MinuteRow => ({ line, minute, ...sums })),
    );
  }

  /** Whole hours that are settled are added up from hours, what is left at the edges from minutes. */
  async sums(lines: readonly string[], from: number, to: number): Promise<Map<string, Sums>> {
    const asked = [...new Set(lines)];
    const ask = async (measurement: string, start: number, end: number): Promise<Series[]> => {
      if (start >= end) return [];
      return this.#ofLines(asked, (chosen) => `SELECT sum(*) FROM "${measurement}" WHERE ${chosen}${within(start, end)} GROUP BY "line"`);
    };
    const firstHour = Math.ceil(from / hourMs) * hourMs;
    const lastHour = Math.min(Math.floor(to / hourMs) * hourMs, this.#hours.settledTo);
    const parts =
      firstHour < lastHour
        ? await Promise.all([ask('minutes', from, firstHour), ask('hours', firstHour, lastHour), ask('minutes', lastHour, to)])
        : [await ask('minutes', from, to)];
    const totals = sumsOf(parts.flat(), 'sum_', () => 0);
    return new Map(asked.flatMap((line) => [...(totals.get(line)?.values() ?? [])].map((sums) => [line, sums] as const)));
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

  /** Rows of these lines; `statement` is given the condition that chooses some, or nothing where all lines are asked for. */
  async #ofLines(lines: readonly string[], statement: (chosen: string) => string): Promise<Series[]> {
    if (lines.length > linesByName) return this.#server.query(this.#databases.kept, statement(''));
    const parts = await inParallel(inParts(lines, linesAtOnce), questionsAtOnce, (some) =>
      this.#server.query(this.#databases.kept, statement(`${anyOf('line', some)} AND `)),
    );
    return parts.flat();
  }
}

function checkpointOf(line: string, [at, carry]: readonly Value[]): Checkpoint {
  return { line, at: Number(at), carry: uncarried(String(carry)) };
}
