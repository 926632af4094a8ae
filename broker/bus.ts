/**
 * The bus within the broker's own process: what the system itself publishes and listens to.
 * Comes in: messages, listeners and records from the other rooms. Goes out: messages to devices and listeners, retained ones
 * kept; records to the journal. It never waits for a receiver: a slow listener is not known here, a slow device is the broker's to cut.
 */
import type { Aedes } from 'aedes';
import { recordMs, type Bus } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import type { JournalWriter } from '../journal/journal.ts';
import type { Deliver, Exchange } from './exchange.ts';
import type { Memory } from './memory.ts';

export interface BusParts {
  readonly aedes: Aedes;
  readonly exchange: Exchange;
  readonly memory: Memory;
  readonly journal: JournalWriter;
  readonly clock: Clock;
}

export function openBus({ aedes, exchange, memory, journal, clock }: BusParts): Bus {
  return {
    publish(topic, payload, { retain }) {
      const bytes = typeof payload === 'string' ? encode(payload) : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      // QoS 1, so that a device that subscribes with it has its commands acknowledged.
      aedes.publish({ cmd: 'publish', topic, payload: bytes, qos: 1, retain, dup: false }, ignore);
    },

    record(topic, payload) {
      const bytes = encode(payload);
      const appended = journal.append({ kind: 'action', topic, receivedAt: clock.now(), payload: bytes, payloadBytes: bytes.length });
      return new Promise((resolve, reject) => {
        const stop = clock.after(recordMs, () => {
          reject(new Error('the journal takes nothing at the moment'));
        });
        appended.then(resolve, reject).finally(stop);
      });
    },

    subscribe(filter, listener) {
      for (const { topic, payload } of memory.retained(filter)) listener(topic, bytesOf(payload));
      const deliver: Deliver = (packet, done) => {
        listener(packet.topic, bytesOf(packet.payload));
        done();
      };
      exchange.on(filter, deliver);
      return Promise.resolve(() => {
        exchange.removeListener(filter, deliver);
      });
    },
  };
}

/** In memory of its own, not in a shared pool, so that it can be kept as it is. */
function encode(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

function bytesOf(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function ignore(): void {
  // Publishing ends when every receiver has been handed its message; nobody waits for that.
}
