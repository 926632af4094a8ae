/**
 * Ids of alarms and incidents. Comes in: what an alarm is of, and when it rose. Goes out: an id that is always the same for the same alarm, so that
 * telling a stretch of events again after a restart gives the same records and never a second one. Ids sort by time.
 */

/** `at` in base 36, then 53 bits of what it is of: alike only within one millisecond, and by chance. */
export function identityOf(at: number, ...parts: readonly string[]): string {
  return `${Math.max(0, at).toString(36)}-${hash(parts.join('\n')).toString(36)}`;
}

/** cyrb53 by bryc (public domain): two multiply-xor lanes, 53 bits out. It need not resist anybody. */
function hash(text: string): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return 4294967296 * (2097151 & high) + (low >>> 0);
}
