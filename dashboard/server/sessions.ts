/**
 * Sessions: who is behind a cookie. Comes in: a token out of a cookie. Goes out: the caller with the role and scope in force
 * now, or null. Tokens hold 256 bits and are kept as SHA-256 only, so the file gives none away; every process that shares
 * the file sees a session end at once, because nothing is cached.
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { languages, roles, scopeSchema, type Language } from '../../contract/api.ts';
import type { Clock } from '../../contract/clock.ts';
import { wrote, type Database } from './database.ts';
import type { Caller } from './scope.ts';

const dayMs = 86_400_000;
/** A session ends when it was not used for this long. */
export const sessionMs = 30 * dayMs;
/** Its end moves on at most this often, so that a request costs a read and no write. */
export const renewEveryMs = 3_600_000;
/** Of one account, which people may share; of more, those that were used longest ago end. */
export const sessionsPerUser = 100;

export interface Session {
  /** The stored form of the token: names the session, opens nothing. */
  readonly id: string;
  readonly caller: Caller;
  readonly language: Language;
  /** True when the end was just moved, so the cookie should be too. */
  readonly renewed: boolean;
  /** The account still has the password that it was given to be used once. */
  readonly mustChoose: boolean;
}

export interface Sessions {
  /** A new session; the token is known only in this answer. Null where the account has gone, or been disabled, meanwhile. */
  start(username: string): string | null;
  /** The session of a token; using it moves its end. */
  use(token: string): Session | null;
  /** Whether a session, by its id, is still good; does not move its end. */
  isOpen(id: string): boolean;
  end(token: string): void;
  endAllOf(username: string): void;
  count(): number;
}

const rowSchema = z.object({
  username: z.string(),
  role: z.enum(roles),
  scope: z.string(),
  language: z.enum(languages),
  one_time: z.number(),
  renewed_at: z.number(),
});
const countSchema = z.object({ open: z.number() });

export function createSessions(database: Database, clock: Clock): Sessions {
  const insert = database.prepare(
    `insert into sessions (token, username, created_at, renewed_at, expires_at)
     select ?, username, ?, ?, ? from users where username = ? and disabled = 0`,
  );
  const thin = database.prepare(
    `delete from sessions where username = ? and token not in
     (select token from sessions where username = ? order by renewed_at desc, rowid desc limit ?)`,
  );
  const select = database.prepare(
    `select users.username, role, scope, language, one_time, renewed_at from sessions join users on users.username = sessions.username
     where token = ? and expires_at > ? and disabled = 0`,
  );
  const renew = database.prepare('update sessions set renewed_at = ?, expires_at = ? where token = ?');
  const remove = database.prepare('delete from sessions where token = ?');
  const removeOf = database.prepare('delete from sessions where username = ?');
  const removeExpired = database.prepare('delete from sessions where expires_at <= ?');
  const open = database.prepare('select count(*) as open from sessions where expires_at > ?');

  return {
    start(username) {
      const now = clock.now();
      removeExpired.run(now);
      const token = newToken();
      if (insert.run(idOf(token), now, now, now + sessionMs, username).changes === 0) return null;
      thin.run(username, username, sessionsPerUser);
      return token;
    },
    use(token) {
      const [now, id] = [clock.now(), idOf(token)];
      const found = select.get(id, now);
      if (found === undefined) return null;
      const row = rowSchema.parse(found);
      const renewed = now - row.renewed_at >= renewEveryMs && wrote(() => renew.run(now, now + sessionMs, id));
      const caller = { username: row.username, role: row.role, scope: scopeSchema.parse(JSON.parse(row.scope)) };
      return { id, caller, language: row.language, renewed, mustChoose: row.one_time !== 0 };
    },
    isOpen: (id) => select.get(id, clock.now()) !== undefined,
    end(token) {
      remove.run(idOf(token));
    },
    endAllOf(username) {
      removeOf.run(username);
    },
    count: () => countSchema.parse(open.get(clock.now())).open,
  };
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token: nobody who reads it can sign in by it. */
export function idOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
