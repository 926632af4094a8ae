/**
 * What the tests of devices and replays share: a real broker on a port of its own, and waiting for what only the network can
 * tell. The broker can be away, take its time to acknowledge, and be cut off in the middle.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { vi } from 'vitest';
import type { SentReading } from './machine.ts';

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
