/**
 * Correction: makes the derived rows of a line true again after readings came late, or somebody said what a stop was, by folding its readings anew.
 * Comes in: marks of what is no longer true. Goes out: patches for the store, corrected folds for the ledger, corrected
 * presents for the live side. A start is the same thing: every line is folded on from its last checkpoint.
 */
import type { Clock } from '../contract/clock.ts';
import { copyFold } from '../kpi/fold.ts';
import { grouped } from '../kpi/grouping.ts';
import type { Checkpoint, DerivedPatch, Dirty, Store } from '../store/store.ts';
import type { Intake } from './intake.ts';
import type { Ledger } from './ledger.ts';
import type { Live } from './live.ts';
import { foldedToEnd, refolded, type Refolded } from './refold.ts';
import { Turns } from './turns.ts';
import { createWindows, hourStart, windowsStart } from './windows.ts';

/** Lines corrected together: their rows are written in one go, which costs little more than those of one. */
const linesTogether = 60;
/** Fewer of them where they have more rows than this, which are in memory meanwhile. */
const rowsTogether = 80_000;
/** Lines restored with one question to the store: it sorts what it answers, in bounded memory. */
const linesAtOnce = 150;
/** Long enough for every line that was alive to have said something: most say something every few seconds. */
const recalledMs = 15_000;
const forever = Number.MAX_SAFE_INTEGER;

export interface CorrectionParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly live: Live;
  readonly clock: Clock;
}

interface Mark {
  from: number;
  to: number;
}

export class Correction {
  readonly #parts: CorrectionParts;
  readonly #marks = new Map<string, Mark>();
  readonly #turns = new Turns();
  /** Lines whose live side still has to be told, once every reading since is at hand; those with a backlog in their turn. */
  readonly #owed = new Set<string>();
  readonly #tellings = new Turns();

  constructor(parts: CorrectionParts) {
    this.#parts = parts;
  }

  mark(dirty: readonly Dirty[]): void {
    const now = this.#parts.clock.now();
    for (const { line, from, to } of dirty) {
      this.#turns.note(line, now);
      const mark = this.#marks.get(line);
      if (mark) Object.assign(mark, { from: Math.min(mark.from, from), to: Math.max(mark.to, to) });
      else this.#marks.set(line, { from, to });
    }
  }

  /** The live side has passed over readings of these lines, and they are stored now. */
  tell(lines: Iterable<string>): void {
    const now = this.#parts.clock.now();
    for (const line of lines) {
      this.#tellings.note(line, now);
      this.#owed.add(line);
    }
  }

  due(): boolean {
    return this.#next().length > 0 || this.#dueTellings().length > 0;
  }

  /** Corrects marked lines, newest trouble first, for about `budgetMs`; `position` is up to where the journal is stored. */
  async work(budgetMs: number, position: number): Promise<void> {
    const { clock } = this.#parts;
    const until = clock.now() + budgetMs;
    for (let lines = this.#next(); lines.length > 0 && clock.now() < until; lines = this.#next()) await this.#correct(lines);
    await this.#tellLive(position);
  }

  /** Folds every line on from its last checkpoint, and takes up marks that an earlier run did not get to. */
  async restore(position: number): Promise<void> {
    const { store, ledger } = this.#parts;
    const heads = await store.heads();
    const known = new Set(ledger.folds().map((fold) => fold.kind.line));
    const last = (await store.lastCheckpoints()).filter(({ line }) => known.has(line));
    const seen = new Set(last.map(({ line }) => line));
    for (const [at, checkpoints] of grouped(last, (checkpoint) => checkpoint.at)) {
      for (const some of inParts(checkpoints, linesAtOnce)) await this.#restoreFrom(at, new Map(some.map((one) => [one.line, one])));
    }
    const others = [...heads.keys()].filter((line) => known.has(line) && !seen.has(line));
    for (const some of inParts(others, linesAtOnce)) await this.#restoreFrom(0, new Map(some.map((line) => [line, null])));
    this.mark((await store.dirty()).filter(({ line }) => known.has(line)));
    for (const line of known) if (heads.has(line)) this.#owed.add(line);
    await this.#recall(heads);
    await this.#tellLive(position);
  }

  /** What the lines' machines showed when they were last heard of; of lines silent for long before that, nothing. */
  async #recall(heads: ReadonlyMap<string, number>): Promise<void> {
    const { store, live } = this.#parts;
    const newest = [...heads.values()].reduce((latest, ts) => Math.max(latest, ts), 0);
    for await (const chunk of store.readings({ lines: [...heads.keys()], from: newest - recalledMs, to: newest + 1 })) {
      for (const reading of chunk) live.recall(reading);
    }
  }

