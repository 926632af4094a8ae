/**
 * Days of the zone as a date field writes them. Comes in: times, days as 2026-11-23, a time zone. Goes out: the day of a time, and when a
 * day begins. The browser's own time zone plays no part in it.
 */

export function dayOf(ts: number, timezone: string): string {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(ts);
}

/** The first moment of a day that a clock on the wall shows; null for what is no day. */
export function beginOf(day: string, timezone: string): number | null {
  const begin = Date.parse(`${day}T00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(begin)) return null;
  // What the wall shows at a moment is that moment shifted by the zone's offset, which may change within the day.
  const guess = begin - offsetAt(begin, timezone);
  return begin - offsetAt(guess, timezone);
}

function offsetAt(ts: number, timezone: string): number {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(ts);
  return Date.parse(`${wall.replace(' ', 'T')}Z`) - Math.floor(ts / 1000) * 1000;
}
