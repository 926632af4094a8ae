/**
 * The gate between a connection and Aedes: every chunk passes through Frames before the connection's stream buffers it.
 * Comes in: a socket or WebSocket stream, before anything has been read from it. Goes out: the same stream, watched.
 * While it is closed, nothing is read from the peer: a chunk or two wait here and TCP pushes back.
 */
import type { Duplex } from 'node:stream';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Frames, type FrameFault, type FrameLimits } from './frames.ts';

export interface GateEvents {
  oversize(payloadBytes: number): void;
  fault(fault: FrameFault): void;
}

const nothing = Buffer.alloc(0);
/** More packets of one connection cannot be waiting for their acknowledgement: their ids have 16 bits. */
const mostInFlight = 65_536;

/**
 * It takes the place of the stream's own `push`, by which its source hands each chunk over. A Transform in between would
 * see the same, at the price of one more stream for every chunk and for every acknowledgement written.
 */
export class Gate {
  readonly #stream: Duplex;
  readonly #frames: Frames;
  readonly #push: (chunk: Buffer | null) => boolean;
  readonly #held: (Buffer | null)[] = [];
  #isGreeted = false;
  #isPaused = false;
  #pushes = 0;
  #wantsMore = true;

  constructor(stream: Duplex, limits: FrameLimits, events: GateEvents) {
    this.#stream = stream;
    this.#push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null) => this.#take(chunk);
    const pass = (bytes: Buffer): void => {
      this.#pushes += 1;
      this.#wantsMore = this.#push(bytes);
    };
    const oversize = events.oversize.bind(events);
    this.#frames = new Frames({ pass, oversize, dropped: free, cut: events.fault.bind(events) }, limits);
  }

  /** Lets through what follows CONNECT. */
  open(): void {
    this.#frames.open();
    this.#isGreeted = false;
    this.#release();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#release();
  }

  #take(chunk: Buffer | null): boolean {
    if (this.#isGreeted || this.#isPaused) {
      this.#held.push(chunk);
      return false;
    }
    if (chunk === null) return this.#push(null);
    const before = this.#pushes;
    const rest = this.#frames.accept(chunk);
    if (rest !== null) {
      this.#isGreeted = true;
      this.#held.push(rest);
    }
    // Without a push after each chunk the stream would believe that one is still to come, and never ask for more.
    if (this.#pushes === before) this.#wantsMore = this.#push(nothing);
    else process.nextTick(urge, this.#stream);
    return this.#wantsMore && rest === null;
  }

  #release(): void {
    for (const chunk of this.#held.splice(0)) this.#take(chunk);
  }
}

/** A port with nobody at the other end: what is transferred to it is gone at once. */
const nowhere = closedPort();

function closedPort(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}

/**
 * Gives a chunk's memory back without waiting for the garbage collector, which lets some 60 MB of chunks pile up first:
 * a few connections that send rubbish should not be seen in the process's size. Only where the chunk is all of its buffer.
 */
function free(chunk: Buffer): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength) nowhere.postMessage(null, [buffer]);
}

/**
 * Aedes counts down the packets it is busy with, and each `readable` as one of them, and reads on at zero. Packets whose
 * acknowledgement waits for the journal would thus keep later ones, and pings, from being read; so it is told again until
 * it reads. Where the peer does not read its acknowledgements, it is left alone: then waiting is right.
 */
function urge(stream: Duplex): void {
  for (let times = 0; times < mostInFlight && stream.readableLength > 0 && !stream.writableNeedDrain; times += 1) stream.emit('readable');
}
