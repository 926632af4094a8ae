/**
 * HTTP: the routes of the API and the web app's files behind one set of rules.
 * Comes in: requests. Goes out: JSON or files, with the security headers on everything. Whoever asks is known, allowed, of our
 * own origin where something changes, and sends no more than a mebibyte, before a route is reached; a stranger sends no more than a password takes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Hono, type Context } from 'hono';
import { compress } from 'hono/compress';
import type { Logger } from 'pino';
import type { ErrorAnswer } from '../../contract/api.ts';
import { createTurnstile } from '../../contract/turnstile.ts';
import { cookieOf, isOwnOrigin, tokenOf } from './cookie.ts';
import { isDatabaseFault } from './database.ts';
import {
  badRequest,
  forbidden,
  isRefusal,
  mustChoose,
  notFound,
  signedOut,
  type Outcome,
  type Refusal,
  type Reply,
  type Route,
} from './route.ts';
import { may } from './scope.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Web } from './web.ts';

const prefix = '/api/v1';
const bodyBytes = 1024 * 1024;
/** Where anybody may ask: a thousand connections with a body each are memory. Four times the longest sign-in. */
const openBodyBytes = 4096;
/** Of one account, from the question to the last byte of its answer: answers that nobody reads are memory, and the store has one queue for all. */
const requestsAtOnce = 64;

/** Nothing from elsewhere, no script in the page, no frame around it. Style attributes are what components place things with. */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};
const hsts = 'max-age=31536000';

const accountsDown: Refusal = { status: 503, code: 'accounts-unavailable', message: 'Accounts cannot be read at the moment. Try again.' };
const broken: Refusal = { status: 500, code: 'internal', message: 'Something went wrong here; it has been written down.' };
const tooLarge: Refusal = { status: 413, code: 'too-large', message: 'The body is too large.' };
const tooMany: Refusal = { status: 429, code: 'too-many-requests', message: 'Too many questions at once.', retryAfterSeconds: 1 };
const foreign: Refusal = { status: 403, code: 'foreign-origin', message: 'This page may not ask for changes.' };
const badJson = badRequest('bad-json', 'The body is not JSON.');

interface Env {
  Bindings: { incoming: IncomingMessage; outgoing: ServerResponse };
}
type RequestContext = Context<Env>;

export interface HttpParts {
  readonly routes: readonly Route[];
  readonly sessions: Sessions;
  readonly web: Web;
  /** TLS ends here; where it ends in front of us, the request says so. */
  readonly tls: boolean;
  readonly log: Logger;
}

export function createHttp({ routes, sessions, web, tls, log }: HttpParts): Hono<Env> {
  const app = new Hono<Env>();
  const isSecure = (context: RequestContext): boolean => tls || context.req.header('x-forwarded-proto') === 'https';

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) context.res.headers.set(name, value);
    if (tls) context.res.headers.set('strict-transport-security', hsts);
  });
  app.use('/api/*', compress(), async (context, next) => {
    context.header('cache-control', 'no-store');
    const changes = context.req.method !== 'GET' && context.req.method !== 'HEAD';
    if (changes && !isOwnOrigin(context.req.header('origin'), context.req.header('host'))) return refuse(context, foreign);
    return next();
  });

  const turnstile = createTurnstile(requestsAtOnce);
  for (const route of routes) {
    app.on(route.method, pathOf(route), async (context) => {
      const token = tokenOf(context.req.header('cookie'));
      const session = token === null ? null : sessions.use(token);
      if (token !== null && session?.renewed) context.header('set-cookie', cookieOf(token, isSecure(context)));
      const leave = session && turnstile.enter(session.caller.username);
      if (session && !leave) return refuse(context, tooMany);
      if (leave) context.env.outgoing.once('close', leave);
      const outcome = await outcomeOf(route, context, token, session);
      if (!isRefusal(outcome) && outcome.token !== undefined) context.header('set-cookie', cookieOf(outcome.token, isSecure(context)));
      return isRefusal(outcome) ? refuse(context, outcome) : replyOf(context, outcome);
    });
  }
  for (const [path, allowed] of methodsByPath(routes)) app.all(path, (context) => wrongMethod(context, allowed));
  app.all('/api/*', (context) => refuse(context, notFound('route')));
  app.get('*', async (context) => {
    const [encoding, match] = [context.req.header('accept-encoding') ?? '', context.req.header('if-none-match')];
    return (await web.answer(context.req.path, encoding, match)) ?? refuse(context, notFound('page'));
  });
  app.all('*', (context) => wrongMethod(context, ['GET']));
  app.onError((error, context) => {
    const fault = isDatabaseFault(error);
    log.error({ err: error, method: context.req.method, path: context.req.path }, fault ? 'accounts file' : 'a request failed');
    return refuse(context, fault ? accountsDown : broken);
  });
  return app;
}

