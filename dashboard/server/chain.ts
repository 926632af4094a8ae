/**
 * The chain of the audit trail: every entry carries a hash over itself and the hash of the entry before it, and the newest of them,
 * the head, is kept in a file beside the database. Comes in: entries in order, and the head. Goes out: hashes, and the first place
 * where the chain does not hold. It is pure and knows no database.
 */
import { createHash } from 'node:crypto';

export interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly who: string;
  readonly action: string;
  readonly subject: string | null;
  readonly address: string | null;
  readonly detail: string | null;
  readonly hash: string;
}

export interface Head {
  readonly id: number;
  readonly hash: string;
}

/** What the first entry follows. */
export const noHash = '';

/** Of the trail before its first entry. */
export const noHead: Head = { id: 0, hash: noHash };

/** The first entry that is not as it was written: `missing` where another stands in its place or none does. */
export interface Break {
  readonly entry: number;
  readonly what: 'changed' | 'missing';
}

export type Verdict = { readonly entries: number; readonly head: Head } & (
  { readonly holds: true } | { readonly holds: false; readonly first: Break }
);

/** SHA-256, in hexadecimal, over the hash before and the entry's fields as JSON. */
export function hashOf(before: string, row: Omit<AuditRow, 'hash'>): string {
  const { id, at, who, action, subject, address, detail } = row;
  return createHash('sha256')
    .update(JSON.stringify([before, id, at, who, action, subject, address, detail]))
    .digest('hex');
}

/**
 * Follows the chain from its first entry. `kept` are heads noted elsewhere: the chain must reach each of them and agree with it, so a trail
 * that was cut off at its end, or written anew as a whole, is found out. A head older than the last entry is fine.
 */
export function verdictOf(rows: Iterable<AuditRow>, kept: readonly Head[]): Verdict {
  let [entries, head, first] = [0, noHead, null as Break | null];
  for (const row of rows) {
    entries += 1;
    const expected = head.id + 1;
    if (row.id !== expected) first ??= { entry: expected, what: 'missing' };
    else if (row.hash !== hashOf(head.hash, row)) first ??= { entry: row.id, what: 'changed' };
    else if (kept.some(({ id, hash }) => id === row.id && hash !== row.hash)) first ??= { entry: row.id, what: 'changed' };
    head = { id: row.id, hash: row.hash };
  }
  if (kept.some(({ id }) => id > head.id)) first ??= { entry: head.id + 1, what: 'missing' };
  return first ? { holds: false, first, entries, head } : { holds: true, entries, head };
}
