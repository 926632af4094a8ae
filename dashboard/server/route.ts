/**
 * What a route of the API is: a method, a path, what it needs, and a function from a call to an outcome.
 * Comes in: nothing of HTTP but what `Call` names. Goes out: a reply, or a refusal as a value; routes throw neither.
 * The table of all routes is what the server registers and what the access test walks through.
 */
import type { Permission, Caller } from './scope.ts';
import type { Session } from './sessions.ts';
import type { Weakness } from './weakness.ts';

export interface Call {
  readonly caller: Caller;
  readonly session: Session;
  readonly address: string;
  param(name: string): string;
  /** A query parameter; absent and empty are both null. */
  query(name: string): string | null;
  /** A header of the request; absent and empty are both null. */
  header(name: string): string | null;
  /** The parsed JSON body; undefined where there is none. */
  readonly body: unknown;
}

/** A call that may come from nobody in particular. */
export interface OpenCall extends Omit<Call, 'caller' | 'session'> {
  readonly caller: Caller | null;
  readonly session: Session | null;
  /** The token the cookie held, good or not. */
  readonly token: string | null;
}

export interface Reply {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  /** A new session token, or null to take the cookie away. */
  readonly token?: string | null;
  /** In place of a body: something to be saved under that name. */
  readonly file?: { readonly name: string; readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> };
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 500 | 503;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export type Outcome = Reply | Refusal;

interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; `{name}` is a parameter. */
  readonly path: string;
}

export interface OpenRoute extends RouteBase {
  readonly needs: 'nothing';
  handle(call: OpenCall): Outcome | Promise<Outcome>;
}

export interface SignedInRoute extends RouteBase {
  /** `account`: signed in, be it with a password that still has to be changed; `session`: signed in for good. */
  readonly needs: Permission | 'session' | 'account';
  handle(call: Call): Outcome | Promise<Outcome>;
}

export type Route = OpenRoute | SignedInRoute;

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'status' in value;
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function created(body: unknown): Reply {
  return { status: 201, body };
}

export const done: Reply = { status: 204 };

/** The one answer for what does not exist and for what is outside the caller's scope. */
export function notFound(what: string): Refusal {
  return { status: 404, code: 'not-found', message: `There is no such ${what}.` };
}

export function badRequest(code: string, message: string): Refusal {
  return { status: 400, code, message };
}

/** A password is as long as it should be, and no good all the same. */
export function weak(weakness: Weakness | 'same'): Refusal {
  const words = {
    common: 'is one of those that everybody tries first',
    repetitive: 'is a pattern',
    name: 'is the user name',
    same: 'is the one in force',
  };
  return { status: 400, code: `password-${weakness}`, message: `This password ${words[weakness]}. Choose another.` };
}

export function tooManyAttempts(retryAfterSeconds: number): Refusal {
  return { status: 429, code: 'too-many-attempts', message: 'Too many attempts. Wait a moment.', retryAfterSeconds };
}

export const forbidden: Refusal = { status: 403, code: 'forbidden', message: 'Your account may not do this.' };
export const mustChoose: Refusal = { status: 403, code: 'choose-password', message: 'Choose a password of your own first.' };
export const signedOut: Refusal = { status: 401, code: 'signed-out', message: 'Sign in first.' };
export const storeDown: Refusal = {
  status: 503,
  code: 'store-unavailable',
  message: 'The store does not answer at the moment; nothing is lost. Try again.',
  retryAfterSeconds: 5,
};
