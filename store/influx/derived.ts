/**
 * Derived rows going in: minutes, checkpoints and context changes of lines, in place of what was there.
 * Comes in: patches. Goes out: nothing. The server knows no transactions; what holds instead is an order. First the checkpoints
 * that a patch replaces are taken back, then minutes, contexts and hours are written, then new checkpoints, and only then are dirty
 * marks cleared. Cut off anywhere, the line is still marked, or folded on from an older checkpoint, and everything comes again.
 */
import { contextNames, type Context } from '../../contract/reading.ts';
import type { Sums } from '../../contract/figures.ts';
import type { Plant } from '../../contract/plant.ts';
import { grouped } from '../../kpi/grouping.ts';
import { emptySums } from '../../kpi/utilization.ts';
import { minutesOf, thawed } from '../runs.ts';
import type { Checkpoint, ContextChange, DerivedPatch } from '../store.ts';
import type { SavedBatches } from './batches.ts';
import type { Intake } from './intake.ts';
import { inParallel, inParts } from './parallel.ts';
import type { Changed, Rollup } from './rollup.ts';
import { fieldsOf, rowsOf, sumColumns, tagsOf, type SumsRow, type Tags } from './rows.ts';
import type { Series, Server } from './server.ts';
import type { Databases } from './setup.ts';
import { anyOf, point, text, uncarried, unspelled, within } from './text.ts';
import type { Writer, Written } from './writer.ts';

export interface DerivedParts {
  readonly server: Server;
  readonly writer: Writer;
  readonly databases: Databases;
  readonly plant: Plant;
  readonly intake: Intake;
  readonly hours: Rollup;
  readonly days: Rollup;
  readonly batches: SavedBatches;
  /** Before this time readings may be gone: rows derived from them stay as they are. */
  readonly frozenUntil: () => number;
}

const minuteMs = 60_000;
const linesAtOnce = 50;
const questionsAtOnce = 4;

/** Rows of lines that are there already, by line. */
type Found<Row> = ReadonlyMap<string, readonly Row[]>;

interface FoundText {
  readonly ts: number;
  readonly text: string;
}

export class Derived {
  readonly #parts: DerivedParts;

  constructor(parts: DerivedParts) {
    this.#parts = parts;
  }

  async write(patches: readonly DerivedPatch[]): Promise<void> {
    if (patches.length === 0) return;
    const { writer, databases, intake, hours, days, batches, frozenUntil } = this.#parts;
    const bound = patches.map((patch) => thawed(patch, frozenUntil()));
    const replaced = bound.filter((patch) => !patch.fresh && patch.from < patch.to);
    const [minutes, contexts, checkpoints] = await Promise.all([
      this.#existing(replaced, databases.kept, `SELECT ${sumColumns} FROM "minutes"`, '*', (series) => rowsOf([series])),
      this.#existing(replaced, databases.kept, `SELECT "context" FROM "contexts"`, '"line"', textsOf),
      this.#existing(replaced, databases.raw, `SELECT "carry" FROM "checkpoints"`, '"line"', textsOf),
    ]);
    const changes = bound.map((patch) => ({
      minutes: this.#minutePoints(patch, minutes.get(patch.line) ?? []),
      contexts: textPoints('contexts', 'context', patch, patch.contexts.map(contextText), contexts.get(patch.line) ?? []),
      checkpoints: textPoints('checkpoints', 'carry', patch, patch.checkpoints.map(checkpointText), checkpoints.get(patch.line) ?? []),
    }));
    await batches.drop(bound, frozenUntil());
    await writer.write(
      databases.raw,
      changes.flatMap(({ checkpoints: { gone, replaced } }) => [...gone, ...replaced]),
    );
    await writer.write(
      databases.kept,
      changes.flatMap((change) => [...change.minutes, ...change.contexts.gone, ...change.contexts.fresh]),
    );
    // Of what is written again as it was, too: the last time it may have been cut off right here.
    const reach = bound.flatMap((patch) => reachOf(patch, minutes.get(patch.line) ?? []));
    await hours.follow(reach);
    await days.follow(reach);
    await writer.write(
      databases.raw,
      changes.flatMap((change) => change.checkpoints.fresh),
    );
    // Fresh rows come of readings in order: what late ones made untrue among them still is.
    await intake.makeGood(patches.filter((patch) => !patch.fresh));
  }

