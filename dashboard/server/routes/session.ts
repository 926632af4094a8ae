/**
 * Signing in, signing out, who is signed in, and choosing a password. Comes in: a name and a password, or the session cookie.
 * Goes out: the account's name, role, scope and language, and the cookie. A sign-in always makes a new session and ends the old; a new
 * password ends them all.
 */
import { passwordChoiceSchema, signInSchema } from '../../../contract/api.ts';
import type { ScreenSession } from '../../../contract/screens.ts';
import type { Accounts } from '../accounts.ts';
import type { Audit } from '../audit.ts';
import { bodyOf } from '../input.ts';
import {
  done,
  isRefusal,
  ok,
  signedOut,
  tooManyAttempts,
  weak,
  type Call,
  type OpenCall,
  type Outcome,
  type Refusal,
  type Route,
} from '../route.ts';
import type { Session, Sessions } from '../sessions.ts';

const wrong: Refusal = { status: 401, code: 'wrong-credentials', message: 'The user name or the password is wrong.' };
/** Not 401: whoever asks is signed in, and stays so. */
const wrongPassword: Refusal = { status: 403, code: 'wrong-password', message: 'The password in force is another one.' };
const busy: Refusal = { status: 503, code: 'busy', message: 'Too many sign-ins at once. Try again.', retryAfterSeconds: 5 };

export interface SessionParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: Audit;
}

export function sessionRoutes({ accounts, sessions, audit }: SessionParts): Route[] {
  const signIn = async (call: OpenCall): Promise<Outcome> => {
    const body = bodyOf(signInSchema, call.body);
    if (isRefusal(body)) return body;
    const result = await accounts.signIn(body.value.username, body.value.password, call.address);
    if ('waitSeconds' in result) return tooManyAttempts(result.waitSeconds);
    if ('refused' in result) return result.refused === 'busy' ? busy : wrong;
    if (call.token !== null) sessions.end(call.token);
    return begun(result.token);
  };
  const choose = async (call: Call): Promise<Outcome> => {
    const body = bodyOf(passwordChoiceSchema, call.body);
    if (isRefusal(body)) return body;
    const result = await accounts.choose(call.caller.username, body.value, call.address);
    if ('waitSeconds' in result) return tooManyAttempts(result.waitSeconds);
    if (!('refused' in result)) return begun(result.token);
    if (result.refused === 'wrong') return wrongPassword;
    return result.refused === 'busy' ? busy : weak(result.refused);
  };
  const begun = (token: string): Outcome => {
    const session = sessions.use(token);
    return session ? { ...ok(answerOf(session)), token } : wrong;
  };
  const signOut = (call: OpenCall): Outcome => {
    if (call.token !== null) sessions.end(call.token);
    if (call.session) audit.add({ who: call.session.caller.username, action: 'sign-out', address: call.address });
    return { ...done, token: null };
  };
  return [
    { method: 'POST', path: '/session', needs: 'nothing', handle: signIn },
    {
      method: 'GET',
      path: '/session',
      needs: 'nothing',
      handle: ({ session }) => (session ? ok(answerOf(session)) : signedOut),
    },
    { method: 'DELETE', path: '/session', needs: 'nothing', handle: signOut },
    { method: 'POST', path: '/session/password', needs: 'account', handle: choose },
  ];
}

/** Who a session is of; a wall screen's says what it shows. */
export function answerOf({ caller, language, mustChoose }: Session): ScreenSession {
  const { username, role, scope, screen } = caller;
  return { username, role, scope, language, ...(mustChoose && { mustChoosePassword: true }), ...(screen && { screen }) };
}
