/**
 * The server on the other end, through its own client library: points go in as line protocol, questions as InfluxQL.
 * Comes in: a database, lines or a statement. Goes out: nothing or rows; whatever goes wrong becomes a ServerFault in words
 * for people. Nothing is buffered, retried or compressed here: the journal is the buffer, the collector has the patience.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, RequestTimedOutError, type Transport } from '@influxdata/influxdb-client';
import type { Clock } from '../../contract/clock.ts';

/** How the server is reached. `token` is what InfluxDB 2 and 3 want, `user` and `password` what InfluxDB 1 wants. */
export interface Access {
  readonly url: string;
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Of one request, from its first to its last byte. */
  readonly writeTimeoutMs?: number | undefined;
  readonly queryTimeoutMs?: number | undefined;
}

export type Value = string | number | boolean | null;

/** Rows of one series, or of all where a statement does not group. The first column is `time`, in ms. */
export interface Series {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly Value[])[];
}

/** Of the times of points. */
export type Precision = 'ms' | 'ns';

export interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** The server did not do what it was asked. `status` is null where it did not answer at all. */
export class ServerFault extends Error {
  readonly status: number | null;
  /** What the server said, in its own words. */
  readonly words: string;

  constructor(message: string, status: number | null, words: string) {
    super(message);
    this.name = 'ServerFault';
    this.status = status;
    this.words = words;
  }
}

/** A commit of 5,000 readings takes a quarter of a second; a server that takes this long is not well. */
const writeTimeoutMs = 10_000;
/** A month of a whole zone may take a while. */
const queryTimeoutMs = 60_000;
const openConnections = 8;

export class Server {
  readonly #transport: Transport;
  readonly #origin: string;
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #agent: HttpAgent;

  constructor(access: Access, clock: Clock) {
    const { protocol, host } = new URL(access.url);
    this.#origin = `InfluxDB at ${protocol}//${host}`;
    this.#access = access;
    this.#clock = clock;
    const agentOptions = { keepAlive: true, maxSockets: openConnections };
    this.#agent = protocol === 'https:' ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
    this.#transport = new InfluxDB({
      url: access.url,
      ...(access.token === undefined ? {} : { token: access.token }),
      headers: basicAuthorization(access),
      // Of silence on the socket; the whole of a request is bounded below.
      timeout: queryTimeoutMs,
      transportOptions: { agent: this.#agent },
    }).transport;
  }

  /** Resolves once the server has the lines on disk. */
  async write(database: string, lines: string, precision: Precision = 'ms'): Promise<void> {
    // Nanoseconds go without saying: versions disagree about how they are called.
    const path = `/write?db=${encodeURIComponent(database)}${precision === 'ms' ? '&precision=ms' : ''}`;
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    await this.#request('POST', path, lines, headers, this.#access.writeTimeoutMs ?? writeTimeoutMs);
  }

  /** The rows that one statement selects. */
  async query(database: string, statement: string): Promise<Series[]> {
    const path = `/query?db=${encodeURIComponent(database)}&epoch=ms&q=${encodeURIComponent(statement)}`;
    const { body } = await this.#request('GET', path, '', {}, this.#access.queryTimeoutMs ?? queryTimeoutMs);
    return this.#seriesOf(body, statement);
  }

  /** A statement that changes something, such as `CREATE DATABASE`. */
  async command(statement: string): Promise<Series[]> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { body } = await this.call('POST', '/query', `q=${encodeURIComponent(statement)}`, headers);
    return this.#seriesOf(body, statement);
  }

  /** Any other request. */
  call(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
    return this.#request(method, path, body, headers, this.#access.writeTimeoutMs ?? writeTimeoutMs);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #request(method: string, path: string, body: string, headers: Record<string, string>, timeoutMs: number): Promise<Answer> {
    const given = new AbortController();
    const stop = this.#clock.after(timeoutMs, () => {
      given.abort();
    });
    let answered: Answer['headers'] = {};
    try {
      const options = { method, headers, signal: given.signal };
      const answer: unknown = await this.#transport.request(path, body, options, (received) => {
        answered = received;
      });
      return { headers: answered, body: answer };
    } catch (error) {
      throw this.#faultOf(error, given.signal.aborted ? timeoutMs : null);
    } finally {
      stop();
    }
  }

  #faultOf(error: unknown, lateMs: number | null): ServerFault {
    if (lateMs !== null || error instanceof RequestTimedOutError) {
      const seconds = (lateMs ?? queryTimeoutMs) / 1000;
      return new ServerFault(`${this.#origin} did not answer within ${String(seconds)} s`, null, '');
    }
    if (error instanceof HttpError) {
      const words = wordsOf(error);
      return new ServerFault(`${this.#origin} answered ${String(error.statusCode)}: ${words}`, error.statusCode, words);
    }
    const words = error instanceof Error ? error.message : String(error);
    return new ServerFault(`${this.#origin} cannot be reached: ${words}`, null, words);
  }

  #seriesOf(body: unknown, statement: string): Series[] {
    const { results, error } = (body ?? {}) as {
      results?: ({ error?: string; series?: (Partial<Series> & { partial?: boolean })[] } | undefined)[];
      error?: string;
    };
    const [result] = results ?? [];
    const words = error ?? result?.error;
    if (words !== undefined || results === undefined)
      throw new ServerFault(`${this.#origin} refused "${shortened(statement)}": ${words ?? 'no results'}`, null, words ?? '');
    return (result?.series ?? []).map(({ name = '', tags = {}, columns = [], values = [], partial }) => {
      if (partial === true) throw new ServerFault(`${this.#origin} gives only a part of what is asked: set max-row-limit to 0`, null, '');
      return { name, tags, columns, values };
    });
  }
}

function basicAuthorization({ user, password }: Access): Record<string, string> {
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

function wordsOf({ json, body, statusMessage }: HttpError): string {
  const { error, message } = (typeof json === 'object' && json !== null ? json : {}) as { error?: unknown; message?: unknown };
  for (const words of [error, message, body, statusMessage]) if (typeof words === 'string' && words !== '') return words.trim();
  return 'no words';
}

function shortened(statement: string): string {
  return statement.length > 200 ? `${statement.slice(0, 200)}…` : statement;
}
