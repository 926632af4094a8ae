/** Somebody at a browser, for the dashboard's tests: fetch with a cookie, a live socket, and what comes over it. */
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import type { ClientEvents, Delta, ServerEvents, Snapshot, WatchAnswer, WatchFilter } from '../../contract/live.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

type LiveClient = Socket<ServerEvents, ClientEvents>;

/** Somebody at a browser: keeps the cookie, sends the origin of the page. */
export class Visitor {
  readonly url: string;
  cookie: string | null = null;

  constructor(url: string) {
    this.url = url;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const request: RequestInit = { method, headers: { ...(this.cookie !== null && { cookie: this.cookie }), ...headers } };
    if (body !== undefined) request.body = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.url}/api/v1${path}`, request);
    const text = await response.text();
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.startsWith('bobbin_session=;') ? null : (cookie.split(';')[0] ?? null);
    return {
      status: response.status,
      body: text === '' ? null : isFile(response) ? text : (JSON.parse(text) as unknown),
      headers: response.headers,
    };
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask('POST', path, body, { origin: this.url });
  }

  signIn(username: string, password: string): Promise<Answer> {
    return this.post('/session', { username, password });
  }

  /** A live socket with this visitor's cookie. */
  socket(options: Partial<ManagerOptions & SocketOptions> = {}): LiveClient {
    const extraHeaders = { ...(this.cookie !== null && { cookie: this.cookie }), origin: this.url };
    const socket: LiveClient = io(`${this.url}/live`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders,
      ...options,
    });
    onTestFinished(() => {
      socket.disconnect();
    });
    return socket;
  }
}

function isFile(response: Response): boolean {
  return response.headers.has('content-disposition');
}

export function watch(socket: LiveClient, filter: WatchFilter = {}): Promise<WatchAnswer> {
  return new Promise((resolve) => {
    socket.emit('watch', filter, resolve);
  });
}

export async function snapshot(socket: LiveClient, filter: WatchFilter = {}): Promise<Snapshot> {
  const answer = await watch(socket, filter);
  if ('error' in answer) throw new Error(answer.error.code);
  return answer;
}

/** The next event of the kind; ask before making it happen. */
export function next(socket: LiveClient, event: 'delta'): Promise<Delta>;
export function next<Event extends keyof ServerEvents>(socket: LiveClient, event: Event): Promise<Parameters<ServerEvents[Event]>[0]>;
export function next(socket: LiveClient, event: keyof ServerEvents): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, resolve);
  });
}
