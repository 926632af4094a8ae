/**
 * One connection, from its being accepted to its end: its gate, who it turned out to be, and what is in flight for it.
 * Comes in: a stream nobody has read from. It knows no rules; those who do read and set its fields.
 */
import type { Duplex } from 'node:stream';
import type { Message, Rights } from './access.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import type { RefusalReason, Refusals } from './refusals.ts';

/** A PINGRESP, whole. */
const pong = Buffer.from([0xd0, 0]);

export class Session {
  readonly stream: Duplex;
  readonly address: string;
  readonly gate: Gate;
  /** What CONNECT said, until it is checked. */
  clientId = '';
  will: Message | null = null;
  /** Null until the name and password have been found right. */
  rights: Rights | null = null;
  isSignedIn = false;
  /** Silence after which the connection is cut, 0: never; and when it was last known to have said something. */
  keepaliveMs = 0;
  heardAt: number;
  /** Taken from it and not yet in the journal. */
  pendingBytes = 0;
  /** True lengths of the too large payloads that have been thinned out and not yet been taken in, oldest first. */
  readonly oversizes: number[] = [];
  readonly #refusals: Refusals;

  constructor(stream: Duplex, address: string, now: number, limits: Limits, refusals: Refusals) {
    this.stream = stream;
    this.address = address;
    this.heardAt = now;
    this.#refusals = refusals;
    this.gate = new Gate(stream, limits, {
      // Answered here and not by Aedes, which reads on only when the packets before are done: while the journal takes
      // nothing, connections stay alive. A peer that does not read its answers is not sent more of them.
      ping: () => {
        if (!stream.writableNeedDrain) stream.write(pong);
      },
      oversize: (payloadBytes) => {
        this.oversizes.push(payloadBytes);
      },
      fault: (fault) => {
        this.cut(fault);
      },
    });
  }

  cut(reason: RefusalReason): void {
    if (this.stream.destroyed) return;
    this.#refusals.note(reason, this.about());
    this.stream.destroy();
  }

  /** For the log: who and from where. What an unknown client calls itself is kept short. */
  about(): Record<string, unknown> {
    return { address: this.address, client: this.rights?.line ?? this.clientId.slice(0, 64) };
  }

  /** Cuts a connection that has been silent for longer than it promised; one that is not being read cannot be heard. */
  sweep(now: number): void {
    if (this.gate.heard || this.gate.isPaused) {
      this.gate.heard = false;
      this.heardAt = now;
    } else if (this.keepaliveMs > 0 && now - this.heardAt > this.keepaliveMs) this.cut('silent');
  }
}