/** Known, allowed, readable: then the route itself. */
async function outcomeOf(route: Route, context: RequestContext, token: string | null, session: Session | null): Promise<Outcome> {
  if (route.needs !== 'nothing') {
    if (!session) return signedOut;
    if (session.mustChoose && route.needs !== 'account') return mustChoose;
    if (route.needs !== 'session' && route.needs !== 'account' && !may(session.caller, route.needs)) return forbidden;
  }
  const body = await bodyOf(context, route.method, route.needs === 'nothing' ? openBodyBytes : bodyBytes);
  if (isRefusal(body)) return body;
  const call = {
    address: context.env.incoming.socket.remoteAddress ?? 'unknown',
    param: (name: string) => context.req.param(name) ?? '',
    query: (name: string) => given(context.req.query(name)),
    header: (name: string) => given(context.req.header(name)),
    body: body.value,
  };
  if (route.needs === 'nothing')
    return route.handle({ ...call, caller: session?.mustChoose === false ? session.caller : null, session, token });
  return session ? route.handle({ ...call, caller: session.caller, session }) : signedOut;
}

function given(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

async function bodyOf(
  { env: { incoming } }: RequestContext,
  method: Route['method'],
  limitBytes: number,
): Promise<{ readonly value: unknown } | Refusal> {
  if (method !== 'POST' && method !== 'PATCH') return { value: undefined };
  if (Number(incoming.headers['content-length'] ?? 0) > limitBytes) return tooLarge;
  try {
    const text = await textOf(incoming, limitBytes);
    if (text === null) return tooLarge;
    return { value: text === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch {
    return badJson;
  }
}

/** The body as text, read no further than the limit: null beyond it. Fails where the sender goes away. */
async function textOf(incoming: IncomingMessage, limitBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    // A request without an encoding set gives bytes.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > limitBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function replyOf(context: RequestContext, outcome: Reply): Response {
  if (outcome.file) {
    const { name, type, bytes } = outcome.file;
    context.header('content-type', type);
    context.header('content-disposition', `attachment; filename="${name}"`);
    return context.body(bytes, 200);
  }
  return outcome.status === 204 ? context.body(null, 204) : json(context, outcome.status, outcome.body);
}

function refuse(context: Context, { status, code, message, retryAfterSeconds }: Refusal): Response {
  if (retryAfterSeconds !== undefined) context.header('retry-after', String(retryAfterSeconds));
  if (status === 413) context.header('connection', 'close');
  const answer: ErrorAnswer = { error: { code, message } };
  return json(context, status, answer);
}

/** With its length, so that small answers are left uncompressed. */
function json(context: Context, status: 200 | 201 | Refusal['status'], value: unknown): Response {
  const text = JSON.stringify(value);
  context.header('content-type', 'application/json; charset=utf-8');
  context.header('content-length', String(Buffer.byteLength(text)));
  return context.body(text, status);
}

function wrongMethod(context: RequestContext, allowed: readonly string[]): Response {
  context.header('allow', allowed.join(', '));
  return refuse(context, { status: 405, code: 'wrong-method', message: `Use ${allowed.join(' or ')} here.` });
}

function pathOf(route: Route): string {
  return prefix + route.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const path = pathOf(route);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  return methods;
}
