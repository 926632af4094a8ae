/**
 * Hours: sums of whole hours beside the minutes, so that a month of a zone is not a billion numbers for the server to add up.
 * Comes in: when time has passed, and which minutes have changed. Goes out: rows in the measurement `hours`, worked out by the
 * server from its own minutes. Up to `settledTo` every hour has its row; after that there are minutes alone.
 */
import { inParallel, inParts } from './parallel.ts';
import { amountsOfRow, fieldsOf, type Amounts, type Tags } from './rows.ts';
import type { Series, Server } from './server.ts';
import { anyOf, integer, named, point, stateTime, unspelled, within } from './text.ts';
import type { Writer, Written } from './writer.ts';

export const hourMs = 3_600_000;
/** Minutes may come for so long after an hour is over without its sums being worked out twice. */
const graceMs = 10 * 60_000;
/** Of a store that was closed for long, so many are summed at once. */
const hoursAtOnce = 6;
const linesAtOnce = 100;
const questionsAtOnce = 2;

/** A stretch of a line's minutes that has changed, `[from, to)`. */
export interface Changed {
  readonly line: string;
  readonly from: number;
  readonly to: number;
}

export class Hours {
  readonly #server: Server;
  readonly #writer: Writer;
  readonly #database: string;
  #settledTo = 0;

  constructor(server: Server, writer: Writer, database: string) {
    this.#server = server;
    this.#writer = writer;
    this.#database = database;
  }

  get settledTo(): number {
    return this.#settledTo;
  }

  /** A store that begins has nothing to sum before now. */
  async load(now: number): Promise<void> {
    const [settled] = await this.#server.query(this.#database, 'SELECT "settled" FROM "hourly"');
    const row = settled?.values.at(-1);
    if (row) this.#settledTo = Number(row[1]);
    else await this.#settled(lastHour(now));
  }

  /** Sums the hours that are over since the last time. */
  async settle(now: number): Promise<void> {
    const to = lastHour(now);
    if (to <= this.#settledTo) return;
    for (let from = this.#settledTo; from < to; from += hoursAtOnce * hourMs) {
      await this.#sumAnew('', from, Math.min(to, from + hoursAtOnce * hourMs));
    }
    await this.#settled(to);
  }

  /** Sums those hours anew whose minutes have changed after they were settled. */
  async follow(changes: readonly Changed[]): Promise<void> {
    const stretches = new Map<string, { from: number; to: number; lines: string[] }>();
    for (const { line, from, to } of changes) {
      const start = Math.floor(from / hourMs) * hourMs;
      const end = Math.min(Math.ceil(to / hourMs) * hourMs, this.#settledTo);
      if (start >= end) continue;
      const key = `${String(start)} ${String(end)}`;
      const stretch = stretches.get(key) ?? { from: start, to: end, lines: [] };
      stretch.lines.push(line);
      stretches.set(key, stretch);
    }
    const parts = [...stretches.values()].flatMap(({ from, to, lines }) => inParts(lines, linesAtOnce).map((some) => ({ from, to, some })));
    await inParallel(parts, questionsAtOnce, ({ from, to, some }) => this.#sumAnew(`${anyOf('line', some)} AND `, from, to));
  }

  async #settled(to: number): Promise<void> {
    await this.#writer.state(this.#database, [point('hourly', {}, [['settled', integer(to)]], stateTime)]);
    this.#settledTo = to;
  }

  async #sumAnew(chosen: string, from: number, to: number): Promise<void> {
    const ask = (what: string, measurement: string, grouping: string): Promise<Series[]> =>
      this.#server.query(
        this.#database,
        `SELECT ${what} FROM ${named(measurement)} WHERE ${chosen}${within(from, to)} GROUP BY ${grouping}`,
      );
    const [fresh, before] = await Promise.all([ask('sum(*)', 'minutes', `time(1h), * fill(none)`), ask('*', 'hours', '*')]);
    const rows = new Map<string, { tags: Tags; time: number; amounts: Amounts; before: Amounts }>();
    const none: Amounts = new Map();
    for (const { tags, columns, values } of before) {
      for (const row of values)
        rows.set(keyOf(tags, row[0]), { tags, time: Number(row[0]), amounts: none, before: amountsOfRow(columns, row) });
    }
    for (const { tags, columns, values } of fresh) {
      for (const row of values) {
        const key = keyOf(tags, row[0]);
        rows.set(key, { tags, time: Number(row[0]), amounts: amountsOfRow(columns, row, 'sum_'), before: rows.get(key)?.before ?? none });
      }
    }
    const points = [...rows.values()].flatMap(({ tags, time, amounts, before }): Written[] => {
      if (amounts.size === 0 && before.size === 0) return [];
      const own = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, unspelled(value)]));
      return [
        { text: point('hours', own, fieldsOf(amounts, before), time), line: own.line ?? '', time, subject: Object.fromEntries(amounts) },
      ];
    });
    await this.#writer.write(this.#database, points);
  }
}

/** Where the last hour ended of which no more minutes are to come. */
function lastHour(now: number): number {
  return Math.floor((now - graceMs) / hourMs) * hourMs;
}

function keyOf(tags: Tags, time: unknown): string {
  return `${String(time)} ${JSON.stringify(tags)}`;
}
