/**
 * Many publishing devices at once, as fast as they are acknowledged or at a fixed total rate.
 * Comes in: accounts, a window, payloads on request. Goes out: messages, their latencies, and exactly which of them were
 * acknowledged. At a fixed rate latencies count from when a message was due, so a stalled server does not hide its stall.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { LoadClient, type Acknowledged, type ClientAccount } from './client.ts';

export interface PublisherOptions {
  readonly host: string;
  readonly port: number;
  readonly clients: readonly ClientAccount[];
  /** Unacknowledged messages a client may have. */
  readonly inFlight: number;
  /** Messages of each client; absent: no end of them. */
  readonly limit?: number;
  /** Messages a second over all clients, evenly spread; absent: as fast as acknowledged. */
  readonly ratePerSecond?: number;
  /** Message n (0, 1, 2 …) of a client. Called once a message. */
  readonly nextPayload: (client: number, n: number) => Buffer | string;
  readonly onAck?: (client: number, n: number) => void;
  /** A connection has ended by itself; `reconnect` brings it back. */
  readonly onBroken?: (client: number, error: Error | null) => void;
}

export interface Publishers {
  /** Called once. */
  start(): void;
  /** Sends nothing new; resolves once all that was sent over living connections is acknowledged. */
  stop(): Promise<void>;
  /** Connects every client that has no connection, which then sends again what was not acknowledged. Rejects where one cannot; may be called again. */
  reconnect(): Promise<void>;
  close(): void;
  readonly sent: number;
  /** Sent more than once, because of reconnects. */
  readonly resent: number;
  readonly acked: number;
  readonly connected: number;
  /** Microseconds. */
  readonly latencies: RecordableHistogram;
  acknowledged(client: number): Acknowledged;
}

const paceMs = 4;
/** Sign-ins are slow on purpose (password hashes): a server is not to be flooded with them. */
const connectsAtOnce = 100;

/** Resolves once every client is signed in; rejects where one is refused. */
export async function openPublishers(options: PublisherOptions): Promise<Publishers> {
  const publishers = new LoadPublishers(options);
  await publishers.reconnect();
  return publishers;
}

class LoadPublishers implements Publishers {
  readonly latencies = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  readonly #clients: readonly LoadClient[];
  readonly #isPaced: boolean;
  #startedAt = 0;
  #acked = 0;
  #pacing: NodeJS.Timeout | undefined;

  constructor(options: PublisherOptions) {
    const { host, port, clients, inFlight, limit, ratePerSecond, nextPayload, onAck, onBroken } = options;
    this.#isPaced = ratePerSecond !== undefined;
    this.#clients = clients.map(
      (account, index) =>
        new LoadClient({
          ...{ host, port, account, inFlight, limit, latencies: this.latencies },
          nextPayload: (n) => nextPayload(index, n),
          dueAt: ratePerSecond === undefined ? undefined : (n) => this.#startedAt + ((n * clients.length + index) * 1000) / ratePerSecond,
          onAck: (n) => {
            this.#acked += 1;
            onAck?.(index, n);
          },
          onBroken: (error) => {
            onBroken?.(index, error);
          },
        }),
    );
  }

  get sent(): number {
    return this.#clients.reduce((sum, client) => sum + client.sent, 0);
  }

  get resent(): number {
    return this.#clients.reduce((sum, client) => sum + client.resent, 0);
  }

  get acked(): number {
    return this.#acked;
  }

  get connected(): number {
    return this.#clients.reduce((sum, client) => sum + (client.isConnected ? 1 : 0), 0);
  }

  acknowledged(client: number): Acknowledged {
    return this.#clients[client]?.acknowledged ?? { before: 0, also: new Set() };
  }

  start(): void {
    this.#startedAt = performance.now();
    for (const client of this.#clients) client.start();
    if (!this.#isPaced) return;
    this.#pacing = setInterval(() => {
      for (const client of this.#clients) client.fill();
    }, paceMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#pacing);
    await Promise.all(this.#clients.map((client) => client.stop()));
  }

  async reconnect(): Promise<void> {
    const broken = this.#clients.filter((client) => !client.isConnected);
    for (let start = 0; start < broken.length; start += connectsAtOnce) {
      const group = broken.slice(start, start + connectsAtOnce);
      // Every attempt has ended before the first failure is reported: the next call must not meet half-open ones.
      const failed = (await Promise.allSettled(group.map((client) => client.connect()))).find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }

  close(): void {
    clearInterval(this.#pacing);
    for (const client of this.#clients) client.close();
  }
}
