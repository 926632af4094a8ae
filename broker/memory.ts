/**
 * What the broker remembers: the last retained message of each topic, and the ids of QoS 2 packets in flight.
 * It takes the place of Aedes's persistence and keeps no sessions: every client starts clean, since what must survive is
 * in the journal. Retained messages are live state that their publishers renew, so they need not survive a restart.
 */
import { Readable } from 'node:stream';
import type { AedesPublishPacket } from 'aedes';
import { filterExpression, hasWildcard } from './exchange.ts';

interface Owner {
  readonly id: string;
}
interface Numbered {
  readonly messageId?: number;
}

/** The part of a persistence that Aedes asks of clients without sessions. */
export class Memory {
  readonly #retained = new Map<string, AedesPublishPacket>();
  readonly #incoming = new Map<string, Set<number | undefined>>();

  /** Aedes insists on an async function. */
  async setup(): Promise<void> {
    await Promise.resolve();
  }

  storeRetained(packet: AedesPublishPacket): Promise<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, { ...packet, payload: compact(packet.payload) });
    return Promise.resolve();
  }

  /** Retained packets that match a filter; without wildcards that is a look-up, however many topics there are. */
  retained(filter: string): AedesPublishPacket[] {
    if (!hasWildcard(filter)) {
      const packet = this.#retained.get(filter);
      return packet ? [packet] : [];
    }
    const expression = filterExpression(filter);
    return [...this.#retained.values()].filter((packet) => expression.test(packet.topic));
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(filters.flatMap((filter) => this.retained(filter)));
  }

  incomingStorePacket(owner: Owner, packet: Numbered): Promise<void> {
    const ids = this.#incoming.get(owner.id) ?? new Set();
    this.#incoming.set(owner.id, ids.add(packet.messageId));
    return Promise.resolve();
  }

  incomingGetPacket(owner: Owner, packet: Numbered): Promise<Numbered> {
    if (this.#incoming.get(owner.id)?.has(packet.messageId)) return Promise.resolve(packet);
    return Promise.reject(new Error('no such packet'));
  }

  incomingDelPacket(owner: Owner, packet: Numbered): Promise<void> {
    if (this.#incoming.get(owner.id)?.delete(packet.messageId)) return Promise.resolve();
    return Promise.reject(new Error('no such packet'));
  }

  cleanIncoming(owner: Owner): Promise<void> {
    this.#incoming.delete(owner.id);
    return Promise.resolve();
  }

  // The rest of what Aedes asks for concerns sessions, their queues, and wills of other brokers: there are none.

  cleanSubscriptions(): Promise<void> {
    return Promise.resolve();
  }

  subscriptionsByTopic(): Promise<[]> {
    return Promise.resolve([]);
  }

  outgoingEnqueueCombi(): Promise<void> {
    return Promise.resolve();
  }

  outgoingClearMessageId(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  outgoingStream(): Readable {
    return Readable.from([]);
  }

  putWill(): Promise<void> {
    return Promise.resolve();
  }

  delWill(): Promise<void> {
    return Promise.resolve();
  }

  streamWill(): Readable {
    return Readable.from([]);
  }
}

/** In memory of its own, copied where it is not: a few bytes of a large chunk would keep all of the chunk. */
function compact(payload: string | Buffer): Buffer {
  if (typeof payload !== 'string' && payload.byteLength === payload.buffer.byteLength) return payload;
  const copy = Buffer.allocUnsafeSlow(Buffer.byteLength(payload));
  if (typeof payload === 'string') copy.write(payload);
  else payload.copy(copy);
  return copy;
}
