/**
 * A rollup: sums of whole hours beside the minutes, or of whole days (UTC) beside the hours, so that a month of a zone is some
 * thousand rows and not fifty million. Comes in: when time has passed, and which rows beneath have changed. Goes out: rows in a
 * measurement of its own. Up to `settledTo` every stretch has its row; after that there is only what lies beneath.
 */
import type { Sums } from '../../contract/figures.ts';
import { emptySums } from '../../kpi/utilization.ts';
import { inParallel, inParts } from './parallel.ts';
import { add, fieldsOf, rowsOf, stopFields, sumColumns, type SumsRow, type Tags } from './rows.ts';
import type { Server } from './server.ts';
import { anyOf, integer, named, point, stateTime, within } from './text.ts';
import type { Writer, Written } from './writer.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Rows may come for so long after their time without what they add up to being worked out twice. */
const graceMs = 10 * 60_000;
/** Where rows of so many lines change at once the whole zone is catching up: what they add up to can wait until it has. */
const manyLines = 200;
const linesAtOnce = 100;
const questionsAtOnce = 2;

/** What is added up, into what. */
export interface Level {
  readonly measurement: 'hours' | 'days';
  readonly beneath: 'minutes' | 'hours';
  readonly stretchMs: number;
}

export const hourly: Level = { measurement: 'hours', beneath: 'minutes', stretchMs: hourMs };
export const daily: Level = { measurement: 'days', beneath: 'hours', stretchMs: dayMs };

/** A stretch of a line's rows that has changed, `[from, to)`. */
export interface Changed {
  readonly line: string;
  readonly from: number;
  readonly to: number;
}

export class Rollup {
  readonly #level: Level;
  readonly #server: Server;
  readonly #writer: Writer;
  readonly #database: string;
  #settledTo = 0;

  constructor(level: Level, server: Server, writer: Writer, database: string) {
    this.#level = level;
    this.#server = server;
    this.#writer = writer;
    this.#database = database;
  }

  get settledTo(): number {
    return this.#settledTo;
  }

  /** A store that begins has nothing to sum before now. */
  async load(now: number): Promise<void> {
    const [settled] = await this.#server.query(this.#database, `SELECT "to" FROM ${named(`${this.#level.measurement}_settled`)}`);
    const row = settled?.values.at(-1);
    if (row) this.#settledTo = Number(row[1]);
    else await this.#settle(this.#lastEnd(now));
  }

  /** Sums the stretches that are over since the last time. */
  async settle(now: number): Promise<void> {
    const { stretchMs } = this.#level;
    for (let end = this.#settledTo + stretchMs; end <= this.#lastEnd(now); end += stretchMs) {
      await this.#sumAnew('', end - stretchMs, end);
      await this.#settle(end);
    }
  }

  /** Sums those stretches anew whose rows have changed after they were settled, now or with the next that are settled. */
  async follow(changes: readonly Changed[]): Promise<void> {
    const { stretchMs } = this.#level;
    const stretches = new Map<string, { from: number; to: number; lines: string[] }>();
    let changed = 0;
    let first = Infinity;
    for (const { line, from, to } of changes) {
      const start = Math.floor(from / stretchMs) * stretchMs;
      const end = Math.min(Math.ceil(to / stretchMs) * stretchMs, this.#settledTo);
      if (start >= end) continue;
      changed += 1;
      first = Math.min(first, start);
      const key = `${String(start)} ${String(end)}`;
      const stretch = stretches.get(key) ?? { from: start, to: end, lines: [] };
      stretch.lines.push(line);
      stretches.set(key, stretch);
    }
    if (changed >= manyLines && this.#settledTo - first <= dayMs) {
      await this.#settle(first);
      return;
    }
    const parts = [...stretches.values()].flatMap(({ from, to, lines }) => inParts(lines, linesAtOnce).map((some) => ({ from, to, some })));
    await inParallel(parts, questionsAtOnce, ({ from, to, some }) => this.#sumAnew(`${anyOf('line', some)} AND `, from, to));
  }

  async #settle(to: number): Promise<void> {
    const { measurement } = this.#level;
    await this.#writer.state(this.#database, [point(`${measurement}_settled`, {}, [['to', integer(to)]], stateTime)]);
    this.#settledTo = to;
  }

  /** Where the last stretch ended of which no more rows are to come. */
  #lastEnd(now: number): number {
    return Math.floor((now - graceMs) / this.#level.stretchMs) * this.#level.stretchMs;
  }

  async #sumAnew(chosen: string, from: number, to: number): Promise<void> {
    const { measurement, beneath, stretchMs } = this.#level;
    const ask = async (of: string): Promise<SumsRow[]> =>
      rowsOf(
        await this.#server.query(this.#database, `SELECT ${sumColumns} FROM ${named(of)} WHERE ${chosen}${within(from, to)} GROUP BY *`),
      );
    const [parts, before] = await Promise.all([ask(beneath), ask(measurement)]);
    const rows = new Map<string, { tags: Tags; time: number; sums: Sums; before?: Sums }>();
    for (const { tags, time, sums } of before) rows.set(keyOf(tags, time), { tags, time, sums: emptySums(), before: sums });
    for (const { tags, time, sums } of parts) {
      const start = Math.floor(time / stretchMs) * stretchMs;
      const key = keyOf(tags, start);
      const row = rows.get(key) ?? { tags, time: start, sums: emptySums() };
      add(row.sums, sums);
      rows.set(key, row);
    }
    const points = [...rows.values()].map(({ tags, time, sums, before }): Written => ({
      text: point(measurement, tags, [...fieldsOf(sums), ...stopFields(sums, before)], time),
      line: tags.line ?? '',
      time,
      subject: sums,
    }));
    await this.#writer.write(this.#database, points);
  }
}

function keyOf(tags: Tags, time: number): string {
  return `${String(time)} ${JSON.stringify(tags)}`;
}
