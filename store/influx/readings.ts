/**
 * Readings out of the server: pages of them, which of them are there, where each line stands, and one metric over time.
 * Comes in: lines, times, metric names. Goes out: readings as they were given, keys, points. Points that no cursor covers yet
 * are passed over: the cursor as it is when a question begins is the snapshot it is answered from.
 */
import type { Point } from '../../contract/api.ts';
import type { Reading } from '../../contract/reading.ts';
import type { ReadingKey, ReadingsQuery } from '../store.ts';
import { fieldOf, kinds, ownFields, ReadingReader, readingsMeasurement, restOf } from './fields.ts';
import { inParallel, inParts } from './parallel.ts';
import type { Series, Server, Value } from './server.ts';
import { anyOf, containing, instant, named, tagged, unspelled, whole, within } from './text.ts';

/** Rows of one answer at most: some megabytes of JSON, a tenth of a second. */
const pageRows = 10_000;
/** So many lines are asked for together; more make the question too long. */
const linesAtOnce = 50;
const questionsAtOnce = 4;
/** Keys are looked for in stretches of this length, so that few rows come back that nobody asked for. */
const stretchMs = 60_000;
/** Time of lines asked for in one question at most: at a reading a second, some thousand rows. */
const lineMsAtOnce = 120 * stretchMs;

const from = `FROM ${named(readingsMeasurement)}`;

export class Readings {
  readonly #server: Server;
  readonly #database: string;
  readonly #position: () => number;

  /** `position` is up to where the journal is committed. */
  constructor(server: Server, database: string, position: () => number) {
    this.#server = server;
    this.#database = database;
    this.#position = position;
  }

  async *stream(query: ReadingsQuery): AsyncIterable<Reading[]> {
    const position = this.#position();
    const wanted = query.metrics ? new Set(query.metrics) : null;
    const columns = wanted === null ? '*' : selected(wanted);
    const lines = [...new Set(query.lines)].sort();
    for (const some of inParts(lines, linesAtOnce)) {
      const limit = Math.floor(pageRows / some.length);
      const page = await this.#query(
        `SELECT ${columns} ${from} WHERE ${anyOf('line', some)} AND ${within(query.from, query.to)} GROUP BY "line" LIMIT ${whole(limit)}`,
      );
      const pages = new Map(page.map((series) => [unspelled(series.tags.line ?? ''), series]));
      for (const line of some) {
        let series = pages.get(line);
        let size = limit;
        while (series) {
          const last = series.values.length < size ? null : Number(series.values.at(-1)?.[0]);
          size = pageRows;
          // While this page is worked on, the server gets the next one ready.
          const next = last === null ? null : this.#page(line, columns, last + 1, query.to);
          next?.catch(() => undefined);
          const readings = readingsOf(line, series, wanted, position);
          if (readings.length > 0) yield readings;
          series = await (next ?? undefined);
        }
      }
    }
  }

  /** Those of the keys that are stored. */
  async known(keys: readonly ReadingKey[]): Promise<ReadingKey[]> {
    const position = this.#position();
    const found = await inParallel(stretchesOf(keys), questionsAtOnce, async ({ lines, first, last }) => {
      const rows = await this.#query(
        `SELECT "position" ${from} WHERE ${anyOf('line', [...lines.keys()])} AND ${within(first, last + 1)} GROUP BY "line"`,
      );
      return rows.flatMap(({ tags, values }) => {
        const line = unspelled(tags.line ?? '');
        const asked = lines.get(line);
        return values
          .filter(([ts, at]) => asked?.has(Number(ts)) === true && Number(at) <= position)
          .map(([ts]) => ({ line, ts: Number(ts) }));
      });
    });
    return found.flat();
  }

  /** The newest stored time of each line. */
  async heads(): Promise<Map<string, number>> {
    const position = this.#position();
    const heads = new Map<string, number>();
    const torn: string[] = [];
    for (const { tags, values } of await this.#query(`SELECT last("position") ${from} GROUP BY "line"`)) {
      const line = unspelled(tags.line ?? '');
      if (Number(values[0]?.[1]) <= position) heads.set(line, Number(values[0]?.[0]));
      else torn.push(line);
    }
    // The last write was cut off: these lines stand at an earlier reading.
    for (const some of inParts(torn, linesAtOnce)) {
      const covered = `${anyOf('line', some)} AND "position" <= ${whole(position)}`;
      for (const { tags, values } of await this.#query(`SELECT last("position") ${from} WHERE ${covered} GROUP BY "line"`)) {
        heads.set(unspelled(tags.line ?? ''), Number(values[0]?.[0]));
      }
    }
    return heads;
  }

  /**
   * Numbers and flags are reckoned by the server; what lies in `rest` (undeclared metrics, values of another kind) comes
   * here as it is and is added. Readings that no cursor covers yet may be among them: a curve may be a moment ahead.
   */
  async series(line: string, metric: string, start: number, end: number, points: number): Promise<Point[]> {
    if (end <= start || points < 1) return [];
    const step = Math.ceil((end - start) / points);
    const where = `${tagged('line', line)} AND ${within(start, end)}`;
    const slices = new Slices(start, step);
    const [numbers, flags, others] = await Promise.all([
      this.#sliced(fieldOf(metric, 'number'), where, start, step),
      this.#sliced(fieldOf(metric, 'flag'), where, start, step),
      this.#query(`SELECT "rest" ${from} WHERE ${where} AND ${containing('rest', `${JSON.stringify(metric)}:`)}`),
    ]);
    for (const [ts, min, max, sum, count] of [...numbers, ...flags]) {
      if (Number(count) > 0) slices.add(Number(ts), Number(min), Number(max), Number(sum), Number(count));
    }
    for (const [ts, rest] of others[0]?.values ?? []) {
      const { m } = restOf(rest ?? null);
      const value = m && Object.hasOwn(m, metric) ? m[metric] : null;
      if (typeof value === 'number' || typeof value === 'boolean') slices.add(Number(ts), Number(value), Number(value), Number(value), 1);
    }
    return slices.points();
  }

  async #sliced(name: string, where: string, start: number, step: number): Promise<readonly (readonly Value[])[]> {
    if (!isFieldName.test(name)) return [];
    const field = named(name);
    const offset = ((start % step) + step) % step;
    const [series] = await this.#query(
      `SELECT min(${field}), max(${field}), sum(${field}), count(${field}) ${from} WHERE ${where}
        GROUP BY time(${whole(step)}ms, ${whole(offset)}ms) fill(none)`,
    );
    return series?.values ?? [];
  }

  async #page(line: string, columns: string, start: number, end: number): Promise<Series | undefined> {
    const where = `${tagged('line', line)} AND time >= ${instant(start)} AND time < ${instant(end)}`;
    const [series] = await this.#query(`SELECT ${columns} ${from} WHERE ${where} LIMIT ${whole(pageRows)}`);
    return series;
  }

  #query(statement: string): Promise<Series[]> {
    return this.#server.query(this.#database, statement);
  }
}

