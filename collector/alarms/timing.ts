/**
 * What the time stamps of a line say of its clock. Comes in: readings in order of time. Goes out: how far the clock is off, and
 * whether a reading comes from a backlog. A slow clock and a backlog both show old time stamps; they differ in pace: a clock that is off
 * keeps its distance, a backlog is sent faster than it was measured [ALM-7]. It knows no clock itself.
 */
import type { Reading } from '../../contract/reading.ts';

/** Packets in a row that must agree before the distance is taken for the clock's error. */
const steadyPackets = 2;
const steadyMs = 5_000;
/** A reading older than this, by the line's own clock, is history when it comes [ALM-6]. */
const lateMs = 60_000;

/** Plain JSON. `ts` and `received` are the newest reading's; `before` is the packet before its packet. */
export interface Timing {
  ts: number;
  received: number;
  before: { ts: number; received: number } | null;
  /** How many packets in a row kept their distance. */
  steady: number;
  /** How far receipt lies behind the line's clock when all is well: its error and the way. */
  offsetMs: number;
  /** Whether the clock is known to be off by more than its limit. */
  off: boolean;
}

/** Takes the next reading; `limitMs` is what a clock may be off. */
export function timingAfter(timing: Timing | null, { ts, receivedAt }: Reading, limitMs: number): Timing {
  // A clock that is ahead needs no second opinion: nothing is measured in the future.
  const ahead = ts - receivedAt > limitMs;
  if (timing === null) return { ts, received: receivedAt, before: null, steady: 0, offsetMs: 0, off: ahead };
  // Readings of one packet are judged by its newest, when the next packet comes.
  if (receivedAt <= timing.received) return { ...timing, ts, off: timing.off || ahead };
  const lag = timing.received - timing.ts;
  const { before } = timing;
  const inPace = before !== null && (timing.received - before.received) * 2 >= timing.ts - before.ts;
  const keeps = before !== null && Math.abs(lag - (before.received - before.ts)) <= steadyMs;
  const steady = inPace && keeps ? timing.steady + 1 : 0;
  const settled = steady >= steadyPackets;
  const off = Math.abs(lag) <= limitMs ? ahead : ahead || timing.off || settled;
  const offsetMs = settled ? lag : timing.offsetMs;
  return { ts, received: receivedAt, before: { ts: timing.ts, received: timing.received }, steady, offsetMs, off };
}

/** Whether what was at `at` by the line's clock is history at `now` by the server's. */
export function isHistory({ offsetMs }: Timing, at: number, now: number): boolean {
  return now - at - offsetMs > lateMs;
}

/** How long after an instant of the line's clock that instant is over here. */
export function lagOf({ ts, received }: Timing): number {
  return received - ts;
}
