/**
 * The gate between a connection and Aedes: every chunk passes through Frames before the connection's stream buffers it.
 * Comes in: a socket or WebSocket stream, before anything has been read from it. Goes out: the same stream, watched.
 * While it is held, nothing is read from the peer: at most one chunk waits here and TCP pushes back.
 */
import type { Duplex } from 'node:stream';
import { Frames, type FrameFault, type FrameLimits } from './frames.ts';

export interface GateEvents {
  ping(): void;
  oversize(payloadBytes: number): void;
  fault(fault: FrameFault): void;
}

const nothing = Buffer.alloc(0);

/**
 * It takes the place of the stream's own `push`, where its source hands each chunk over. A Transform in between would do
 * the same for about 2 µs a chunk and again for every acknowledgement written; this costs neither.
 */
export class Gate {
  /** Set by every chunk that comes in; whoever watches for silence clears it. */
  heard = true;
  readonly #frames: Frames;
  readonly #push: (chunk: Buffer | null) => boolean;
  readonly #held: (Buffer | null)[] = [];
  #isGreeted = false;
  #isPaused = false;
  #pushes = 0;
  #wantsMore = true;

  constructor(stream: Duplex, limits: FrameLimits, events: GateEvents) {
    this.#push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null) => this.#take(chunk);
    const pass = (bytes: Buffer): void => {
      this.#pushes += 1;
      this.#wantsMore = this.#push(bytes);
    };
    this.#frames = new Frames(
      {
        pass,
        ping: events.ping.bind(events),
        oversize: events.oversize.bind(events),
        cut: events.fault.bind(events),
      },
      limits,
    );
  }

  get isPaused(): boolean {
    return this.#isPaused;
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
    this.heard = true;
    if (this.#isGreeted || this.#isPaused) {
      this.#held.push(chunk);
      return false;
    }
    if (chunk === null) return this.#push(null);
    this.#pushes = 0;
    const before = this.#pushes;
    const rest = this.#frames.accept(chunk);
    if (rest !== null) {
      this.#isGreeted = true;
      this.#held.push(rest);
    }
    // Without a push after each chunk the stream would believe that one is still to come, and never ask for more.
    if (this.#pushes === before) this.#wantsMore = this.#push(nothing);
    return this.#wantsMore && rest === null;
  }

  #release(): void {
    for (const chunk of this.#held.splice(0)) this.#take(chunk);
  }
}
