/**
 * Freshness: when a line's past on screen has to be fetched again, so that it is right within 5 s of late readings.
 * Comes in: the shift of each live record, and when the past was fetched. Goes out: whether it is due. While a shift runs
 * its own figures tell of what came late, and asking again is left to that; where none runs, asking often is all there is.
 */
import type { LiveRecord } from '../../../contract/live.ts';

type Shift = LiveRecord['shift'];

/** The times a shift is made of; while it goes on, each of them only grows. */
const times = [
  'runningSeconds',
  'setupSeconds',
  'idleSeconds',
  'stoppedSeconds',
  'faultSeconds',
  'unknownSeconds',
  'plannedSeconds',
  'overtimeSeconds',
] as const;
/** Less than a pixel of any strip: a line that is always late by a moment is not asked about all the time. */
const noticeSeconds = 1;
/** The live record may be ahead of the store by this much: a fetch that began earlier is not the last. */
const storedMs = 1_500;
/** For what no figure of the shift shows: readings that came late and only say what was held already, breaks. */
const calmMs = 30_000;
const blindMs = 4_000;

export class Freshness {
  #shift: Shift = null;
  #rewrittenAt = Number.NEGATIVE_INFINITY;
  #fetchedAt = Number.NEGATIVE_INFINITY;

  /** A live record came in. */
  see(shift: Shift, now: number): void {
    if (isRewritten(this.#shift, shift)) this.#rewrittenAt = now;
    this.#shift = shift;
  }

  /** A fetch has begun. */
  fetch(now: number): void {
    this.#fetchedAt = now;
  }

  isDue(now: number): boolean {
    const age = now - this.#fetchedAt;
    return this.#fetchedAt < this.#rewrittenAt + storedMs || age >= (this.#shift ? calmMs : blindMs);
  }
}

/** Whether time of a shift went from one state to another: then one of them has fallen. */
function isRewritten(before: Shift, after: Shift): boolean {
  if (!before || before.from !== after?.from) return false;
  return times.some((time) => after[time] < before[time] - noticeSeconds);
}
