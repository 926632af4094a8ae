/**
 * Taking in: one stretch of the journal becomes points, and then a cursor that says they are all there.
 * Comes in: a store batch. Goes out: what became of it. The batch is committed by its cursor's point alone: until that is on disk, points
 * with a later position are seen by nobody, and the same batch, coming again, overwrites them with themselves.
 */
import type { Plant } from '../../contract/plant.ts';
import { readingLimits, type Reading, type Rejection, type RejectReason } from '../../contract/reading.ts';
import { cleared, marked } from '../marks.ts';
import { newestOfEach, withoutMisfits, type Misfit } from '../rejections.ts';
import type { Cursor, Dirty, SettledCounts, StoreBatch, Taken } from '../store.ts';
import { readingPoint } from './fields.ts';
import { reclassificationPoint } from './reclassifications.ts';
import type { Series, Server, Value } from './server.ts';
import type { Databases } from './setup.ts';
import { integer, point, stateTime, tagged, text, uncarried, unspelled, whole } from './text.ts';
import type { Writer, Written } from './writer.ts';

export interface IntakeParts {
  readonly server: Server;
  readonly writer: Writer;
  readonly databases: Databases;
  readonly plant: Plant;
}

/** Names of undeclared metrics, of readings that have any. */
type Names = ReadonlyMap<Reading, readonly string[]>;

