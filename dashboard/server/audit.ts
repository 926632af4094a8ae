/**
 * The audit trail: who did what to what, when, from where, with what detail. Append-only, and chained (chain.ts) so that whoever has the
 * file cannot change it unnoticed. Comes in: one entry an action. Goes out: the entries asked for, newest first, and whether
 * all of them are as they were written. It never holds a password or a token.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditAction } from '../../contract/audit.ts';
import type { Clock } from '../../contract/clock.ts';
import { hashOf, noHead, verdictOf, type AuditRow, type Head, type Verdict } from './chain.ts';
import type { Database } from './database.ts';

export interface AuditEntry {
  readonly who: string;
  readonly action: AuditAction;
  readonly subject?: string;
  readonly address?: string;
  readonly detail?: string;
}

/** Entries with from ≤ at < to, of one user or all, of one action or all. */
export interface AuditQuery {
  readonly from: number;
  readonly to: number;
  readonly who?: string | null;
  readonly action?: string | null;
  readonly limit: number;
}

export interface Audit {
  add(entry: AuditEntry): void;
  /** Several at once, in order: all of them are written, or none. */
  addAll(entries: readonly AuditEntry[]): void;
  /** Newest first. */
  list(query: AuditQuery): AuditRow[];
  /** The same, read as it is gone through: a hundred thousand at once would keep everybody else waiting. */
  each(query: AuditQuery): Iterable<AuditRow>;
}

const rowSchema = z.object({
  id: z.number(),
  at: z.number(),
  who: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  address: z.string().nullable(),
  detail: z.string().nullable(),
  hash: z.string(),
});
const rowsSchema = z.array(rowSchema);
const rowsAtOnce = 1000;
const headSchema = z.object({ id: z.number(), hash: z.string() });

export function createAudit(database: Database, clock: Clock, dataFolder: string): Audit {
  const insert = database.prepare(
    'insert into audit (id, at, who, action, subject, address, detail, hash) values (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const last = database.prepare('select id, hash from audit order by id desc limit 1');
  const lastOf = (): Head => headSchema.parse(last.get() ?? noHead);
  const append = database.transaction((entries: readonly AuditEntry[]): Head => {
    // Where the database ends before the head, its end was cut off: to go on from the head keeps the gap there for all to see.
    let head = newer(lastOf(), readHead(dataFolder));
    for (const { who, action, subject, address, detail } of entries) {
      const row = {
        ...{ id: head.id + 1, at: clock.now(), who: kept(who), action },
        ...{ subject: kept(subject ?? null), address: kept(address ?? null), detail: kept(detail ?? null) },
      };
      const hash = hashOf(head.hash, row);
      insert.run(row.id, row.at, row.who, row.action, row.subject, row.address, row.detail, hash);
      head = { id: row.id, hash };
    }
    return head;
  });
  const end = lastOf();
  // None yet, or one that a crash kept from being written: from here on the trail cannot be shortened unnoticed.
  if (newer(readHead(dataFolder), end) === end) writeHead(dataFolder, end);
  const addAll = (entries: readonly AuditEntry[]): void => {
    writeHead(dataFolder, append.immediate(entries));
  };
  return {
    add(entry) {
      addAll([entry]);
    },
    addAll,
    list: (query) => listAudit(database, query),
    each: (query) => eachAudit(database, query),
  };
}

/** As the database gives it back: it cuts texts off at U+0000 and cannot hold halves of characters, and the hash is over what is kept. */
function kept<T extends string | null>(text: T): T | string {
  return text === null ? text : text.replaceAll(/\0|\p{Cs}/gu, '\ufffd');
}

/** @param after only what comes behind that entry, which was found before. */
function listAudit(
  database: Database,
  { from, to, who = null, action = null, limit }: AuditQuery,
  after: AuditRow | null = null,
): AuditRow[] {
  const select = database.prepare(
    `select * from audit where at >= ? and at < ? and (? is null or who = ?) and (? is null or action = ?) and (at < ? or id < ?)
     order by at desc, id desc limit ?`,
  );
  const [end, id] = after ? [after.at + 1, after.id] : [to, Number.MAX_SAFE_INTEGER];
  return rowsSchema.parse(select.all(from, Math.min(to, end), who, who, action, action, after?.at ?? to, id, limit));
}

export function* eachAudit(database: Database, query: AuditQuery): Iterable<AuditRow> {
  let after: AuditRow | null = null;
  for (let left = query.limit; left > 0; left -= rowsAtOnce) {
    const rows: AuditRow[] = listAudit(database, { ...query, limit: Math.min(left, rowsAtOnce) }, after);
    yield* rows;
    after = rows.at(-1) ?? null;
    if (rows.length < rowsAtOnce) return;
  }
}

/** Whether every entry is as it was written. `noted` is a head that somebody wrote down elsewhere; `isHeadKept`: there is one in the folder. */
export function verifyAudit(database: Database, dataFolder: string, noted: Head | null = null): Verdict & { readonly isHeadKept: boolean } {
  const rows = database.prepare('select * from audit order by id').iterate() as Iterable<unknown>;
  const kept = [readHead(dataFolder), noted ?? noHead].filter(({ id }) => id > 0);
  return { ...verdictOf(parsed(rows), kept), isHeadKept: readHead(dataFolder).id > 0 };
}

function* parsed(rows: Iterable<unknown>): Iterable<AuditRow> {
  for (const row of rows) yield rowSchema.parse(row);
}

function newer(one: Head, other: Head): Head {
  return other.id > one.id ? other : one;
}

function fileOf(dataFolder: string): string {
  return join(dataFolder, 'audit.head');
}

/** The head that was kept last; the beginning of the trail where there is none, or none that can be read. */
function readHead(dataFolder: string): Head {
  try {
    return headSchema.parse(JSON.parse(readFileSync(fileOf(dataFolder), 'utf8')));
  } catch {
    return noHead;
  }
}

/** Written whole or not at all. Where there is no room for it the entry itself is safe, and the next one brings the head along. */
function writeHead(dataFolder: string, head: Head): void {
  const file = fileOf(dataFolder);
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(head)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // An older head only notices less.
  }
}
