/**
 * A rollup: sums of whole hours beside the minutes, or of whole local days beside the hours, so that a month of a zone is some
 * thousand rows and not fifty million. Comes in: when time has passed, and which rows beneath have changed. Goes out: rows in a
 * measurement of its own. Within `settled` every stretch has its row; outside it there is only what lies beneath.
 */
import type { Sums } from '../../contract/figures.ts';
import type { Slice } from '../../contract/history.ts';
import { emptySums } from '../../kpi/utilization.ts';
import { cut } from '../../kpi/calendar.ts';
import { inParallel, inParts } from './parallel.ts';
import { add, fieldsOf, rowsOf, stopFields, sumColumns, type SumsRow, type Tags } from './rows.ts';
import type { Server } from './server.ts';
import { anyOf, integer, named, point, spelled, stateTime, within } from './text.ts';
import type { Writer, Written } from './writer.ts';

const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Rows may come for so long after their time without what they add up to being worked out twice. */
const graceMs = 10 * 60_000;
/** Where rows of so many lines change at once the whole zone is catching up: what they add up to can wait until it has. */
const manyLines = 200;
const linesAtOnce = 100;
const questionsAtOnce = 2;

/** What is added up, into what, and where its stretches begin. */
export interface Level {
  readonly measurement: string;
  readonly beneath: string;
  /** About how long a stretch is. */
  readonly stretchMs: number;
  /** When the stretch of this instant begins. */
  startOf(ts: number): number;
  /** The stretches that begin within `[from, to)`, where a stretch begins with `from`. */
  starts(from: number, to: number): number[];
}

export const hourly: Level = {
  measurement: 'hours',
  beneath: 'minutes',
  stretchMs: hourMs,
  startOf: (ts) => Math.floor(ts / hourMs) * hourMs,
  starts: (from, to) => Array.from({ length: Math.ceil((to - from) / hourMs) }, (_, index) => from + index * hourMs),
};

/** Days of the time zone in which people ask. Those of another one are another measurement. */
export function daily(timezone: string): Level {
  const daysFrom = (from: number, to: number): number[] => cut(from, to, 'day', timezone).map((day) => day.from);
  const wholeHours = daysFrom(0, 3 * dayMs)
    .slice(1)
    .every((start) => start % hourMs === 0);
  return {
    measurement: `days:${spelled(timezone)}`,
    beneath: wholeHours ? 'hours' : 'minutes',
    stretchMs: dayMs,
    startOf: (ts) => daysFrom(ts - 2 * dayMs, ts + 1).at(-1) ?? ts,
    starts: daysFrom,
  };
}

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
  #settled: Slice = { from: 0, to: 0 };

  constructor(level: Level, server: Server, writer: Writer, database: string) {
    this.#level = level;
    this.#server = server;
    this.#writer = writer;
    this.#database = database;
  }

  get level(): Level {
    return this.#level;
  }

  get settled(): Slice {
    return this.#settled;
  }

  /** What lies before a rollup began is answered from beneath. */
  async load(now: number): Promise<void> {
    const state = named(`${this.#level.measurement}:settled`);
    const [settled] = await this.#server.query(this.#database, `SELECT "from", "to" FROM ${state}`);
    const row = settled?.values.at(-1);
    if (row) this.#settled = { from: Number(row[1]), to: Number(row[2]) };
    else {
      const to = this.#level.startOf(now - graceMs);
      await this.#settle({ from: (await this.#isEmpty()) ? this.#level.startOf(0) : to, to });
    }
  }

  /** The first beginning of a stretch that is not before this instant. */
  endOf(ts: number): number {
    const { stretchMs } = this.#level;
    const start = this.#level.startOf(ts);
    return start === ts ? ts : (this.#level.starts(start, start + 2 * stretchMs)[1] ?? ts);
  }

  /** Sums the stretches that are over since the last time. */
  async settle(now: number): Promise<void> {
    const { from, to } = this.#settled;
    const starts = this.#level.starts(to, this.#level.startOf(now - graceMs));
    for (const [index, start] of starts.entries()) {
      const end = starts[index + 1] ?? this.#level.startOf(now - graceMs);
      await this.#sumAnew('', start, end);
      await this.#settle({ from, to: end });
    }
  }

  /** Sums those stretches anew whose rows have changed after they were settled, now or with the next that are settled. */
  async follow(changes: readonly Changed[]): Promise<void> {
    const { from: settledFrom, to: settledTo } = this.#settled;
    const stretches = new Map<string, { from: number; to: number; lines: string[] }>();
    let changed = 0;
    let first = Infinity;
    for (const { line, from, to } of changes) {
      if (from >= settledTo || to <= settledFrom) continue;
      const start = Math.max(this.#level.startOf(from), settledFrom);
      const end = Math.min(this.endOf(to), settledTo);
      if (start >= end) continue;
      changed += 1;
      first = Math.min(first, start);
      const key = `${String(start)} ${String(end)}`;
      const stretch = stretches.get(key) ?? { from: start, to: end, lines: [] };
      stretch.lines.push(line);
      stretches.set(key, stretch);
    }
    if (changed >= manyLines && settledTo - first <= dayMs) {
      await this.#settle({ from: settledFrom, to: first });
      return;
    }
    const parts = [...stretches.values()].flatMap(({ from, to, lines }) => inParts(lines, linesAtOnce).map((some) => ({ from, to, some })));
    await inParallel(parts, questionsAtOnce, ({ from, to, some }) => this.#sumAnew(`${anyOf('line', some)} AND `, from, to));
  }

  async #isEmpty(): Promise<boolean> {
    return (await this.#server.query(this.#database, 'SELECT "runningMs" FROM "minutes" LIMIT 1')).length === 0;
  }

  async #settle({ from, to }: Slice): Promise<void> {
    const fields: [string, string][] = [
      ['from', integer(from)],
      ['to', integer(to)],
    ];
    await this.#writer.state(this.#database, [point(`${this.#level.measurement}:settled`, {}, fields, stateTime)]);
    this.#settled = { from, to };
  }

  async #sumAnew(chosen: string, from: number, to: number): Promise<void> {
    const { measurement, beneath } = this.#level;
    const starts = this.#level.starts(from, to);
    const ask = async (of: string): Promise<SumsRow[]> =>
      rowsOf(
        await this.#server.query(this.#database, `SELECT ${sumColumns} FROM ${named(of)} WHERE ${chosen}${within(from, to)} GROUP BY *`),
      );
    const [parts, before] = await Promise.all([ask(beneath), ask(measurement)]);
    const rows = new Map<string, { tags: Tags; time: number; sums: Sums; before?: Sums }>();
    for (const { tags, time, sums } of before) rows.set(keyOf(tags, time), { tags, time, sums: emptySums(), before: sums });
    for (const { tags, time, sums } of parts) {
      const start = starts.findLast((one) => one <= time) ?? from;
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
