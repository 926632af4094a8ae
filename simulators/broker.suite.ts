/**
 * What the tests of devices and replays share: a real broker on a port of its own, time that passes when told to, and waiting for what
 * only the network can tell. The broker can be away, take its time to acknowledge, and be cut off in the middle.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { vi } from 'vitest';
import type { Clock, Stop } from '../contract/clock.ts';
import type { SentReading } from './machine.ts';

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Stop {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  every(): Stop {
    throw new Error('devices use single timers');
  }

  untilNext(): number {
    return Math.min(...this.#timers.map(({ at }) => at)) - this.#now;
  }

  pass(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at);
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}

export interface Packet {
  readonly readings: SentReading[];
  readonly bytes: number;
}

export async function waitFor(check: () => void): Promise<void> {
  await vi.waitFor(check, { interval: 2, timeout: 5000 });
}

/** A real broker; accounts are good with the password `secret`. */
export class Broker {
  packets: Packet[] = [];
  statuses: string[] = [];
  withholding = false;
  held: (() => void)[] = [];
  clients: string[] = [];
  onPacket: () => void = () => undefined;
  readonly #holding = new EventEmitter();
  #aedes: Aedes | null = null;
  #server: Server | null = null;
  #sockets = new Set<Socket>();
  port = 0;

  async open(): Promise<void> {
    const aedes = await Aedes.createBroker();
    this.#aedes = aedes;
    aedes.authenticate = (client, username, password, done) => {
      this.clients.push(client.id);
      done(null, client.id === username && password?.toString() === 'secret');
    };
    aedes.authorizePublish = (_client, packet, done) => {
      if (packet.topic.endsWith('/status')) {
        this.statuses.push(`${packet.payload.toString()}${packet.retain ? ' retained' : ''}`);
        done(null);
        return;
      }
      const text = packet.payload.toString();
      const parsed = JSON.parse(text) as SentReading | SentReading[];
      const take = (): void => {
        this.onPacket();
        this.packets.push({ readings: Array.isArray(parsed) ? parsed : [parsed], bytes: packet.payload.length });
        done(null);
      };
      if (this.withholding) {
        this.held.push(take);
        this.#holding.emit('held');
      } else take();
    };
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      aedes.handle(socket);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** Resolves once so many packets wait for their acknowledgement. */
  async holds(count: number): Promise<void> {
    while (this.held.length < count) await once(this.#holding, 'held');
  }

  /** Every connection is lost; new ones are taken at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Gone as if the machine under it had been switched off. */
  async close(): Promise<void> {
    const [server, aedes] = [this.#server, this.#aedes];
    this.#server = null;
    this.cut();
    if (server) await new Promise((resolve) => server.close(resolve));
    if (aedes)
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
  }

  get readings(): SentReading[] {
    return this.packets.flatMap(({ readings }) => readings);
  }
}
