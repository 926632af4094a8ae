/**
 * Late readings [ALM-6]: which stretches of which lines' past have to be looked at again, and the looking. Comes in: readings that were behind their
 * line's newest one, and how far the journal is stored. Goes out: stretches out of the store for the engine, one after the other. It never holds up
 * what is live.
 */
import type { Logger } from 'pino';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Reading } from '../../contract/reading.ts';
import type { Carry } from '../../kpi/fold.ts';
import type { Store } from '../../store/store.ts';
import type { Stretch } from '../alarms/past.ts';
import type { RuleSet } from '../../kpi/rules.ts';
import { createRecentTimes } from '../recent.ts';
import { elapsedMs } from '../elapsed.ts';

/** Lateness that is still to be looked at; all of it lies before `position` in the journal. Plain JSON. */
export interface LateMark {
  readonly line: string;
  from: number;
  to: number;
  position: number;
  /** When the first and the latest of it came. */
  readonly begun: number;
  at: number;
}

export interface LatenessParts {
  readonly store: Pick<Store, 'alarms' | 'readings' | 'checkpoint'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rulesOf: (line: string) => RuleSet | null;
  /** The line's alarms at hand, newer than those written down. */
  readonly alarmsOf: (line: string) => readonly AlarmRecord[];
  readonly take: (stretch: Stretch) => void;
}

/** One line is looked at this often at most. */
const restMs = 3_000;
/** A gateway that delivers is waited for, but not for ever. */
const quietMs = 2_000;
const longestMs = 30_000;
/** Looked at in one go; longer lateness in several. */
const partMs = 6 * 3_600_000;
const hourMs = 3_600_000;
/** Alarms of one stretch that are compared. */
const mostKnown = 2_000;
const retryMs = 5_000;

export class Lateness {
  readonly #parts: LatenessParts;
  readonly #marks = new Map<string, LateMark>();
  readonly #lookedAt = new Map<string, number>();
  /** To tell what is late from what is repeated. */
  readonly #recent = createRecentTimes(new Map());
  #isLooking = false;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LatenessParts, marks: readonly LateMark[]) {
    this.#parts = parts;
    for (const mark of marks) this.#marks.set(mark.line, { ...mark });
  }

  marks(): LateMark[] {
    return [...this.#marks.values()];
  }

  /** Takes notice of a reading; `isBehind` is whether it is older than its line's newest. */
  see({ line, ts }: Reading, isBehind: boolean, position: number): void {
    if (isBehind && this.#recent.verdict(line, ts) !== 'known') {
      this.mark(line, ts, ts, position);
    }
    this.#recent.add(line, ts);
  }

  /** Readings of `[from, to]` came late. */
  mark(line: string, from: number, to: number, position: number): void {
    const at = this.#parts.clock.now();
    const mark = this.#marks.get(line);
    if (!mark) this.#marks.set(line, { line, from, to, position, begun: at, at });
    else Object.assign(mark, { from: Math.min(mark.from, from), to: Math.max(mark.to, to), position, at });
  }

  /** Looks at the next line all of whose readings are stored, `storedTo` being up to where they are. */
  tick(now: number, storedTo: number): void {
    if (this.#isLooking || elapsedMs(this.#failedAt, now) < retryMs) return;
    for (const [line, mark] of this.#marks) {
      if (mark.position >= storedTo || elapsedMs(this.#lookedAt.get(line) ?? Number.NEGATIVE_INFINITY, now) < restMs) continue;
      if (elapsedMs(mark.at, now) < quietMs && elapsedMs(mark.begun, now) < longestMs) continue;
      this.#isLooking = true;
      void this.#look({ ...mark });
      return;
    }
  }

  async #look(mark: LateMark): Promise<void> {
    const { clock, log } = this.#parts;
    const to = Math.min(mark.to, mark.from + partMs);
    try {
      await this.#tell(mark.line, mark.from, to);
      this.#done(mark, to);
    } catch (error) {
      log.warn({ err: error, line: mark.line }, 'late readings cannot be looked at for alarms; trying again');
      this.#failedAt = clock.now();
    }
    this.#lookedAt.set(mark.line, clock.now());
    this.#isLooking = false;
  }

  /** What has become late meanwhile is still to be looked at. */
  #done(looked: LateMark, to: number): void {
    const mark = this.#marks.get(looked.line);
    if (!mark) return;
    if (mark.from < looked.from || mark.position > looked.position) return;
    if (mark.to <= to) this.#marks.delete(looked.line);
    else mark.from = to;
  }

  async #tell(line: string, from: number, to: number): Promise<void> {
    const { store, clock, rulesOf, alarmsOf, take } = this.#parts;
    const rules = rulesOf(line);
    if (!rules) return;
    const leadMs = leadOf(rules);
    const start = await store.checkpoint(line, from - leadMs);
    const begin = start === null || from - start.at > partMs ? from - leadMs : start.at;
    const carry = start !== null && begin === start.at ? (JSON.parse(start.carry) as Carry) : null;
    // To the present where that is near: then the present can be put right, too.
    const end = clock.now() - to < partMs ? Number.MAX_SAFE_INTEGER : to + leadMs + hourMs;
    const readings: Reading[] = [];
    for await (const chunk of store.readings({ lines: [line], from: begin, to: end })) readings.push(...chunk);
    const written = await store.alarms.records({ lines: [line], from: begin, to: end, limit: mostKnown });
    const known = [...new Map([...written, ...alarmsOf(line)].map((record) => [record.id, record])).values()];
    const situation = carry && { state: carry.state, stop: carry.stop };
    take({ line, from, situation, readings, known });
  }
}

/** How far before a reading what leads to an alarm may have begun. */
function leadOf({ limits, stops, breaks }: RuleSet): number {
  const delays = [...limits, ...stops.values()].map(({ onDelayMs, offDelayMs, settleMs }) => onDelayMs + offDelayMs + settleMs);
  return Math.max(600_000, breaks === null ? 0 : hourMs, ...delays);
}
