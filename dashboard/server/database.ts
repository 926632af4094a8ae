/**
 * The accounts file: one libsql database (SQLite's format) for users, sessions and the audit trail.
 * Comes in: the data folder. Goes out: an open database with its tables in place, readable by its owner only.
 * Calls are synchronous and take microseconds; the audit table refuses to be changed, whoever asks.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { hashOf, noHash, type AuditRow } from './chain.ts';

export type Database = InstanceType<typeof Libsql>;

const schema = `
  create table if not exists users (
    username text primary key,
    hash text not null,
    role text not null,
    scope text not null,
    language text not null,
    disabled integer not null default 0,
    demo integer not null default 0,
    one_time integer not null default 0,
    created_at integer not null
  ) strict;
  create table if not exists sessions (
    token text primary key,
    username text not null references users (username) on delete cascade,
    created_at integer not null,
    renewed_at integer not null,
    expires_at integer not null
  ) strict;
  create index if not exists sessions_of on sessions (username);
  create table if not exists audit (
    id integer primary key autoincrement,
    at integer not null,
    who text not null,
    action text not null,
    subject text,
    address text,
    detail text,
    hash text not null
  ) strict;
  create index if not exists audit_at on audit (at);
`;
const guards = `
  create trigger if not exists audit_keeps before update on audit begin select raise(abort, 'the audit trail is append-only'); end;
  create trigger if not exists audit_stays before delete on audit begin select raise(abort, 'the audit trail is append-only'); end;
`;

export function openDatabase(dataFolder: string): Database {
  mkdirSync(dataFolder, { recursive: true });
  const file = join(dataFolder, 'accounts.db');
  // The write-ahead files take over the mode of the file they belong to.
  closeSync(openSync(file, 'a', 0o600));
  const database = new Libsql(file);
  database.pragma('journal_mode = WAL');
  // Another process may hold the file for a moment; waiting longer would stop everything else on this thread.
  database.pragma('busy_timeout = 500');
  // Accounts change rarely, and who did what must survive a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.exec(schema);
  migrate(database);
  database.exec(guards);
  return database;
}

/** Reads alone; for looking at the file while the product runs, or a copy of it. */
export function openDatabaseToRead(dataFolder: string): Database {
  const database = new Libsql(join(dataFolder, 'accounts.db'));
  database.pragma('query_only = ON');
  return database;
}

/** Brings a file from before one-time passwords, or from before the audit trail was chained, to what `schema` says. */
function migrate(database: Database): void {
  const has = (table: string, column: string): boolean =>
    (database.pragma(`table_info(${table})`) as { readonly name: string }[]).some(({ name }) => name === column);
  if (!has('users', 'one_time')) database.exec('alter table users add column one_time integer not null default 0');
  if (has('audit', 'hash')) return;
  database
    .transaction(() => {
      database.exec("drop trigger if exists audit_keeps; alter table audit add column hash text not null default ''");
      const rows = database.prepare('select * from audit order by id').all() as AuditRow[];
      const write = database.prepare('update audit set hash = ? where id = ?');
      let before = noHash;
      for (const row of rows) write.run((before = hashOf(before, row)), row.id);
    })
    .immediate();
}

/** A transaction that SQLite itself has rolled back, on a full disk for one: libsql tries once more, and its failing hides the reason. */
const rolledBack = 'cannot rollback - no transaction is active';

/** True for trouble with the file itself (locked, full, unreadable), as opposed to a mistake in the program. */
export function isDatabaseFault(error: unknown): boolean {
  if (!(error instanceof Libsql.SqliteError)) return false;
  return error.message === rolledBack || /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB)/.test(error.code);
}

/** Does a write that may wait for the next time. False where the file takes none now: that a disk is full is nothing to turn people away for. */
export function wrote(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!isDatabaseFault(error)) throw error;
    return false;
  }
}
