/**
 * The pace of a channel: how many messages may still go out, so that a vendor never has a reason to close the door. Comes in: when messages were sent. Goes
 * out: the room that is left, and when there will be some. Pure but for what it remembers.
 */

export interface Allowance {
  readonly perMinute: number;
  readonly perSecond: number;
}

/** Vendors count by their own clock, after the message has travelled: their minute is taken a little longer. */
const minuteMs = 61_000;
const secondMs = 1_100;

export class Pace {
  readonly #allowance: Allowance;
  #sent: number[] = [];

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  count(at: number): void {
    this.#sent = [...this.#sent.filter((time) => time > at - minuteMs), at];
  }

  /** Messages that may be sent within this minute. */
  room(now: number): number {
    return this.#allowance.perMinute - this.#sent.filter((time) => time > now - minuteMs).length;
  }

  /** When the next message may be sent: now, or later. */
  freeAt(now: number): number {
    const { perMinute, perSecond } = this.#allowance;
    const minute = this.#sent.at(-perMinute);
    const second = this.#sent.at(-perSecond);
    return Math.max(now, minute === undefined ? now : minute + minuteMs, second === undefined ? now : second + secondMs);
  }
}
