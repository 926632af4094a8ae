/**
 * Days and months as tables are cut by: counted from 1970, in UTC.
 * Comes in: an instant or a number. Goes out: the other. It has nothing to do with shifts or the zone's calendar.
 */
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const yearMs = 365.25 * dayMs;

export function dayOf(ts: number): number {
  return Math.floor(ts / dayMs);
}

export function monthOf(ts: number): number {
  const date = new Date(ts);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

export function monthStart(month: number): number {
  return Date.UTC(1970, month);
}
