/**
 * Clocks: whether a device's clock is right, judged by when its readings are received. Comes in: the times of a line's
 * readings, taken or refused, in order of arrival. Goes out: how far its clock is off, and whether it jumps.
 * It corrects nothing: what a device says is kept as it says it.
 *
 * A reading can be late for many reasons, but early only by a clock that is ahead. So of every few seconds the least
 * late reading counts, and the offset is known once that one is equally late several times in a row: what a gateway kept
 * comes in less and less late, readings sent in bunches are late in turn, and both say nothing of the clock.
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

export class DeviceClock {
  /** When the bunch under way began, and how far ahead its least late reading is (negative: behind), ms. */
  #bunchFrom: number | null = null;
  #ahead = Number.NEGATIVE_INFINITY;
  /** The same of the bunches before it, oldest first. */
  #before: readonly number[] = [];
  #settled: number | null = null;
  #jumps = 0;
  /** When the last two jumps were seen. */
  #jumpedAt: readonly number[] = [];
  #wholeInRow = 0;

  take(ts: number, receivedAt: number): void {
    this.#wholeInRow = ts % 1000 === 0 ? Math.min(this.#wholeInRow + 1, wholeSeconds) : 0;
    if (this.#bunchFrom === null || receivedAt - this.#bunchFrom >= bunchMs) {
      if (this.#bunchFrom !== null) this.#close(receivedAt);
      this.#bunchFrom = receivedAt;
      this.#ahead = Number.NEGATIVE_INFINITY;
    }
    this.#ahead = Math.max(this.#ahead, ts - receivedAt);
  }

  /** What there is to say of the clock; null where it is right and always was. */
  recordAt(now: number): LineClock | null {
    const resolution = this.#wholeInRow === wholeSeconds ? 's' : 'ms';
    const trouble = this.#troubleAt(now);
    if (trouble === null && resolution === 'ms' && this.#jumps === 0) return null;
    // "+ 0" makes of -0, which JSON does not know, a 0.
    return { offsetSeconds: Math.round((this.#settled ?? 0) / 1000) + 0, resolution, jumps: this.#jumps, trouble };
  }

  #troubleAt(now: number): LineClock['trouble'] {
    const recent = this.#jumpedAt.filter((at) => now - at < jumpToldMs).length;
    const ahead = this.#settled ?? 0;
    if (recent > 1) return 'jumping';
    if (ahead > troubleMs) return 'ahead';
    if (ahead < -troubleMs) return 'behind';
    return recent === 1 ? 'jumping' : null;
  }

  #close(receivedAt: number): void {
    this.#before = [...this.#before, this.#ahead].slice(-bunches);
    if (this.#before.length < bunches || Math.max(...this.#before) - Math.min(...this.#before) > agreeMs) return;
    if (this.#settled !== null && Math.abs(this.#ahead - this.#settled) > troubleMs) {
      this.#jumps += 1;
      this.#jumpedAt = [...this.#jumpedAt, receivedAt].slice(-2);
    }
    this.#settled = this.#ahead;
  }
}
