/**
 * A connection to a Redis that keeps what it acknowledges.
 * Comes in: commands. Goes out: their replies, or a fault once the answer is overdue. Each time it opens it looks at how
 * Redis is set, for the promise to keep records is worth no more than that. Never tries anything a second time.
 */
import { createClient, ErrorReply, RESP_TYPES } from 'redis';
import type { Clock } from '../contract/clock.ts';

export interface ConnectionOptions {
  /** `redis://`, `rediss://` or `unix://`. */
  readonly url: string;
  /** What `CLIENT LIST` shows. */
  readonly name: string;
  readonly clock: Clock;
}

/** What is not answered by then counts as lost, and the connection with it: a large AOF write on a slow disk takes one or two. */
const answerMs = 5_000;

/** What must be set, and what for. */
const required = [
  ['appendonly', 'yes', 'records must outlive the server'],
  ['appendfsync', 'always', 'an acknowledged record must be on disk'],
  ['no-appendfsync-on-rewrite', 'no', 'that holds while Redis rewrites its file, too'],
  ['maxmemory-policy', 'noeviction', 'records must not make way for others'],
] as const;

/** Error replies that tell of the server's condition, and not of a mistake in the command. */
const conditions = /^(LOADING|MISCONF|OOM|READONLY|MASTERDOWN|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|ERR max number of clients)/;
const noAccess = /^(NOAUTH|WRONGPASS|NOPERM)/;

/** No answer, no connection, or a server that can do nothing right now. */
class RedisFault extends Error {
  override readonly name: string = 'RedisFault';
}

/** A Redis that this journal must not or may not use, whatever its condition. */
export class UnfitRedisError extends RedisFault {
  override readonly name = 'UnfitRedisError';
}

/** True for what Redis, or the way to it, does to us, as against a mistake in the code. */
export function isRedisFault(error: unknown): error is Error {
  return error instanceof RedisFault;
}

type Client = ReturnType<typeof newClient>;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Set<(fault: RedisFault) => void>();
  #client: Client | null = null;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects, afresh where it was connected before. Rejects with a fault; an unfit Redis is one. */
  async open(): Promise<void> {
    this.#drop('the connection is opened afresh');
    if (this.#isClosed) throw new RedisFault('the connection is closed');
    const client = newClient(this.#options);
    this.#client = client;
    await this.#answer(client.connect(), answerMs);
    for (const [name, value, reason] of required) {
      const found = await this.#settingOf(name);
      if (found !== value) throw new UnfitRedisError(`Redis is set to "${name} ${found}", but ${reason}: set "${name} ${value}"`);
    }
  }

  /** The reply, with strings as bytes. `waitMs` is how long the command may wait on purpose. */
  async call(command: readonly (string | Buffer)[], waitMs = 0): Promise<unknown> {
    if (!this.#client?.isReady) throw new RedisFault('there is no connection to Redis');
    const reply = this.#client.sendCommand(command, { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } });
    return this.#answer(reply, answerMs + waitMs);
  }

  /** Whatever has not been answered becomes a fault. */
  close(): void {
    this.#isClosed = true;
    this.#drop('the connection is closed');
  }

  async #settingOf(name: string): Promise<string> {
    try {
      const reply = await this.call(['CONFIG', 'GET', name]);
      return Array.isArray(reply) && reply.length === 2 ? String(reply[1]) : 'unknown';
    } catch (error) {
      if (!(error instanceof Error) || !/^NOPERM|unknown command/.test(error.message)) throw error;
      const settings = required.map(([setting, value]) => `${setting} ${value}`).join(', ');
      const message = `Redis does not say how it is set: allow this account CONFIG GET, on a Redis that has ${settings}`;
      throw new UnfitRedisError(message, { cause: error });
    }
  }

  /** Of a server that hangs nothing is known any more: the connection goes, and all that waits for it. */
  #answer<T>(reply: Promise<T>, withinMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const lose = (fault: Error): void => {
        settle();
        reject(fault);
      };
      const stop = this.#options.clock.after(withinMs, () => {
        this.#drop(`Redis has not answered within ${String(withinMs)} ms`);
      });
      const settle = (): void => {
        stop();
        this.#waiting.delete(lose);
      };
      this.#waiting.add(lose);
      reply.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          lose(faultOf(error));
        },
      );
    });
  }

  #drop(reason: string): void {
    if (this.#client?.isOpen) this.#client.destroy();
    this.#client = null;
    for (const lose of this.#waiting) lose(new RedisFault(reason));
  }
}

function newClient({ url, name }: ConnectionOptions) {
  const client = createClient({
    url,
    name,
    RESP: 2,
    // When to try again is decided by whoever calls.
    socket: { reconnectStrategy: false, connectTimeout: answerMs },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  // The commands under way are told of it.
  client.on('error', () => undefined);
  return client;
}

/** Errors of the connection, and replies that tell of the server's condition, as faults; any other reply is our mistake. */
function faultOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ErrorReply) {
    if (noAccess.test(message)) return new UnfitRedisError(`Redis refuses this account: ${message}`, { cause: error });
    return conditions.test(message) ? new RedisFault(message, { cause: error }) : error;
  }
  return new RedisFault(message, { cause: error });
}
