/**
 * The audit trail: who did what to what, when, from where, with what detail. Append-only; the table itself refuses the rest.
 * Comes in: one entry an action. Goes out: the entries of a window, newest first. It never holds a password or a token.
 */
import { z } from 'zod';
import type { AuditAnswer } from '../../contract/api.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Database } from './database.ts';

export type AuditAction =
  'sign-in' | 'sign-in-failed' | 'sign-out' | 'user-create' | 'user-change' | 'user-delete' | 'device-issue' | 'device-revoke';

export interface AuditEntry {
  readonly who: string;
  readonly action: AuditAction;
  readonly subject?: string;
  readonly address?: string;
  readonly detail?: string;
}

export interface Audit {
  add(entry: AuditEntry): void;
  /** Entries with from ≤ at < to, newest first, at most `limit`. */
  list(from: number, to: number, limit: number): AuditAnswer[];
}

const rowsSchema = z.array(
  z.object({
    at: z.number(),
    who: z.string(),
    action: z.string(),
    subject: z.string().nullable(),
    address: z.string().nullable(),
    detail: z.string().nullable(),
  }),
);

export function createAudit(database: Database, clock: Clock): Audit {
  const insert = database.prepare('insert into audit (at, who, action, subject, address, detail) values (?, ?, ?, ?, ?, ?)');
  const select = database.prepare(
    'select at, who, action, subject, address, detail from audit where at >= ? and at < ? order by at desc, id desc limit ?',
  );
  return {
    add({ who, action, subject, address, detail }) {
      insert.run(clock.now(), who, action, subject ?? null, address ?? null, detail ?? null);
    },
    list: (from, to, limit) => rowsSchema.parse(select.all(from, to, limit)),
  };
}
