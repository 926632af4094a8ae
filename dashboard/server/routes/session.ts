/**
 * Signing in, signing out, and who is signed in. Comes in: a name and a password, or the session cookie.
 * Goes out: the account's name, role, scope and language, and the cookie. A sign-in always makes a new session and ends the old.
 */
import { signInSchema, type SessionAnswer } from '../../../contract/api.ts';
import type { Accounts } from '../accounts.ts';
import type { Audit } from '../audit.ts';
import { bodyOf } from '../input.ts';
import { done, isRefusal, ok, signedOut, type OpenCall, type Outcome, type Refusal, type Route } from '../route.ts';
import type { Session, Sessions } from '../sessions.ts';

const wrong: Refusal = { status: 401, code: 'wrong-credentials', message: 'The user name or the password is wrong.' };
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
    if ('waitSeconds' in result) {
      return {
        status: 429,
        code: 'too-many-attempts',
        message: 'Too many attempts. Wait a moment.',
        retryAfterSeconds: result.waitSeconds,
      };
    }
    if ('refused' in result) return result.refused === 'busy' ? busy : wrong;
    const session = sessions.use(result.token);
    if (!session) return wrong;
    if (call.token !== null) sessions.end(call.token);
    return { ...ok(answerOf(session)), token: result.token };
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
  ];
}

function answerOf({ caller, language }: Session): SessionAnswer {
  return { username: caller.username, role: caller.role, scope: caller.scope, language };
}
