/**
 * Accounts of people: create, change, delete, and signing in with them. Comes in: checked requests and who asks. Goes out: accounts without
 * their hashes, or why not; every change is in the audit trail and ends the sessions it concerns. Our own small sessions on
 * libsql rather than better-auth: scopes by park, firm and workshop, the API's own routes, equal errors for unknown users and
 * one file shared by several processes are all ours to define here, and what better-auth adds (mail, providers) has no use.
 */
import { z } from 'zod';
import { languages, roles, scopeSchema, type ChangeUser, type NewUser, type UserAnswer } from '../../contract/api.ts';
import type { Clock } from '../../contract/clock.ts';
import { isChief } from './scope.ts';
import { createSigning, type Signing, type SigningParts } from './signing.ts';
import { weaknessOf, type Weakness } from './weakness.ts';

/** Who acts, for the audit trail. */
export interface Actor {
  readonly who: string;
  readonly address?: string;
}

export type Change = 'done' | 'unknown' | 'taken' | 'last-admin' | Weakness;

export interface Accounts extends Signing {
  list(): UserAnswer[];
  get(username: string): UserAnswer | null;
  create(user: NewUser, by: Actor, kind?: { readonly demo: boolean }): Promise<Change>;
  change(username: string, change: ChangeUser, by: Actor): Promise<Change>;
  remove(username: string, by: Actor): Change;
  demoNames(): string[];
}

interface Parts extends SigningParts {
  readonly clock: Clock;
}

const rowSchema = z.object({
  username: z.string(),
  hash: z.string(),
  role: z.enum(roles),
  scope: z.string(),
  language: z.enum(languages),
  disabled: z.number(),
  demo: z.number(),
  one_time: z.number(),
  created_at: z.number(),
});
type Row = z.infer<typeof rowSchema>;

export function createAccounts(parts: Parts): Accounts {
  const { database, clock, passwords, sessions, audit } = parts;
  const all = database.prepare('select * from users order by username');
  const one = database.prepare('select * from users where username = ?');
  const insert = database.prepare(
    `insert into users (username, hash, role, scope, language, demo, one_time, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (username) do nothing`,
  );
  const update = database.prepare(
    'update users set hash = ?, role = ?, scope = ?, language = ?, disabled = ?, one_time = ? where username = ?',
  );
  const erase = database.prepare('delete from users where username = ?');

  const rows = (): Row[] => z.array(rowSchema).parse(all.all());
  const row = (username: string): Row | null => {
    const found = one.get(username);
    return found === undefined ? null : rowSchema.parse(found);
  };
  /** Somebody must stay able to manage accounts. */
  const isLastAdmin = (username: string): boolean => rows().every((user) => user.username === username || !isChiefAdmin(answerOf(user)));

  return {
    ...createSigning(parts),
    list: () => rows().map(answerOf),
    get: (username) => {
      const found = row(username);
      return found && answerOf(found);
    },
    async create(user, by, { demo } = { demo: false }) {
      const weakness = weaknessOf(user.password, user.username);
      if (weakness) return weakness;
      const hash = await passwords.hash(user.password);
      const scope = JSON.stringify(user.scope);
      const { changes } = insert.run(
        user.username,
        hash,
        user.role,
        scope,
        user.language,
        Number(demo),
        Number(user.oneTime === true),
        clock.now(),
      );
      if (changes === 0) return 'taken';
      audit.add({ ...by, action: 'user-create', subject: user.username, detail: `role ${user.role}, scope ${scope}` });
      return 'done';
    },
    async change(username, change, by) {
      const weakness = change.password === undefined ? null : weaknessOf(change.password, username);
      if (weakness) return weakness;
      const hash = change.password === undefined ? null : await passwords.hash(change.password);
      const before = row(username);
      if (!before) return 'unknown';
      const after = { ...answerOf(before), ...given(change) };
      if (isChiefAdmin(answerOf(before)) && !isChiefAdmin(after) && isLastAdmin(username)) return 'last-admin';
      const scope = JSON.stringify(after.scope);
      const oneTime = change.oneTime ?? (hash === null && before.one_time !== 0);
      update.run(hash ?? before.hash, after.role, scope, after.language, Number(after.disabled), Number(oneTime), username);
      const lesser = hash !== null || after.role !== before.role || scope !== before.scope || after.disabled || change.oneTime === true;
      if (lesser) sessions.endAllOf(username);
      audit.add({ ...by, action: 'user-change', subject: username, detail: wordsOf(change) });
      return 'done';
    },
    remove(username, by) {
      const before = row(username);
      if (!before) return 'unknown';
      if (isChiefAdmin(answerOf(before)) && isLastAdmin(username)) return 'last-admin';
      sessions.endAllOf(username);
      erase.run(username);
      audit.add({ ...by, action: 'user-delete', subject: username });
      return 'done';
    },
    demoNames: () =>
      rows()
        .filter((user) => user.demo !== 0)
        .map((user) => user.username),
  };
}

/** An admin of everything, able to sign in. */
function isChiefAdmin(user: UserAnswer): boolean {
  return isChief(user) && !user.disabled;
}

function answerOf(row: Row): UserAnswer {
  const { username, role, language } = row;
  return {
    username,
    role,
    language,
    scope: scopeSchema.parse(JSON.parse(row.scope)),
    disabled: row.disabled !== 0,
    createdAt: row.created_at,
    ...(row.one_time !== 0 && { mustChoosePassword: true }),
  };
}

/** The fields that were given; one left out stays as it is. */
function given({ role, scope, language, disabled }: ChangeUser): Partial<UserAnswer> {
  return {
    ...(role !== undefined && { role }),
    ...(scope !== undefined && { scope }),
    ...(language !== undefined && { language }),
    ...(disabled !== undefined && { disabled }),
  };
}

function wordsOf({ password, ...rest }: ChangeUser): string {
  const words = Object.entries(rest).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  return (password === undefined ? words : ['password', ...words]).join(', ');
}
