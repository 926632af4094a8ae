/**
 * A time zone in which it is about noon, so that no test runs near the end of a shift, at whatever hour it does. Comes in: the time.
 * Goes out: a zone's name.
 */

/** Without summer time. Such zones are named the other way round: Etc/GMT-3 is three hours ahead. */
export function zoneAtMidday(): string {
  const ahead = 12 - new Date().getUTCHours();
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${String(Math.abs(ahead))}`;
}
