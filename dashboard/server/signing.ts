/**
 * Signing in with a password, and choosing another. Comes in: a name, passwords, the address they come from.
 * Goes out: the token of a new session, or why there is none. Every try is throttled before its password is looked at and ends up in the
 * audit trail; an unknown user, a disabled one and a wrong password take equally long and answer alike.
 */
import { z } from 'zod';
import type { PasswordChoice } from '../../contract/api.ts';
import type { Audit } from './audit.ts';
import type { Database } from './database.ts';
import type { Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';
import { weaknessOf, type Weakness } from './weakness.ts';

export type SignIn =
  { readonly token: string } | { readonly waitSeconds: number } | { readonly refused: 'wrong' } | { readonly refused: 'busy' };

/** What came of choosing a password: a new session, or why not. */
export type Choice = SignIn | { readonly refused: 'same' | Weakness };

export interface Signing {
  signIn(username: string, password: string, address: string): Promise<SignIn>;
  /** Somebody changes their own password, which takes the one in force; ends every session of theirs and begins a new one. */
  choose(username: string, choice: PasswordChoice, address: string): Promise<Choice>;
  isPassword(username: string, password: string): Promise<boolean>;
}

export interface SigningParts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly throttle: Throttle;
  readonly audit: Audit;
}

const rowSchema = z.object({ hash: z.string(), disabled: z.number() });
type Row = z.infer<typeof rowSchema>;

export function createSigning({ database, passwords, sessions, throttle, audit }: SigningParts): Signing {
  const select = database.prepare('select hash, disabled from users where username = ?');
  const update = database.prepare('update users set hash = ?, one_time = 0 where username = ? and hash = ?');
  const rowOf = (username: string): Row | null => {
    const found = select.get(username);
    return found === undefined ? null : rowSchema.parse(found);
  };
  /** The hash that the password belongs to, of an account that may be used; else why not. */
  const check = async (username: string, password: string, address: string): Promise<{ readonly hash: string } | SignIn> => {
    const waitSeconds = await throttle.attempt(address, username);
    if (waitSeconds !== null) return { waitSeconds };
    const hash = rowOf(username)?.hash ?? null;
    const right = await passwords.verify(hash, password);
    if (right === null) return { refused: 'busy' };
    // Looked up again: the account may have changed while the hash was worked out.
    const user = rowOf(username);
    if (!right || user?.disabled !== 0 || user.hash !== hash) {
      // A name nobody has may be a password typed into the wrong field: it is not written down.
      audit.add({ who: user ? username : '(unknown user)', action: 'sign-in-failed', address });
      return { refused: 'wrong' };
    }
    await throttle.succeeded(address, username);
    return { hash };
  };
  return {
    async signIn(username, password, address) {
      const checked = await check(username, password, address);
      if (!('hash' in checked)) return checked;
      const token = sessions.start(username);
      if (token === null) return { refused: 'wrong' };
      audit.add({ who: username, action: 'sign-in', address });
      return { token };
    },
    async choose(username, { current, password }, address) {
      const checked = await check(username, current, address);
      if (!('hash' in checked)) return checked;
      const weakness = password === current ? 'same' : weaknessOf(password, username);
      if (weakness) return { refused: weakness };
      const hash = await passwords.hash(password);
      // Only where the account is still what was asked about.
      if (update.run(hash, username, checked.hash).changes === 0) return { refused: 'wrong' };
      sessions.endAllOf(username);
      audit.add({ who: username, action: 'password-choose', address });
      const token = sessions.start(username);
      return token === null ? { refused: 'wrong' } : { token };
    },
    isPassword: async (username, password) => (await passwords.verify(rowOf(username)?.hash ?? null, password)) === true,
  };
}
