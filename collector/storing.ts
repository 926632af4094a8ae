/**
 * Storing: works the journal off into the store, each reading once, and keeps the derived rows true.
 * Comes in: decoded stretches. Goes out: store batches with their cursor, minute rows every minute, corrections of lines
 * that late readings, or what people said afterwards, changed. One loop does one thing after the other, so nothing here can overtake anything else.
 */
import type { Logger } from 'pino';
import type { Outcome } from '../contract/actions.ts';
import type { Clock } from '../contract/clock.ts';
import type { Plant } from '../contract/plant.ts';
import type { Reading, Rejection } from '../contract/reading.ts';
import type { JournalReader } from '../journal/journal.ts';
import { advance, inOrder, minuteMs, minuteOf, take, type Fold } from '../kpi/fold.ts';
import type { Cursor, Dirty, SettledCounts, Store } from '../store/store.ts';
import { isOld } from './backlog.ts';
import type { Correction } from './correction.ts';
import { corrigendaOf } from './corrigenda.ts';
import { elapsedMs } from './elapsed.ts';
import { sizeOf, type Intake, type Stretch } from './intake.ts';
import type { Ledger } from './ledger.ts';
import { Paces } from './paces.ts';
import type { RecentTimes } from './recent.ts';
import { Patience, pause } from './retry.ts';
import { sortReadings } from './sorting.ts';

/** A minute is settled this long after it ended: readings that take longer to arrive are corrected in. */
const graceMs = 5_000;
/** Commits are this far apart unless many readings wait: a commit costs an fsync. */
const commitEveryMs = 300;
const commitReadings = 8_000;
/** Derived rows are written this often at most: a device that catches up on weeks gives many of them, and batches begin and end by them. */
const flushEveryMs = 2_000;
/** So many readings are never waited for: rows are appended in one go, and what is live waits for that. */
const flushReadings = 10_000;
/** Time given to corrections between two commits, so that live readings keep being stored. */
const correctionMs = 400;
/** How long readings that wait are still stored after the end was asked for; what is left is in the journal. */
const closingMs = 3_000;
/** While readings wait to be stored, corrections are this far apart: many lines corrected together cost little more than one. */
const gatherMs = 2_000;

export interface StoringParts {
  readonly store: Store;
  readonly journal: JournalReader;
  readonly intake: Intake;
  readonly ledger: Ledger;
  readonly correction: Correction;
  readonly recent: RecentTimes;
  readonly cursor: Cursor;
  readonly plant: Plant;
  /** Says what became of something that somebody did. */
  readonly answer: (outcome: Outcome) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface StoringHealth {
  readonly ok: boolean;
  readonly detail: string | null;
  readonly behindRecords: number;
  readonly behindMs: number;
}

export class Storing {
  counts: SettledCounts;
  #position: number;
  /** When the oldest record that waits came in, as far as that is known; null while none waits. */
  #oldestWaiting: number | null = null;
  #flushedAt = 0;
  #correctedAt = 0;
  #closedAt: number | null = null;
  #unflushed = 0;
  readonly #paces = new Paces();
  #maintainedAt: number;
  #maintaining = false;
  readonly #parts: StoringParts;
  readonly #patience: Patience;

  constructor(parts: StoringParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock, parts.log);
    this.#position = parts.cursor.position;
    this.counts = parts.cursor.counts;
    this.#maintainedAt = parts.clock.now();
  }

  health(): StoringHealth {
    const { intake, clock } = this.#parts;
    return {
      ok: this.#patience.trouble === null,
      detail: this.#patience.trouble,
      behindRecords: intake.head - this.#position,
      behindMs: this.#oldestWaiting === null ? 0 : Math.max(0, clock.now() - this.#oldestWaiting),
    };
  }

  /** Brings every line back to where the store left it. */
  restore(): Promise<void> {
    return this.#patience.untilDone('read the store', () => this.#parts.correction.restore(this.#position));
  }

