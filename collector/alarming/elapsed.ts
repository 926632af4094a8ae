/**
 * Whether it is time again, by a clock that people may set back. Comes in: when something was done last, and how long to leave it. Goes out: yes or no. An
 * instant that lies in the future says that the clock was set back; then it is time, rather than not before the clock has caught up.
 */
export function hasElapsed(ms: number, since: number, now: number): boolean {
  return now < since || now - since >= ms;
}
