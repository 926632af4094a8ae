/**
 * Posting JSON: the one place where messages leave over HTTP. Comes in: an address, a body, headers. Goes out: what the other side answered, or in plain
 * words why there was none, never with the address in it. It follows no redirect, reads no more than it must, and waits 10 s at most.
 */
import type { Clock } from '../../contract/clock.ts';
import type { Sent } from './message.ts';

export const withinMs = 10_000;
const answerBytes = 64 * 1024;
const longestPauseMs = 600_000;
const busyMs = 60_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Posting {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers of status 2xx go to `judge`; all others are judged here. */
export async function post({ url, body, headers }: Posting, clock: Clock, judge: (answer: Answer) => Sent): Promise<Sent> {
  const cancel = new AbortController();
  const stop = clock.after(withinMs, () => {
    cancel.abort();
  });
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      redirect: 'error',
      signal: cancel.signal,
    });
    const answer = { status: response.status, text: await beginningOf(response) };
    if (response.ok) return judge(answer);
    const error = `answered ${String(answer.status)}${answer.text === '' ? '' : `: ${answer.text}`}`;
    if (answer.status === 429) return { result: 'busy', error, pauseMs: pauseOf(response.headers.get('retry-after')) };
    return { result: answer.status >= 500 || answer.status === 408 ? 'unreachable' : 'refused', error };
  } catch (error) {
    return { result: 'unreachable', error: cancel.signal.aborted ? 'no answer within 10 s' : reasonOf(error) };
  } finally {
    stop();
    cancel.abort();
  }
}

/** The answer of a vendor who says in JSON how it went: 0 is well, the codes of `busy` ask for a pause. */
export function judgeCode({ text }: Answer, names: readonly [code: string, message: string], busy: ReadonlyMap<number, number>): Sent {
  const parsed = parsedOf(text);
  const code = parsed[names[0]];
  const message = parsed[names[1]];
  if (code === 0) return { result: 'sent', note: null };
  if (typeof code !== 'number') return { result: 'refused', error: 'answered something that is not of this vendor' };
  const error = `answered code ${String(code)}${typeof message === 'string' ? `: ${message}` : ''}`;
  const pauseMs = busy.get(code);
  return pauseMs === undefined ? { result: 'refused', error } : { result: 'busy', error, pauseMs };
}

function parsedOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  while (size < answerBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.byteLength;
  }
  await reader.cancel();
  return Buffer.concat(parts).subarray(0, answerBytes).toString('utf8');
}

function pauseOf(seconds: string | null): number {
  const asked = Number(seconds ?? NaN) * 1000;
  return asked > 0 ? Math.min(asked, longestPauseMs) : busyMs;
}

/** What fetch throws says little; its cause tells more, and names an address at most, never a path. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'cannot be reached';
  const { code } = cause as NodeJS.ErrnoException;
  return `cannot be reached: ${code ?? cause.message}`;
}
