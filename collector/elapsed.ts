/**
 * How long ago something was, by a clock that people may set back. Comes in: when it was, and now. Goes out: milliseconds; as good as for ever
 * where it lies in the future: the clock was set back since, and nothing is to wait until it is there again.
 */
export function elapsedMs(since: number, now: number): number {
  return now < since ? Number.POSITIVE_INFINITY : now - since;
}
