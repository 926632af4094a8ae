/**
 * One MQTT connection that keeps coming back: its own account, a will, exponential backoff with jitter.
 * Comes in: where and as whom to connect. Goes out: a way to publish at QoS 1, and word of every coming up and going down.
 * It stores nothing: what was not acknowledged when a connection goes down is its owner's to send again.
 */
import { connect, type MqttClient } from 'mqtt';
import type { Clock, Stop } from '../contract/clock.ts';
import type { Random } from './random.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
}

export interface ConnectionOptions {
  /** `mqtt://host:port`, or mqtts, ws, wss. */
  readonly broker: string;
  readonly account: Account;
  readonly statusTopic: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onUp: () => void;
  /** `reason` in the words of the network or the broker; null after a connection that had been up. */
  readonly onDown: (reason: string | null) => void;
}

const limits = {
  keepaliveSeconds: 30,
  connectMs: 10_000,
  firstRetryMs: 1000,
  lastRetryMs: 30_000,
  /** How long a goodbye may take before the socket is simply closed. */
  goodbyeMs: 1500,
} as const;

export class Connection {
  readonly #options: ConnectionOptions;
  #client: MqttClient | null = null;
  #wanted = false;
  #up = false;
  #attempts = 0;
  #reason: string | null = null;
  #cancelRetry: Stop | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Connects after a delay, and again whenever the connection is lost. */
  open(delayMs = 0): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempts = 0;
    this.#retry(delayMs);
  }

  /** Loses the connection without a goodbye, as a pulled plug does, and stays away until `open`. */
  cut(): void {
    this.#wanted = false;
    this.#cancelRetry?.();
    this.#client?.end(true);
  }

  /** Loses the connection without a goodbye, and comes back by itself. */
  drop(): void {
    this.#client?.end(true);
  }

  /** Publishes at QoS 1 on a connection that is up; `delivered` is called on the PUBACK and at no other time. */
  publish(topic: string, payload: string, retain: boolean, delivered: () => void): void {
    const client = this.#client;
    client?.publish(topic, payload, { qos: 1, retain }, (error) => {
      if (!error && client === this.#client) delivered();
    });
  }

  /** Says `offline`, then goodbye; resolves once the socket is closed, which takes a second or two at most. */
  async close(): Promise<void> {
    this.#wanted = false;
    this.#cancelRetry?.();
    const client = this.#client;
    if (!client) return;
    await new Promise<void>((resolve) => {
      const stopWaiting = this.#options.clock.after(limits.goodbyeMs, () => client.end(true));
      client.once('close', () => {
        stopWaiting();
        resolve();
      });
      if (!this.#up) client.end(true);
      else this.publish(this.#options.statusTopic, 'offline', true, () => client.end());
    });
  }

  #connect(): void {
    const { broker, account, statusTopic } = this.#options;
    // A clean session on purpose: a device keeps what is not acknowledged itself and subscribes to nothing it could miss.
    const client = connect(broker, {
      clientId: account.username,
      username: account.username,
      password: account.password,
      protocolVersion: 4,
      clean: true,
      keepalive: limits.keepaliveSeconds,
      connectTimeout: limits.connectMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true },
    });
    this.#client = client;
    this.#reason = null;
    client.on('connect', () => {
      this.#up = true;
      this.#attempts = 0;
      this.publish(statusTopic, 'online', true, () => undefined);
      this.#options.onUp();
    });
    client.on('error', (error) => {
      this.#reason = reasonOf(error);
    });
    client.once('close', () => {
      this.#closed(client);
    });
  }

  #closed(client: MqttClient): void {
    client.end(true);
    const wasUp = this.#up;
    this.#up = false;
    this.#client = null;
    this.#options.onDown(wasUp ? null : (this.#reason ?? 'the connection was closed'));
    if (!this.#wanted) return;
    const longest = Math.min(limits.lastRetryMs, limits.firstRetryMs * 2 ** this.#attempts);
    this.#attempts = Math.min(this.#attempts + 1, 10);
    this.#retry(longest * this.#options.random.between(0.3, 1));
  }

  #retry(delayMs: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.clock.after(delayMs, () => {
      if (this.#wanted && this.#client === null) this.#connect();
    });
  }
}

/** Several addresses of one host make an error without a message; its code says it all. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