  /** What lies where patches will: patches of the same time are asked for together. */
  async #existing<Row>(
    patches: readonly DerivedPatch[],
    database: string,
    select: string,
    grouping: string,
    rowsOf: (series: Series) => readonly Row[],
  ): Promise<Found<Row>> {
    const times = grouped(patches, ({ from, to }) => `${String(from)} ${String(to)}`);
    const questions = [...times.values()].flatMap((group) => inParts(group, linesAtOnce));
    const answers = await inParallel(questions, questionsAtOnce, (group) => {
      const { from, to } = group[0] ?? { from: 0, to: 0 };
      const lines = anyOf(
        'line',
        group.map(({ line }) => line),
      );
      return this.#parts.server.query(database, `${select} WHERE ${lines} AND ${within(from, to)} GROUP BY ${grouping}`);
    });
    const found = new Map<string, Row[]>();
    for (const series of answers.flat()) {
      const line = unspelled(series.tags.line ?? '');
      found.set(line, [...(found.get(line) ?? []), ...rowsOf(series)]);
    }
    return found;
  }

  /** A row goes where an older one of its minute lies, though the line may have moved since; older ones without a new one become zero. */
  #minutePoints(patch: DerivedPatch, existing: readonly SumsRow[]): Written[] {
    const { line } = patch;
    const home = tagsOf(line, this.#parts.plant.lines.get(line));
    const before = grouped(existing, (row) => row.time);
    const points: Written[] = [];
    const put = (tags: Tags, minute: number, sums: Sums, old: SumsRow | undefined): void => {
      const fields = fieldsOf(sums);
      if (old && String(fields) === String(fieldsOf(old.sums))) return;
      points.push({ text: point('minutes', tags, fields, minute), line, time: minute, subject: sums });
    };
    for (const row of minutesOf(patch)) {
      const [first, ...others] = before.get(row.minute) ?? [];
      before.delete(row.minute);
      put(first?.tags ?? home, row.minute, row, first);
      for (const other of others) put(other.tags, row.minute, emptySums(), other);
    }
    for (const row of [...before.values()].flat()) put(row.tags, row.time, emptySums(), row);
    return points;
  }
}

function contextText({ ts, ...change }: ContextChange): FoundText {
  const context = Object.fromEntries(contextNames.map((name) => [name, change[name]])) as Context;
  return { ts, text: JSON.stringify(context) };
}

function checkpointText({ at, carry }: Checkpoint): FoundText {
  return { ts: at, text: carry };
}

/** Texts to be written; those that are no more, and those that another takes the place of. An empty text is none. */
function textPoints(
  measurement: string,
  field: string,
  { line }: DerivedPatch,
  wanted: readonly FoundText[],
  existing: readonly FoundText[],
): { fresh: Written[]; gone: Written[]; replaced: Written[] } {
  const before = new Map(existing.filter((one) => one.text !== '').map((one) => [one.ts, one.text]));
  const after = new Map(wanted.map((one) => [one.ts, one.text]));
  const written = (ts: number, value: string): Written => ({
    text: point(measurement, { line }, [[field, text(value)]], ts),
    line,
    time: ts,
    subject: value,
  });
  const changed = [...before].filter(([ts, value]) => after.get(ts) !== value).map(([ts]) => ts);
  return {
    fresh: [...after].filter(([ts, value]) => before.get(ts) !== value).map(([ts, value]) => written(ts, value)),
    gone: changed.filter((ts) => !after.has(ts)).map((ts) => written(ts, '')),
    replaced: changed.filter((ts) => after.has(ts)).map((ts) => written(ts, '')),
  };
}

function textsOf({ values }: Series): FoundText[] {
  return values.map(([ts, value]) => ({ ts: Number(ts), text: uncarried(String(value)) }));
}

/** The minutes that a patch may have changed. */
function reachOf(patch: DerivedPatch, existing: readonly SumsRow[]): Changed[] {
  let [from, to] = [Infinity, -Infinity];
  const reach = (time: number): void => {
    from = Math.min(from, time);
    to = Math.max(to, time + minuteMs);
  };
  for (const { minute } of minutesOf(patch)) reach(minute);
  for (const { time } of existing) reach(time);
  return from < to ? [{ line: patch.line, from, to }] : [];
}
