/**
 * One connection, from its being accepted to its end: its gate, who it turned out to be, and what is in flight for it.
 * Comes in: a stream nobody has read from. It knows no rules; those who do read and set its fields.
 */
import type { Duplex } from 'node:stream';
import type { Message, Rights } from './access.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import type { RefusalReason, Refusals } from './refusals.ts';

export class Session {
  readonly stream: Duplex;
  readonly address: string;
  readonly gate: Gate;
  /** What CONNECT said, until it is checked. */
  clientId = '';
  wantsClean = true;
  will: Message | null = null;
  /** Null until the name and password have been found right. */
  rights: Rights | null = null;
  isSignedIn = false;
  /** True once it has been cut from this side, and why has been noted. */
  isCut = false;
  /** Taken from it and not yet in the journal. */
  pendingBytes = 0;
  /** True lengths of the too large payloads that have been thinned out and not yet been taken in, oldest first. */
  readonly oversizes: number[] = [];
  readonly #refusals: Refusals;

  constructor(stream: Duplex, address: string, limits: Limits, refusals: Refusals) {
    this.stream = stream;
    this.address = address;
    this.#refusals = refusals;
    this.gate = new Gate(stream, limits, {
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
    this.isCut = true;
    this.#refusals.note(reason, this.about());
    this.stream.destroy();
  }

  /** For the log: who and from where. What an unknown client calls itself is kept short. */
  about(): Record<string, unknown> {
    return { address: this.address, client: this.rights?.name ?? this.clientId.slice(0, 64) };
  }
}
