/**
 * Refolding: what a line's derived rows are, worked out anew from its stored readings. Comes in: a line and which stretch of it is
 * no longer true. Goes out: its rows in place of those, and its fold where they reach to the end. It writes nothing.
 */
import { advance, createFold, take, type Carry, type Fold, type FoldSink } from '../kpi/fold.ts';
import { foldMetricsOf } from '../kpi/counters.ts';
import { grouped } from '../kpi/grouping.ts';
import { createReclassified } from '../kpi/reclassified.ts';
import type { Reclassification } from '../contract/reclassification.ts';
import type { Checkpoint, DerivedPatch, Dirty, Store } from '../store/store.ts';
import { emptyRows, gathering, type Ledger, type Rows } from './ledger.ts';

/** How far past the late readings checkpoints are looked at for the point from which nothing changes any more. */
const meetMs = 24 * 3_600_000;
/** What is untrue until this shortly before now is folded to the end: there is hardly anything after it that could stay. */
const presentMs = 15 * 60_000;
const forever = Number.MAX_SAFE_INTEGER;

export interface Refolded {
  readonly patch: DerivedPatch;
  /** The line's present, where the patch reaches to the end. */
  readonly fold: Fold | null;
}

/** A fold on its way, from where, and the rows it has given. */
interface Course {
  readonly start: Checkpoint | null;
  readonly fold: Fold;
  readonly rows: Rows;
  readonly sink: FoldSink;
}

export interface RefoldParts {
  readonly store: Store;
  readonly ledger: Ledger;
}

/**
 * Folds the lines of these marks anew, one after the other. Lines that are untrue up to now are read with one question for all that
 * are so since about as long: it costs hardly more than one line's.
 */
export async function* refolded(parts: RefoldParts, marks: readonly Dirty[], now: number): AsyncGenerator<Refolded, void> {
  const present: { readonly line: string; readonly start: Checkpoint | null }[] = [];
  for (const { line, from, to } of marks) {
    const start = await startOf(parts.store, line, from);
    if (to >= now - presentMs) present.push({ line, start });
    else yield await foldedOn(parts, line, start, to);
  }
  const sinceAbout = grouped(present, ({ start }) => (start === null ? null : Math.ceil(Math.log2(Math.max(1, now - start.at)))));
  for (const lines of sinceAbout.values()) {
    yield* foldedToEnd(
      parts,
      new Map(lines.map(({ line, start }) => [line, start])),
      Math.min(...lines.map(({ start }) => start?.at ?? 0)),
    );
  }
}

/** Folds all readings of these lines since their checkpoints, or from `from` on where they have none. */
export async function* foldedToEnd(
  { store, ledger }: RefoldParts,
  starts: ReadonlyMap<string, Checkpoint | null>,
  from: number,
): AsyncGenerator<Refolded, void> {
  const lines = [...starts.keys()];
  const said = grouped(await store.reclassifications(lines, from, forever), ({ line }) => line);
  const waiting = new Map([...starts].map(([line, start]) => [line, courseOf(ledger, line, start, said.get(line) ?? [])]));
  const metrics = new Set(lines.flatMap((line) => foldMetricsOf(ledger.kind(line).type)));
  let under = null as Course | null;
  for await (const chunk of store.readings({ lines, from, to: forever, metrics: [...metrics] })) {
    for (const reading of chunk) {
      // Readings come line after line.
      if (under?.fold.kind.line !== reading.line) {
        if (under) yield ended(under);
        under = waiting.get(reading.line) ?? null;
        waiting.delete(reading.line);
      }
      if (under && reading.ts >= (under.start?.at ?? 0)) take(under.fold, reading, under.sink);
    }
  }
  if (under) yield ended(under);
  for (const course of waiting.values()) yield ended(course);
}

/** Folds one line's readings on past `dirtyTo`, up to where nothing changes any more. */
async function foldedOn({ store, ledger }: RefoldParts, line: string, start: Checkpoint | null, dirtyTo: number): Promise<Refolded> {
  const from = start?.at ?? 0;
  const course = courseOf(ledger, line, start, await store.reclassifications([line], from, forever));
  const { fold, sink } = course;
  const meetings = await store.checkpoints(line, dirtyTo + 1, dirtyTo + meetMs);
  for await (const chunk of store.readings({ lines: [line], from, to: forever, metrics: foldMetricsOf(fold.kind.type) })) {
    for (const reading of chunk) {
      for (let meeting = meetings[0]; meeting && meeting.at <= reading.ts; meeting = meetings[0]) {
        meetings.shift();
        advance(fold, meeting.at, sink);
        if (JSON.stringify(fold.carry) === meeting.carry) return { patch: patchOf(course, meeting.at), fold: null };
      }
      take(fold, reading, sink);
    }
  }
  return ended(course);
}

/**
 * The checkpoint to fold on from. One that lies in a gap will not do: a batch whose last reading lies before the gap
 * may gain readings in it, and only a patch that reaches back to the batch drops its saved record.
 */
async function startOf(store: Store, line: string, ts: number): Promise<Checkpoint | null> {
  const start = await store.checkpoint(line, ts);
  if (!start) return null;
  const carry = parseCarry(start);
  return carry.holdUntil >= start.at ? start : store.checkpoint(line, carry.ts);
}

/** Rows of a patch that begins at a checkpoint replace that, too. */
function courseOf(ledger: Ledger, line: string, start: Checkpoint | null, said: readonly Reclassification[]): Course {
  const rows: Rows = { ...emptyRows(), checkpoints: start ? [start] : [] };
  const fold = createFold(ledger.kind(line), start && { at: start.at, carry: parseCarry(start) }, createReclassified(said));
  return { start, fold, rows, sink: gathering(line, rows) };
}

function ended(course: Course): Refolded {
  return { patch: patchOf(course, forever), fold: course.fold };
}

function patchOf({ start, fold, rows }: Course, to: number): DerivedPatch {
  return {
    line: fold.kind.line,
    from: start?.at ?? 0,
    to,
    fresh: false,
    minutes: rows.minutes.filter((row) => row.minute < to),
    runs: rows.runs.filter((row) => row.minute < to),
    checkpoints: rows.checkpoints.filter((one) => one.at < to),
    contexts: rows.contexts.filter((change) => change.ts < to),
  };
}

function parseCarry(checkpoint: Checkpoint): Carry {
  return JSON.parse(checkpoint.carry) as Carry;
}