  /** Marked lines whose turn it is, those with the newest trouble first. */
  #next(): string[] {
    const now = this.#parts.clock.now();
    const due = [...this.#marks].filter(([line]) => this.#turns.isDue(line, now));
    return due
      .sort(([, one], [, other]) => other.from - one.from)
      .slice(0, linesTogether)
      .map(([line]) => line);
  }

  #dueTellings(): string[] {
    const now = this.#parts.clock.now();
    return [...this.#owed].filter((line) => this.#tellings.isDue(line, now));
  }

  async #correct(lines: readonly string[]): Promise<void> {
    const { store, ledger, intake, clock } = this.#parts;
    const marked = lines.flatMap((line) => {
      const mark = this.#marks.get(line);
      return mark ? [{ line, ...mark }] : [];
    });
    const corrected: Refolded[] = [];
    let rows = 0;
    for await (const one of refolded(this.#parts, marked, clock.now())) {
      corrected.push(one);
      rows += rowCount(one.patch);
      // The end is not kept waiting: marks of the others are in the store.
      if (intake.closed || rows >= rowsTogether) break;
    }
    await store.writeDerived(corrected.map(({ patch }) => patch));
    const now = clock.now();
    for (const { patch, fold } of corrected) {
      this.#turns.take(patch.line, now);
      this.#marks.delete(patch.line);
      if (fold) ledger.replace(patch.line, fold);
      const shift = ledger.kind(patch.line).schedule.shiftAt(now);
      if (patch.to > windowsStart(shift, now)) this.#owed.add(patch.line);
    }
  }

  async #restoreFrom(at: number, starts: ReadonlyMap<string, Checkpoint | null>): Promise<void> {
    const { store, ledger } = this.#parts;
    const restored: Refolded[] = [];
    for await (const one of foldedToEnd(this.#parts, starts, at)) restored.push(one);
    await store.writeDerived(restored.map(({ patch }) => patch));
    for (const { patch, fold } of restored) if (fold) ledger.replace(patch.line, fold);
  }

  /** Hands corrected presents to the live side, with the readings it took since the store's position. */
  async #tellLive(position: number): Promise<void> {
    const { store, ledger, intake, live, clock } = this.#parts;
    const lines = this.#dueTellings();
    if (lines.length === 0 || !intake.holds(position)) return;
    const now = clock.now();
    const hours = grouped(await store.minutes(lines, hourStart(now), forever), (row) => row.line);
    const byShift = grouped(lines, (line) => ledger.kind(line).schedule.shiftAt(now)?.from ?? null);
    for (const [from, group] of byShift) {
      const sums = from === null ? new Map<string, never>() : await store.sums(group, from, forever);
      // Only now: the live side went on while the store was asked.
      if (!intake.holds(position)) return;
      for (const [line, tail] of intake.tails(group, position)) {
        const fold = ledger.fold(line);
        const windows = createWindows(fold.kind.schedule.shiftAt(now), hours.get(line) ?? [], sums.get(line));
        live.rebase({ line, fold: copyFold(fold), windows }, tail);
        this.#owed.delete(line);
        this.#tellings.take(line, now);
      }
    }
  }
}

function rowCount({ minutes, runs = [], checkpoints }: DerivedPatch): number {
  return minutes.length + runs.length + checkpoints.length;
}

function* inParts<T>(items: readonly T[], size: number): Iterable<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
