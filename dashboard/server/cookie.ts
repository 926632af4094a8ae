/**
 * The session cookie and the origin of a request: what ties a browser to its session, and nobody else's page to it.
 * Comes in: request headers. Goes out: the token, the Set-Cookie text, whether a request comes from our own pages. It is pure.
 */
import { parse, serialize } from 'hono/utils/cookie';
import { sessionMs } from './sessions.ts';

const name = 'bobbin_session';

export function tokenOf(header: string | undefined): string | null {
  return header === undefined ? null : (parse(header, name)[name] ?? null);
}

/** Sets the cookie, or takes it away (null). */
export function cookieOf(token: string | null, secure: boolean): string {
  const maxAge = token === null ? 0 : sessionMs / 1000;
  return serialize(name, token ?? '', { path: '/', httpOnly: true, sameSite: 'Strict', secure, maxAge });
}

/**
 * Browsers say from which page a request comes; programs that are no browsers say nothing and carry no stolen cookie.
 * Only the host is compared: what ends TLS in front of us changes the scheme.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  return hostOf(origin) !== null && hostOf(origin) === hostOf(`http://${host ?? ''}`);
}

/** The host and port of an address, or null for what is none. */
function hostOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).host : null;
}
