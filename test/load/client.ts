/**
 * One device that publishes: a connection, a window of messages in flight, and the book of what has been acknowledged.
 * Comes in: payloads on request, PUBACKs. Goes out: packets, and word of every acknowledgement. A broken connection
 * loses nothing: what is not acknowledged is sent again, marked as a duplicate, by the next one.
 */
import { connect, type Socket } from 'node:net';
import type { RecordableHistogram } from 'node:perf_hooks';
import { AnswerReader, connectPacket, disconnectPacket, packetIds, PublishWriter, type SignIn } from './packets.ts';

export interface ClientAccount extends SignIn {
  readonly topic: string;
}

/** Which messages of a client have been acknowledged: every one before `before`, and those of `also`. */
export interface Acknowledged {
  readonly before: number;
  readonly also: ReadonlySet<number>;
}

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly account: ClientAccount;
  readonly inFlight: number;
  readonly nextPayload: (n: number) => Buffer | string;
  /** How many messages there are; absent: no end of them. */
  readonly limit?: number | undefined;
  /** Milliseconds at which message n is to be sent, on the scale of `performance.now()`; before that it is not. Absent: at once. */
  readonly dueAt?: ((n: number) => number) | undefined;
  /** Microseconds from when a message was due (or sent, where it is due at once) to its acknowledgement. */
  readonly latencies: RecordableHistogram;
  readonly onAck: (n: number) => void;
  /** The connection ended without `close` having been called; null where it was closed in good order. */
  readonly onBroken: (error: Error | null) => void;
}

interface Outstanding {
  readonly payload: Buffer | string;
  readonly since: number;
}

export class LoadClient {
  readonly #options: ClientOptions;
  readonly #writer: PublishWriter;
  #socket: Socket | null = null;
  /** In the order of n. */
  readonly #outstanding = new Map<number, Outstanding>();
  #next = 0;
  #before = 0;
  readonly #also = new Set<number>();
  #isSending = false;
  #resent = 0;
  #whenSettled: (() => void) | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#writer = new PublishWriter(options.account.topic);
  }

  /** Messages sent so far, without those sent again. */
  get sent(): number {
    return this.#next;
  }

  get resent(): number {
    return this.#resent;
  }

  get isConnected(): boolean {
    return this.#socket !== null;
  }

  get acknowledged(): Acknowledged {
    return { before: this.#before, also: this.#also };
  }

  /** Resolves once signed in and what was outstanding has been sent again; rejects where it is refused or the connection fails. */
  connect(): Promise<void> {
    const { host, port, account } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      let failure: Error | null = null;
      const answers = new AnswerReader(
        (code) => {
          if (code !== 0) {
            socket.destroy(new Error(`${account.username} refused with code ${String(code)}`));
            return;
          }
          this.#socket = socket;
          this.#sendAgain();
          resolve();
        },
        (id) => {
          this.#acknowledge(id);
        },
      );
      socket.on('data', (chunk) => {
        answers.take(chunk);
        this.fill();
      });
      socket.on('error', (error) => (failure = error));
      socket.on('close', () => {
        reject(failure ?? new Error(`${account.username} was cut off before CONNACK`));
        if (this.#socket !== socket) return;
        this.#socket = null;
        this.#whenSettled?.();
        this.#options.onBroken(failure);
      });
      socket.write(connectPacket(account));
    });
  }

  start(): void {
    this.#isSending = true;
    this.fill();
  }

  /** Sends nothing new; resolves once all that was sent is acknowledged, or the connection has ended. */
  async stop(): Promise<void> {
    this.#isSending = false;
    if (this.#outstanding.size > 0 && this.#socket) await new Promise<void>((resolve) => (this.#whenSettled = resolve));
  }

  /** Ends the connection in good order; nothing is reported as broken. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#isSending = false;
    this.#whenSettled?.();
    socket?.end(disconnectPacket());
  }

  /** Sends what the window and the pace allow. */
  fill(): void {
    const { inFlight, nextPayload, limit = Infinity, dueAt } = this.#options;
    const room = inFlight - this.#outstanding.size;
    if (room <= 0 || !this.#isSending || !this.#socket) return;
    const now = performance.now();
    const end = Math.min(this.#next + room, limit);
    const start = this.#next;
    for (let n = start; n < end; n += 1) {
      const since = dueAt ? dueAt(n) : now;
      if (since > now) break;
      const payload = nextPayload(n);
      this.#outstanding.set(n, { payload, since });
      this.#writer.add(idOf(n), payload, false);
      this.#next = n + 1;
    }
    if (this.#next > start) this.#socket.write(this.#writer.take());
  }

  #sendAgain(): void {
    if (this.#outstanding.size === 0) return;
    for (const [n, { payload }] of this.#outstanding) this.#writer.add(idOf(n), payload, true);
    this.#resent += this.#outstanding.size;
    this.#socket?.write(this.#writer.take());
  }

  #acknowledge(id: number): void {
    // Fewer messages are in flight than there are ids, so the id names one message at or after the oldest of them.
    const n = this.#before + ((id - idOf(this.#before) + packetIds) % packetIds);
    const message = this.#outstanding.get(n);
    if (!message) return;
    this.#outstanding.delete(n);
    this.#also.add(n);
    while (this.#also.delete(this.#before)) this.#before += 1;
    this.#options.latencies.record(Math.max(1, Math.round((performance.now() - message.since) * 1000)));
    this.#options.onAck(n);
    if (this.#outstanding.size === 0) this.#whenSettled?.();
  }
}

function idOf(n: number): number {
  return (n % packetIds) + 1;
}