  /** Runs until the journal is closed and everything decoded is stored, or has been given some seconds for it. */
  async run(): Promise<void> {
    const { intake, clock } = this.#parts;
    for (let begun = clock.now(); !this.#isOver(begun); begun = clock.now()) {
      const stretches = await this.#gather();
      if (stretches.length > 0) await this.#store(stretches);
      await this.#settle();
      await this.#correct();
      this.#maintain();
      const rest = commitEveryMs - elapsedMs(begun, clock.now());
      if (rest > 0 && !intake.closed && intake.head - this.#position < commitReadings) await pause(clock, rest);
    }
    await this.#flush();
  }

  #isOver(now: number): boolean {
    const { intake } = this.#parts;
    if (!intake.closed) return false;
    this.#closedAt ??= now;
    return this.#position >= intake.head || now - this.#closedAt > closingMs;
  }

  /** The next stretches, as many as make one commit. */
  async #gather(): Promise<Stretch[]> {
    const stretches: Stretch[] = [];
    let next = this.#position;
    for (let readings = 0; readings < commitReadings;) {
      const stretch = await this.#parts.intake.stretchAt(next);
      if (!stretch) break;
      stretches.push(stretch);
      readings += sizeOf(stretch);
      next = stretch.next;
    }
    this.#oldestWaiting = stretches[0]?.packets[0]?.receivedAt ?? this.#oldestWaiting;
    return stretches;
  }

  async #store(stretches: readonly Stretch[]): Promise<void> {
    const { store, journal, intake, ledger, correction, recent, plant, answer } = this.#parts;
    const ask = (keys: Parameters<Store['known']>[0]): ReturnType<Store['known']> =>
      this.#patience.untilDone('ask the store', () => store.known(keys));
    const { accepted: all, rejections, duplicates } = await sortReadings(stretches, recent, ask);
    const { reclassifications, outcomes, ...said } = await corrigendaOf(stretches, plant, (line, from, to) =>
      this.#patience.untilDone('ask the store', () => store.reclassifications([line], from, to)),
    );
    const dirty = [...lateOnes(all, ledger), ...said.dirty];
    const wanted: Cursor = {
      position: stretches.at(-1)?.next ?? this.#position,
      counts: {
        stored: this.counts.stored + all.length,
        duplicate: this.counts.duplicate + duplicates,
        rejected: withRejections(this.counts.rejected, rejections),
      },
    };
    const batch = { readings: all, rejections, dirty, reclassifications, cursor: wanted };
    const { cursor, setAside } = await this.#patience.untilDone('write to the store', () => store.write(batch));
    const accepted = setAside.length === 0 ? all : this.#without(all, setAside);
    this.#position = cursor.position;
    this.counts = cursor.counts;
    this.#oldestWaiting = this.#position < intake.head ? (stretches.at(-1)?.packets.at(-1)?.receivedAt ?? this.#oldestWaiting) : null;
    for (const reading of accepted) {
      const fold = ledger.fold(reading.line);
      if (inOrder(fold, reading.ts)) take(fold, reading, ledger.sink(reading.line));
      this.#paces.hear(reading.line, reading.receivedAt);
    }
    this.#unflushed += accepted.length;
    correction.mark(dirty);
    for (const outcome of outcomes) answer(outcome);
    correction.tell(putOff(stretches));
    intake.forget(this.#position);
    await journal.trim(this.#position);
  }

  /** Readings without those that the store would not have. Live has taken them, and is put right by the next correction. */
  #without(readings: readonly Reading[], setAside: readonly Reading[]): Reading[] {
    const { recent, correction, log } = this.#parts;
    for (const { line, ts } of setAside) {
      log.error({ line, ts }, 'a reading cannot be stored; it is set aside among the rejections');
      recent.forget(line, ts);
    }
    correction.mark(setAside.map(({ line, ts }) => ({ line, from: ts, to: ts })));
    return readings.filter((reading) => !setAside.includes(reading));
  }

  /** Gives every line's time up to the last settled minute to its minute rows. */
  async #settle(): Promise<void> {
    const { ledger, clock } = this.#parts;
    // While readings wait to be stored, time has come no further than the oldest of them: none of them is to come late.
    const minute = minuteOf(Math.min(clock.now(), this.#oldestWaiting ?? Infinity) - graceMs);
    for (const fold of ledger.folds()) advance(fold, this.#settledOf(fold, minute), ledger.sink(fold.kind.line));
    if (elapsedMs(this.#flushedAt, clock.now()) >= flushEveryMs || this.#unflushed >= flushReadings) await this.#flush();
  }

  /**
   * Up to when a line's time is settled: no further than its newest reading holds, so that what it still has to deliver follows in order and
   * nothing has to be corrected; a line that has fallen silent is given the rest of its last minute, and the end of a backlog shows at once.
   */
  #settledOf({ carry, kind }: Fold, minute: number): number {
    if (!carry || carry.holdUntil >= minute) return carry ? minute : Number.NEGATIVE_INFINITY;
    return Math.min(minute, minuteOf(carry.holdUntil) + (this.#paces.isSilent(kind.line, this.#parts.clock.now()) ? minuteMs : 0));
  }

  async #flush(): Promise<void> {
    const { store, ledger, clock } = this.#parts;
    this.#flushedAt = clock.now();
    this.#unflushed = 0;
    const patches = ledger.pending();
    if (patches.length === 0) return;
    await this.#patience.untilDone('write minute rows', () => store.writeDerived(patches));
    ledger.flushed();
  }

  async #correct(): Promise<void> {
    const { correction, clock, intake } = this.#parts;
    const isBehind = this.#position < intake.head;
    if ((isBehind && elapsedMs(this.#correctedAt, clock.now()) < gatherMs) || !correction.due()) return;
    await this.#flush();
    await this.#patience.untilDone('correct late lines', () => correction.work(correctionMs, this.#position));
    this.#correctedAt = clock.now();
  }

  /** Upkeep goes on beside storing; one at a time. */
  #maintain(): void {
    const { store, clock, log } = this.#parts;
    if (this.#maintaining || elapsedMs(this.#maintainedAt, clock.now()) < minuteMs) return;
    this.#maintaining = true;
    this.#maintainedAt = clock.now();
    store
      .maintain(this.#maintainedAt)
      .catch((error: unknown) => {
        log.error({ err: error }, 'store upkeep failed; it is tried again in a minute');
      })
      .finally(() => {
        this.#maintaining = false;
      });
  }
}

/** Marks of the lines whose folds cannot take some of the readings: those came too late. */
function lateOnes(accepted: readonly Reading[], ledger: Ledger): Dirty[] {
  const dirty = new Map<string, { line: string; from: number; to: number }>();
  const newest = new Map<string, number>();
  for (const { line, ts } of accepted) {
    if (inOrder(ledger.fold(line), ts) && ts > (newest.get(line) ?? Number.NEGATIVE_INFINITY)) {
      newest.set(line, ts);
      continue;
    }
    const mark = dirty.get(line);
    if (mark) Object.assign(mark, { from: Math.min(mark.from, ts), to: Math.max(mark.to, ts) });
    else dirty.set(line, { line, from: ts, to: ts });
  }
  return [...dirty.values()];
}

/** Lines of which readings are stored now that the live side passed over. */
function putOff(stretches: readonly Stretch[]): Set<string> {
  const lines = new Set<string>();
  for (const { packets } of stretches) {
    for (const { readings, receivedAt } of packets) {
      const [first] = readings;
      if (first && isOld(first.ts, receivedAt)) lines.add(first.line);
    }
  }
  return lines;
}

function withRejections(before: SettledCounts['rejected'], rejections: readonly Rejection[]): SettledCounts['rejected'] {
  if (rejections.length === 0) return before;
  const after = { ...before };
  for (const { reason } of rejections) after[reason] = (after[reason] ?? 0) + 1;
  return after;
}