/** What the store knows beside its rows, in memory whole; it changes once the change is on the server's disk. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #marks = new Map<string, readonly Dirty[]>();
  readonly #undeclared = new Map<string, readonly string[]>();
  /** The time of each line's newest rejection. */
  readonly #rejected = new Map<string, number>();
  #cursor: Cursor = { position: 0, counts: { stored: 0, duplicate: 0, rejected: {} } };

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  async load(): Promise<void> {
    const { server, databases } = this.#parts;
    await this.follow();
    for (const [line, json] of newestOf(await server.query(databases.kept, 'SELECT last("spans") FROM "dirty" GROUP BY "line"'))) {
      const marks = (JSON.parse(json) as [from: number, to: number][]).map(([from, to]) => ({ line, from, to }));
      if (marks.length > 0) this.#marks.set(line, marks);
    }
    for (const [line, json] of newestOf(await server.query(databases.kept, 'SELECT last("names") FROM "undeclared" GROUP BY "line"'))) {
      this.#undeclared.set(line, JSON.parse(json) as string[]);
    }
    const rejected = `SELECT last("received") FROM "rejections" WHERE "position" <= ${whole(this.#cursor.position)} GROUP BY "line"`;
    for (const { tags, values } of await server.query(databases.raw, rejected)) {
      this.#rejected.set(unspelled(tags.line ?? ''), Number(values[0]?.[0]));
    }
  }

  /** How far the store has come, as the server has it. */
  async follow(): Promise<void> {
    const { server, databases } = this.#parts;
    const [settled] = await server.query(databases.kept, 'SELECT "position", "counts" FROM "cursor"');
    const row = settled?.values.at(-1);
    if (row) this.#cursor = { position: Number(row[1]), counts: JSON.parse(uncarried(String(row[2]))) as SettledCounts };
  }

  dirty(): Dirty[] {
    return [...this.#marks.values()].flat();
  }

  undeclared(): Map<string, string[]> {
    return new Map([...this.#undeclared].map(([line, names]) => [line, [...names]]));
  }

  /** A batch that is there already, though its writer was told of a fault, is not written again. */
  async write(batch: StoreBatch): Promise<Taken> {
    const { writer, databases } = this.#parts;
    const { position } = batch.cursor;
    if (position <= this.#cursor.position) return { cursor: this.#cursor, setAside: [] };
    // Everything is put into words first: a batch with a mistake in it leaves no trace.
    const { points, names, misfits } = this.#points(batch.readings, position);
    this.#rejections(batch.rejections, position);
    const marks = marked(this.#marks, batch.dirty);
    const said = (batch.reclassifications ?? []).map((one, index) => reclassificationPoint(one, position, index));
    for (const { subject, words } of await writer.write(databases.raw, points)) misfits.push({ reading: subject, words });
    const { cursor, ...taken } = withoutMisfits(batch, misfits);
    const rejections = this.#rejections(taken.rejections, position);
    const undeclared = this.#undeclaredOf(taken.readings, names);
    await writer.write(databases.raw, rejections.points);
    await writer.write(databases.kept, said, 'ns');
    await writer.state(databases.kept, [
      ...[...marks].map(([line, spans]) => marksPoint(line, spans)),
      ...[...undeclared].map(([line, names]) => point('undeclared', { line }, [['names', text(JSON.stringify(names))]], stateTime)),
    ]);
    await writer.state(databases.kept, [cursorPoint(cursor)]);
    this.#cursor = cursor;
    this.#take(marks);
    for (const [line, names] of undeclared) this.#undeclared.set(line, names);
    for (const [line, time] of rejections.newest) this.#rejected.set(line, time);
    return { cursor, setAside: misfits.map(({ reading }) => reading) };
  }

  /** Takes `[from, to)` of lines out of their marks. */
  async makeGood(stretches: readonly Dirty[]): Promise<void> {
    const { writer, databases } = this.#parts;
    const marks = cleared(this.#marks, stretches);
    await writer.state(
      databases.kept,
      [...marks].map(([line, spans]) => marksPoint(line, spans)),
    );
    this.#take(marks);
  }

  /** The newest of a line, newest first. */
  async rejections(line: string, limit: number): Promise<Rejection[]> {
    const { server, databases } = this.#parts;
    const most = Math.min(limit, readingLimits.rejectionsKeptPerLine);
    if (most < 1) return [];
    const [series] = await server.query(
      databases.raw,
      `SELECT "received", "reason", "detail", "sample" FROM "rejections"
        WHERE ${tagged('line', line)} AND "position" <= ${whole(this.#cursor.position)} ORDER BY time DESC LIMIT ${whole(most)}`,
    );
    const textOf = (value: Value | undefined): string => uncarried(String(value));
    return (series?.values ?? []).map(([, received, reason, detail, sample]) => ({
      line,
      receivedAt: Number(received),
      reason: textOf(reason) as RejectReason,
      detail: textOf(detail),
      sample: textOf(sample),
    }));
  }

  /** Readings in words, and the undeclared names in them; those that cannot be put into any are misfits. */
  #points(readings: readonly Reading[], position: number): { points: Written<Reading>[]; names: Names; misfits: Misfit[] } {
    const { plant } = this.#parts;
    const points: Written<Reading>[] = [];
    const names = new Map<Reading, readonly string[]>();
    const misfits: Misfit[] = [];
    for (const reading of readings) {
      try {
        const { line: text, undeclared } = readingPoint(reading, plant.lines.get(reading.line)?.type, position);
        points.push({ text, line: reading.line, time: reading.ts, subject: reading });
        if (undeclared.length > 0) names.set(reading, undeclared);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        misfits.push({ reading, words: error.message });
      }
    }
    return { points, names, misfits };
  }

  /** By line, all names where there are more than were known. */
  #undeclaredOf(readings: readonly Reading[], names: Names): Map<string, readonly string[]> {
    const added = new Map<string, Set<string>>();
    for (const reading of readings) {
      for (const name of names.get(reading) ?? []) {
        if (this.#undeclared.get(reading.line)?.includes(name)) continue;
        const fresh = added.get(reading.line);
        if (fresh) fresh.add(name);
        else added.set(reading.line, new Set([name]));
      }
    }
    return new Map([...added].map(([line, fresh]) => [line, [...(this.#undeclared.get(line) ?? []), ...fresh]]));
  }

  /** Rejections of a line stand at times that rise by one at least, so that none takes the place of another. */
  #rejections(rejections: readonly Rejection[], position: number): { points: Written[]; newest: Map<string, number> } {
    const newest = new Map<string, number>();
    const points = rejections.map((rejection): Written => {
      const { line, receivedAt, reason, detail, sample } = rejection;
      const time = Math.max(receivedAt, (newest.get(line) ?? this.#rejected.get(line) ?? Number.NEGATIVE_INFINITY) + 1);
      newest.set(line, time);
      const fields: [string, string][] = [
        ['received', integer(receivedAt)],
        ['position', integer(position)],
        ['reason', text(reason)],
        ['detail', text(detail)],
        ['sample', text(sample)],
      ];
      return { text: point('rejections', { line }, fields, time), line, time, subject: rejection };
    });
    return { points: newestOfEach(points), newest };
  }

  #take(marks: ReadonlyMap<string, readonly Dirty[]>): void {
    for (const [line, spans] of marks) {
      if (spans.length > 0) this.#marks.set(line, spans);
      else this.#marks.delete(line);
    }
  }
}

function cursorPoint({ position, counts }: Cursor): string {
  const fields: [string, string][] = [
    ['position', integer(position)],
    ['counts', text(JSON.stringify(counts))],
  ];
  return point('cursor', {}, fields, stateTime);
}

function marksPoint(line: string, spans: readonly Dirty[]): string {
  const json = JSON.stringify(spans.map(({ from, to }) => [from, to]));
  return point('dirty', { line }, [['spans', text(json)]], stateTime);
}

function newestOf(series: readonly Series[]): [line: string, json: string][] {
  return series.map(({ tags, values }) => [unspelled(tags.line ?? ''), uncarried(String(values.at(-1)?.[1]))]);
}
