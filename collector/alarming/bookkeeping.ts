/**
 * Bookkeeping: what the engine gives, written into the store's alarm book about once a second, its snapshot now and then. Comes in: changes. Goes out:
 * entries, each whole or not at all, one after the other. While the store is down the newest of each waits, bounded; nobody waits for the store.
 */
import type { Logger } from 'pino';
import type { AlarmRecord, Announcement, Incident } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { OverrideChange } from '../../contract/overrides.ts';
import type { Position } from '../../journal/journal.ts';
import type { AlarmBook, AlarmEntry, AlarmSnapshot, StepOf } from '../../store/alarmbook.ts';
import type { Changes } from '../alarms/register.ts';
import { elapsedMs } from '../elapsed.ts';

/** How far apart entries and snapshots are; and as making a snapshot takes the thread, how many times as long as it took is waited for at least. */
interface Rhythm {
  readonly entryMs: number;
  readonly snapshotMs: number;
  readonly snapshotTimes: number;
}

const usual: Rhythm = { entryMs: 1_000, snapshotMs: 12_000, snapshotTimes: 100 };
/** While what was missed is read: a life may be short, and the next one is to begin where it ended. */
const catchingUp: Rhythm = { entryMs: 250, snapshotMs: 500, snapshotTimes: 10 };
/** An entry that failed is tried again after that, then less and less often. */
const retryMs = 2_000;
const longestRetryMs = 10_000;
/** Of each kind; what is older goes first. The journal has it all from the last snapshot on. */
const mostWaiting = 50_000;

export interface BookkeepingParts {
  readonly book: Pick<AlarmBook, 'enter'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The engine as it is now, and how far in the journal that is. */
  readonly snapshot: () => AlarmSnapshot;
  readonly position: () => Position;
  /** Where a restart would go on: up to there the journal need not be kept for the alarms' sake. */
  readonly keptFrom: Position;
  /** Whether that is in a snapshot. */
  readonly hasSnapshot: boolean;
}

export class Bookkeeping {
  /** All before it is in a snapshot that is safe. */
  keptFrom: Position;
  readonly #parts: BookkeepingParts;
  readonly #records = new Map<string, AlarmRecord>();
  readonly #incidents = new Map<string, Incident>();
  readonly #announcements = new Map<string, Announcement>();
  readonly #overrides = new Map<string, OverrideChange>();
  #steps: StepOf[] = [];
  #entering: Promise<void> | null = null;
  #enteredAt: number;
  /** How long to wait before the next attempt, while the store does not take anything. */
  #retryMs: number | null = null;
  #snapshotAt: number;
  /** How long the last one took; null while the next is to be made at once: from the first one on a restart need not begin with nothing. */
  #snapshotTookMs: number | null;

  constructor(parts: BookkeepingParts) {
    this.#parts = parts;
    this.keptFrom = parts.keptFrom;
    this.#snapshotTookMs = parts.hasSnapshot ? 0 : null;
    this.#enteredAt = parts.clock.now();
    this.#snapshotAt = parts.clock.now();
  }

  add({ records, incidents, steps }: Pick<Changes, 'records' | 'incidents' | 'steps'>): void {
    for (const record of records) keep(this.#records, record);
    for (const incident of incidents) keep(this.#incidents, incident);
    this.#steps.push(...steps);
    if (this.#steps.length > mostWaiting) this.#steps.splice(0, this.#steps.length - mostWaiting);
  }

  /** Announcements that have been handed to whoever tells people. */
  told(announcements: readonly Announcement[]): void {
    for (const announcement of announcements) keep(this.#announcements, announcement);
  }

  changed(override: OverrideChange): void {
    keep(this.#overrides, override);
  }

  /** What waits of one line, newer than what the book has. */
  waiting(line: string): AlarmRecord[] {
    return [...this.#records.values()].filter((record) => record.line === line);
  }

  /** Enters what waits, if it is time. */
  tick(now: number, isCatchingUp: boolean): void {
    const rhythm = isCatchingUp ? catchingUp : usual;
    if (this.#entering || elapsedMs(this.#enteredAt, now) < (this.#retryMs ?? rhythm.entryMs)) return;
    const isDue = elapsedMs(this.#snapshotAt, now) >= this.#snapshotPauseMs(rhythm) && !(isCatchingUp && this.#hasStoodStill());
    const snapshot = isDue ? this.#snapshot() : null;
    if (snapshot || this.#isWaiting()) this.#entering = this.#enter(snapshot);
  }

  /** One last entry, with a snapshot; where the store does not take it, the journal has it. */
  async close(): Promise<void> {
    await this.#entering;
    await this.#enter(this.#parts.snapshot());
  }

  #snapshot(): AlarmSnapshot {
    const { clock, snapshot } = this.#parts;
    const begun = clock.now();
    const made = snapshot();
    this.#snapshotAt = clock.now();
    this.#snapshotTookMs = this.#snapshotAt - begun;
    return made;
  }

  /** Nothing has been read since the last snapshot, which says the same. */
  #hasStoodStill(): boolean {
    return this.#snapshotTookMs !== null && this.#parts.position() === this.keptFrom;
  }

  #snapshotPauseMs({ snapshotMs, snapshotTimes }: Rhythm): number {
    return this.#snapshotTookMs === null ? 0 : Math.max(snapshotMs, this.#snapshotTookMs * snapshotTimes);
  }

  #isWaiting(): boolean {
    return [this.#records, this.#incidents, this.#announcements, this.#overrides].some(({ size }) => size > 0) || this.#steps.length > 0;
  }

  async #enter(snapshot: AlarmSnapshot | null): Promise<void> {
    const { book, clock, log } = this.#parts;
    const entry: AlarmEntry = {
      snapshot,
      records: [...this.#records.values()],
      incidents: [...this.#incidents.values()],
      announcements: [...this.#announcements.values()],
      steps: this.#steps,
      overrides: [...this.#overrides.values()],
    };
    for (const kept of [this.#records, this.#incidents, this.#announcements, this.#overrides]) kept.clear();
    this.#steps = [];
    try {
      await book.enter(entry);
      if (this.#retryMs !== null) log.info('alarms are written down again');
      this.#retryMs = null;
      if (snapshot) this.keptFrom = snapshot.position;
    } catch (error) {
      if (this.#retryMs === null) log.error({ err: error }, 'alarms cannot be written down; trying again until they can');
      this.#retryMs = this.#retryMs === null ? retryMs : Math.min(2 * this.#retryMs, longestRetryMs);
      if (snapshot) this.#snapshotTookMs = null;
      this.#takeBack(entry);
    }
    this.#enteredAt = clock.now();
    this.#entering = null;
  }

  /** What has changed since is newer. */
  #takeBack(entry: AlarmEntry): void {
    putBefore(this.#records, entry.records);
    putBefore(this.#incidents, entry.incidents);
    putBefore(this.#announcements, entry.announcements);
    putBefore(this.#overrides, entry.overrides);
    this.#steps = [...entry.steps, ...this.#steps].slice(-mostWaiting);
  }
}

interface Named {
  readonly id: string;
}

/** The newest of each id, and of all ids the newest. */
function keep<One extends Named>(kept: Map<string, One>, one: One): void {
  kept.delete(one.id);
  kept.set(one.id, one);
  if (kept.size <= mostWaiting) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}

function putBefore<One extends Named>(kept: Map<string, One>, before: readonly One[]): void {
  const after = [...kept.values()];
  kept.clear();
  for (const one of [...before, ...after]) keep(kept, one);
}
