/**
 * Clocks: whether a device's clock is right, judged by when its readings are received. Comes in: the times of a line's
 * readings, taken or refused, in order of arrival. Goes out: how far its clock is off, and whether it jumps.
 * It corrects nothing: what a device says is kept as it says it.
 *
 * A reading can be late for many reasons, but early only by a clock that is ahead. So of every few seconds the least
 * late reading counts, and the offset is known once that one is equally late several times in a row [ALM-7]: what a device or
 * gateway kept comes in less and less late, readings sent in bunches are late in turn, and both say nothing of the clock.
 */
import type { LineClock } from '../contract/live.ts';

/** Readings received within this time of one another are judged together. */
const bunchMs = 10_000;
/** So many bunches in a row have to agree, this closely: then a backlog would have to be worked off at hardly more than real time. */
const bunches = 3;
const agreeMs = 2_000;
/** More than this is trouble; less is what networks and cheap clocks do. */
const troubleMs = 5_000;
/** A jump is told of for this long. */
const jumpToldMs = 3_600_000;
/** So many whole seconds in a row are no accident. */
const wholeSeconds = 20;

/** How far a device's clock is ahead, and what that is judged by. Plain JSON. */
export interface Offset {
  /** When the bunch under way began. */
  since: number;
  /** How far ahead its least late reading is (negative: behind), ms. */
  ahead: number;
  /** The same of the bunches before it, oldest first. */
  before: readonly number[];
  /** The offset that is known, ms; null before any is. */
  settled: number | null;
}

/** Takes the next reading; `offset` is moved on in place, or begun. */
export function offsetAfter(offset: Offset | null, ts: number, receivedAt: number): Offset {
  if (!offset) return { since: receivedAt, ahead: ts - receivedAt, before: [], settled: null };
  if (receivedAt - offset.since < bunchMs) {
    offset.ahead = Math.max(offset.ahead, ts - receivedAt);
    return offset;
  }
  offset.before = [...offset.before, offset.ahead].slice(-bunches);
  if (isAgreed(offset)) offset.settled = offset.ahead;
  offset.since = receivedAt;
  offset.ahead = ts - receivedAt;
  return offset;
}

/** Whether the newest bunches are equally late. */
export function isAgreed({ before }: Offset): boolean {
  return before.length === bunches && Math.max(...before) - Math.min(...before) <= agreeMs;
}

export class DeviceClock {
  #offset: Offset | null = null;
  #jumps = 0;
  /** When the last two jumps were seen. */
  #jumpedAt: readonly number[] = [];
  #wholeInRow = 0;

  take(ts: number, receivedAt: number): void {
    this.#wholeInRow = ts % 1000 === 0 ? Math.min(this.#wholeInRow + 1, wholeSeconds) : 0;
    const before = this.#offset?.settled ?? null;
    this.#offset = offsetAfter(this.#offset, ts, receivedAt);
    const { settled } = this.#offset;
    if (before === null || settled === null || Math.abs(settled - before) <= troubleMs) return;
    this.#jumps += 1;
    this.#jumpedAt = [...this.#jumpedAt, receivedAt].slice(-2);
  }

  /** What there is to say of the clock; null where it is right and always was. */
  recordAt(now: number): LineClock | null {
    const resolution = this.#wholeInRow === wholeSeconds ? 's' : 'ms';
    const trouble = this.#troubleAt(now);
    if (trouble === null && resolution === 'ms' && this.#jumps === 0) return null;
    // "+ 0" makes of -0, which JSON does not know, a 0.
    return { offsetSeconds: Math.round((this.#offset?.settled ?? 0) / 1000) + 0, resolution, jumps: this.#jumps, trouble };
  }

  #troubleAt(now: number): LineClock['trouble'] {
    const recent = this.#jumpedAt.filter((at) => now - at < jumpToldMs).length;
    const ahead = this.#offset?.settled ?? 0;
    if (recent > 1) return 'jumping';
    if (ahead > troubleMs) return 'ahead';
    if (ahead < -troubleMs) return 'behind';
    return recent === 1 ? 'jumping' : null;
  }
}
