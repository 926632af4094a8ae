/**
 * Points going in: as many requests as it takes, each small enough for every version of the server.
 * Comes in: points with what they were made of. Goes out: what of it the server would not have, once all else is on its disk; a fault of
 * the server rejects, and all may be sent again: points overwrite themselves. A point the server will not have is found by halving, set
 * aside alone under its own measurement, and said in the log: it must not hold up its neighbours, nor vanish.
 */
import type { Logger } from 'pino';
import { ServerFault, type Precision, type Server } from './server.ts';
import { inParallel } from './parallel.ts';
import { integer, point, text } from './text.ts';

/** A point as line protocol, and what is put aside of it where the server refuses it. */
export interface Written<Subject = unknown> {
  readonly text: string;
  readonly line: string;
  readonly time: number;
  readonly subject: Subject;
}

/** What a point that was set aside is of, and why the server would not have it. */
export interface Refused<Subject> {
  readonly subject: Subject;
  readonly words: string;
}

const linesAtOnce = 5_000;
/** Characters. InfluxDB 3 takes 10 MB a request, InfluxDB 1 takes 25 MB. */
const charactersAtOnce = 4_000_000;
const requestsAtOnce = 2;

/** The server has looked at the points and refuses some of them; every other fault says nothing about the points. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);
/** Older than the database keeps: the server's own rule, by which it would soon have dropped them anyway. */
const beyondRetention = /beyond retention|outside retention/i;

export class Writer {
  readonly #server: Server;
  readonly #setAsideIn: string;
  readonly #log: Logger;
  #toldOfRetention = false;

  constructor(server: Server, setAsideIn: string, log: Logger) {
    this.#server = server;
    this.#setAsideIn = setAsideIn;
    this.#log = log;
  }

  /** Points the store itself lives by: one that is refused is a fault. */
  async state(database: string, points: readonly string[]): Promise<void> {
    if (points.length > 0) await this.#server.write(database, points.join('\n'));
  }

  async write<Subject>(database: string, points: readonly Written<Subject>[], precision: Precision = 'ms'): Promise<Refused<Subject>[]> {
    const refused = await inParallel(requestsOf(points), requestsAtOnce, (part) => this.#send(database, part, precision));
    return refused.flat();
  }

  async #send<Subject>(database: string, points: readonly Written<Subject>[], precision: Precision): Promise<Refused<Subject>[]> {
    try {
      await this.#server.write(database, points.map((one) => one.text).join('\n'), precision);
      return [];
    } catch (error) {
      if (!(error instanceof ServerFault) || error.status === null || !refusals.has(error.status)) throw error;
      if (beyondRetention.test(error.words)) {
        this.#tellOfRetention(database, error);
        return [];
      }
      const [only] = points;
      if (only && points.length === 1) {
        await this.#setAside(only, error);
        return [{ subject: only.subject, words: error.words }];
      }
      const middle = Math.ceil(points.length / 2);
      const first = await this.#send(database, points.slice(0, middle), precision);
      return [...first, ...(await this.#send(database, points.slice(middle), precision))];
    }
  }

  async #setAside(refused: Written, fault: ServerFault): Promise<void> {
    const { line, time, subject } = refused;
    const measurement = refused.text.slice(0, refused.text.indexOf(','));
    const fields: [string, string][] = [
      ['ts', integer(time)],
      ['point', text(JSON.stringify(subject))],
      ['words', text(fault.words)],
    ];
    // A server that refuses this one too refuses everything: that is a fault, and nothing has been lost.
    try {
      await this.state(this.#setAsideIn, [point('set_aside', { line, measurement }, fields, time)]);
    } catch (error) {
      if (!(error instanceof ServerFault) || !beyondRetention.test(error.words)) throw error;
    }
    this.#log.error({ line, ts: time, measurement, words: fault.words }, 'InfluxDB refuses a point; it is set aside');
  }

  #tellOfRetention(database: string, { words }: ServerFault): void {
    if (this.#toldOfRetention) return;
    this.#toldOfRetention = true;
    this.#log.warn({ database, words }, 'InfluxDB drops what is older than it keeps; this is said only once');
  }
}

function requestsOf<Subject>(points: readonly Written<Subject>[]): Written<Subject>[][] {
  const requests: Written<Subject>[][] = [];
  let request: Written<Subject>[] = [];
  let characters = 0;
  for (const one of points) {
    if (request.length === linesAtOnce || characters + one.text.length > charactersAtOnce) {
      if (request.length > 0) requests.push(request);
      request = [];
      characters = 0;
    }
    request.push(one);
    characters += one.text.length + 1;
  }
  if (request.length > 0) requests.push(request);
  return requests;
}