/** Only declared metrics have fields, and their names are of this kind. */
const isFieldName = /^[A-Za-z][A-Za-z0-9_]*$/;

/** The columns that hold these metrics, whatever kind they were declared as when a reading came. */
function selected(metrics: ReadonlySet<string>): string {
  const fields = [...metrics].filter((name) => isFieldName.test(name)).flatMap((name) => kinds.map((kind) => fieldOf(name, kind)));
  return [...new Set([...ownFields, ...fields])].map(named).join(', ');
}

function readingsOf(line: string, { columns, values }: Series, wanted: ReadonlySet<string> | null, position: number): Reading[] {
  const reader = new ReadingReader(columns, wanted);
  const readings: Reading[] = [];
  for (const row of values) if (reader.position(row) <= position) readings.push(reader.reading(line, row));
  return readings;
}

interface Stretch {
  readonly lines: Map<string, Set<number>>;
  readonly first: number;
  readonly last: number;
}

/** The keys put together by time, and neighbouring times where they are of the same lines. */
function stretchesOf(keys: readonly ReadingKey[]): Stretch[] {
  const byTime = new Map<number, Map<string, Set<number>>>();
  for (const { line, ts } of keys) {
    const time = Math.floor(ts / stretchMs);
    const lines = byTime.get(time) ?? new Map<string, Set<number>>();
    byTime.set(time, lines.set(line, (lines.get(line) ?? new Set()).add(ts)));
  }
  const stretches: Stretch[] = [];
  for (const [, lines] of [...byTime].sort(([a], [b]) => a - b)) {
    for (const part of inParts([...lines], linesAtOnce)) {
      const times = part.flatMap(([, asked]) => [...asked]);
      stretches.push({ lines: new Map(part), first: Math.min(...times), last: Math.max(...times) });
    }
  }
  return joined(stretches);
}

function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const before = result.at(-1);
    const goesOn =
      before?.lines.size === stretch.lines.size &&
      stretch.first - before.last < stretchMs &&
      (stretch.last - before.first) * stretch.lines.size < lineMsAtOnce &&
      [...stretch.lines.keys()].every((line) => before.lines.has(line));
    if (!goesOn) {
      result.push(stretch);
      continue;
    }
    for (const [line, asked] of stretch.lines) for (const ts of asked) before.lines.get(line)?.add(ts);
    result[result.length - 1] = { ...before, last: stretch.last };
  }
  return result;
}

/** Minimum, maximum and mean of each slice of a window. */
class Slices {
  readonly #start: number;
  readonly #step: number;
  readonly #slices = new Map<number, { min: number; max: number; sum: number; count: number }>();

  constructor(start: number, step: number) {
    this.#start = start;
    this.#step = step;
  }

  add(ts: number, min: number, max: number, sum: number, count: number): void {
    const index = Math.floor((ts - this.#start) / this.#step);
    const slice = this.#slices.get(index);
    if (!slice) {
      this.#slices.set(index, { min, max, sum, count });
      return;
    }
    slice.min = Math.min(slice.min, min);
    slice.max = Math.max(slice.max, max);
    slice.sum += sum;
    slice.count += count;
  }

  points(): Point[] {
    const sorted = [...this.#slices].sort(([a], [b]) => a - b);
    return sorted.map(([index, { min, max, sum, count }]) => [this.#start + index * this.#step, min, max, sum / count]);
  }
}
