/**
 * The ledger: the storing side's fold of every line, and the derived rows they have given since the last flush.
 * Comes in: readings through the folds. Goes out: patches for the store. It does no I/O.
 */
import type { MinuteRow } from '../contract/figures.ts';
import type { Plant } from '../contract/plant.ts';
import type { Schedule } from '../kpi/calendar.ts';
import { createFold, lineKind, type Fold, type FoldSink, type LineKind } from '../kpi/fold.ts';
import type { Checkpoint, ContextChange, DerivedPatch, MinuteRun } from '../store/store.ts';

/** Derived rows of one line as a fold gives them. */
export interface Rows {
  readonly minutes: MinuteRow[];
  readonly runs: MinuteRun[];
  readonly checkpoints: Checkpoint[];
  readonly contexts: ContextChange[];
}

export function emptyRows(): Rows {
  return { minutes: [], runs: [], checkpoints: [], contexts: [] };
}

/** A sink that gathers a line's rows. */
export function gathering(line: string, rows: Rows): FoldSink {
  return {
    minute: (row) => rows.minutes.push(row),
    run: (row, count) => rows.runs.push({ ...row, count }),
    checkpoint: (at, carry) => rows.checkpoints.push({ line, at, carry: JSON.stringify(carry) }),
    context: (ts, context) => rows.contexts.push({ line, ts, ...context }),
  };
}

interface Account {
  readonly kind: LineKind;
  fold: Fold;
  rows: Rows;
  sink: FoldSink;
}

export class Ledger {
  readonly #accounts = new Map<string, Account>();

  constructor(plant: Plant, schedules: ReadonlyMap<string, Schedule>) {
    for (const line of plant.lines.values()) {
      const schedule = schedules.get(line.calendar);
      if (!schedule) throw new Error(`line ${line.id} names a calendar that the plant does not have: ${line.calendar}`);
      const kind = lineKind(line.id, line.type, schedule);
      this.#accounts.set(line.id, { kind, fold: createFold(kind, null), ...fresh(line.id) });
    }
  }

  kind(line: string): LineKind {
    return this.#account(line).kind;
  }

  fold(line: string): Fold {
    return this.#account(line).fold;
  }

  sink(line: string): FoldSink {
    return this.#account(line).sink;
  }

  folds(): Fold[] {
    return [...this.#accounts.values()].map((account) => account.fold);
  }

  /** Puts a corrected fold in place; rows the old one gave and nobody flushed are forgotten. */
  replace(line: string, fold: Fold): void {
    Object.assign(this.#account(line), { fold, ...fresh(line) });
  }

  /** Everything gathered since the last flush, as patches that touch nothing the store holds already. */
  pending(): DerivedPatch[] {
    const patches: DerivedPatch[] = [];
    for (const [line, { fold, rows }] of this.#accounts) {
      const first = Math.min(
        rows.minutes[0]?.minute ?? fold.accountedTo,
        rows.runs[0]?.minute ?? fold.accountedTo,
        rows.checkpoints[0]?.at ?? fold.accountedTo,
        rows.contexts[0]?.ts ?? fold.accountedTo,
      );
      if (isNone(rows)) continue;
      patches.push({ line, from: first, to: fold.accountedTo, fresh: true, ...rows });
    }
    return patches;
  }

  /** The pending rows are safe in the store. */
  flushed(): void {
    for (const [line, account] of this.#accounts) if (!isNone(account.rows)) Object.assign(account, fresh(line));
  }

  #account(line: string): Account {
    const account = this.#accounts.get(line);
    if (!account) throw new Error(`no such line in the plant: ${line}`);
    return account;
  }
}

function isNone({ minutes, runs, checkpoints, contexts }: Rows): boolean {
  return minutes.length + runs.length + checkpoints.length + contexts.length === 0;
}

function fresh(line: string): { rows: Rows; sink: FoldSink } {
  const rows = emptyRows();
  return { rows, sink: gathering(line, rows) };
}
