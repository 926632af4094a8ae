/**
 * What the time stamps of a line say of its clock. Comes in: readings in order of time. Goes out: how far the clock is off, and
 * whether a reading comes from a backlog. What a device kept while nobody could hear it is late without its clock being slow: ../clocks.ts
 * tells the two apart, and while devices come back from an outage of the system nobody's clock is judged [ALM-7]. It knows no clock itself.
 */
import type { Reading } from '../../contract/reading.ts';
import { isAgreed, offsetAfter, type Offset } from '../clocks.ts';

/** A reading older than this, by the line's own clock, is history when it comes [ALM-6]. */
const lateMs = 60_000;

/** Plain JSON. `ts` and `received` are the newest reading's. */
export interface Timing {
  ts: number;
  received: number;
  /** Null until readings are judged: snapshots of before it had a name do not have it. */
  offset: Offset | null;
  /** Whether the clock is known to be off by more than its limit. */
  off: boolean;
}

/** What a clock is judged by. */
export interface ClockJudgement {
  /** What a clock may be off. */
  readonly limitMs: number;
  /** Until then the system itself was away, or devices are coming back: what comes late says nothing of clocks. */
  readonly deafUntil: number;
}

export function timingAfter(timing: Timing | null, { ts, receivedAt }: Reading, { limitMs, deafUntil }: ClockJudgement): Timing {
  const known = timing?.offset ?? null;
  const offset = receivedAt < deafUntil ? begunAnew(known, ts, receivedAt) : offsetAfter(known, ts, receivedAt);
  // A clock that is ahead needs no second opinion: nothing is measured in the future.
  const isAhead = ts - receivedAt > limitMs;
  const isBehind = offset !== null && isAgreed(offset) && (offset.settled ?? 0) < -limitMs;
  const isNear = Math.abs(ts - receivedAt) <= limitMs;
  // Readings of one packet are received together, and the newest of them says most.
  const off = isAhead || (!isNear && ((timing?.off ?? false) || isBehind));
  return { ts, received: receivedAt, offset, off };
}

/** What is known of the offset, with nothing to judge it anew by. */
function begunAnew(offset: Offset | null, ts: number, receivedAt: number): Offset | null {
  return offset && { ...offset, since: receivedAt, ahead: ts - receivedAt, before: [] };
}

/** Whether what was at `at` by the line's clock is history at `now` by the server's. */
export function isHistory({ offset }: Timing, at: number, now: number): boolean {
  return now - at + (offset?.settled ?? 0) > lateMs;
}

/** How long after an instant of the line's clock that instant is over here. */
export function lagOf({ ts, received }: Timing): number {
  return received - ts;
}
