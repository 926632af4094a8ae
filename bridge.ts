/**
 * The bridge between the two threads of the one process, and all that crosses it.
 * Main thread: broker, journal, dashboard. Recorder thread: collector, store, history. Journal batches cross as one piece
 * of bytes, live records in bunches; everything else is a call and its answer. Nothing here knows what it carries.
 */
import * as comlink from 'comlink';
import type { MessagePort } from 'node:worker_threads';
import type { Bus, BusListener } from './contract/bus.ts';
import type { Stop } from './contract/clock.ts';
import type { JournalHealth, JournalReader } from './journal/journal.ts';
import { packBatch, unpackBatch, type PackedBatch } from './journal/packing.ts';

/** Calls on `target` from the other end of the port. */
export function serve(port: MessagePort, target: object): void {
  comlink.expose(target, endpointOf(port));
}

/** The object served at the other end of the port. */
export function ask<T>(port: MessagePort): comlink.Remote<T> {
  return comlink.wrap<T>(endpointOf(port));
}

function endpointOf(port: MessagePort): comlink.Endpoint {
  return {
    postMessage: (message: unknown, transfer?: Transferable[]) => {
      port.postMessage(message, (transfer ?? []) as unknown as ArrayBuffer[]);
    },
    addEventListener: (type: string, listener: EventListenerOrEventListenerObject) => {
      port.addEventListener(type, listener);
    },
    removeEventListener: (type: string, listener: EventListenerOrEventListenerObject) => {
      port.removeEventListener(type, listener);
    },
    start: () => {
      port.start();
    },
  };
}

interface PackedJournal {
  read(from: number, maxBytes: number): Promise<PackedBatch | null>;
  trim(position: number): Promise<void>;
  health(): Promise<JournalHealth>;
}

export function serveJournal(port: MessagePort, journal: JournalReader): void {
  const packed: PackedJournal = {
    async read(from, maxBytes) {
      const batch = await journal.read(from, maxBytes);
      if (!batch) return null;
      const piece = packBatch(batch);
      return comlink.transfer(piece, [piece.bytes.buffer as ArrayBuffer, piece.positions.buffer as ArrayBuffer]);
    },
    trim: (position) => journal.trim(position),
    health: () => journal.health(),
  };
  serve(port, packed);
}

export function askJournal(port: MessagePort): JournalReader {
  const remote = ask<PackedJournal>(port);
  return {
    async read(from, maxBytes) {
      const packed = await remote.read(from, maxBytes);
      return packed && unpackBatch(packed);
    },
    trim: (position) => remote.trim(position),
    health: () => remote.health(),
  };
}

type BusRequest =
  | { readonly kind: 'publish'; readonly messages: readonly (readonly [topic: string, payload: string | Uint8Array, retain: boolean])[] }
  | { readonly kind: 'record'; readonly id: number; readonly topic: string; readonly payload: string }
  | { readonly kind: 'subscribe'; readonly id: number; readonly filter: string }
  | { readonly kind: 'stop'; readonly id: number };

type BusAnswer =
  | { readonly kind: 'message'; readonly id: number; readonly topic: string; readonly payload: Uint8Array }
  /** `error` is null where the record is safe. */
  | { readonly kind: 'recorded'; readonly id: number; readonly error: string | null };

export function serveBus(port: MessagePort, bus: Bus): void {
  const stops = new Map<number, Promise<Stop>>();
  port.on('message', (request: BusRequest) => {
    switch (request.kind) {
      case 'publish':
        for (const [topic, payload, retain] of request.messages) bus.publish(topic, payload, { retain });
        break;
      case 'record': {
        const answer = (error: string | null): void => {
          port.postMessage({ kind: 'recorded', id: request.id, error } satisfies BusAnswer);
        };
        bus.record(request.topic, request.payload).then(
          () => {
            answer(null);
          },
          (error: unknown) => {
            answer(error instanceof Error ? error.message : String(error));
          },
        );
        break;
      }
      case 'subscribe':
        stops.set(
          request.id,
          bus.subscribe(request.filter, (topic, payload) => {
            // A copy: a view would take the whole buffer it lies in along.
            port.postMessage({ kind: 'message', id: request.id, topic, payload: Uint8Array.from(payload) } satisfies BusAnswer);
          }),
        );
        break;
      case 'stop':
        void stops.get(request.id)?.then((stop) => {
          stop();
        });
        stops.delete(request.id);
        break;
    }
  });
}

export function askBus(port: MessagePort): Bus {
  const listeners = new Map<number, BusListener>();
  const records = new Map<number, (error: string | null) => void>();
  let waiting: [string, string | Uint8Array, boolean][] = [];
  let nextId = 0;
  const send = (request: BusRequest): void => {
    port.postMessage(request);
  };
  port.on('message', (answer: BusAnswer) => {
    if (answer.kind === 'message') listeners.get(answer.id)?.(answer.topic, answer.payload);
    else records.get(answer.id)?.(answer.error);
  });
  return {
    publish(topic, payload, { retain }) {
      if (waiting.length === 0) {
        queueMicrotask(() => {
          send({ kind: 'publish', messages: waiting });
          waiting = [];
        });
      }
      waiting.push([topic, payload, retain]);
    },
    record(topic, payload) {
      const id = nextId++;
      send({ kind: 'record', id, topic, payload });
      return new Promise((resolve, reject) => {
        records.set(id, (error) => {
          records.delete(id);
          if (error === null) resolve();
          else reject(new Error(error));
        });
      });
    },
    subscribe(filter, listener) {
      const id = nextId++;
      listeners.set(id, listener);
      send({ kind: 'subscribe', id, filter });
      return Promise.resolve(() => {
        listeners.delete(id);
        send({ kind: 'stop', id });
      });
    },
  };
}
