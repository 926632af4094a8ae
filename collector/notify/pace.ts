/**
 * The pace of a channel: how many messages may still go out, so that a vendor never has a reason to close the door. Comes in: when messages were sent. Goes
 * out: how many may go one by one, and when the next one may. Half of what is allowed goes as it comes and the rest evenly spread, so that in a flood
 * nothing waits for a vendor's whole minute. Pure but for what it remembers.
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

  /** How many messages may go one by one, with none of them waiting; at least one. */
  alone(now: number): number {
    const { perMinute, perSecond } = this.#allowance;
    const atOnce = (most: number, windowMs: number): number => halfOf(most) - this.#sent.filter((time) => time > now - windowMs).length;
    return Math.max(1, Math.min(atOnce(perMinute, minuteMs), atOnce(perSecond, secondMs)));
  }

  /** When the next message may be sent: now, or later. */
  freeAt(now: number): number {
    const { perMinute, perSecond } = this.#allowance;
    return Math.max(now, this.#freeIn(perMinute, minuteMs), this.#freeIn(perSecond, secondMs));
  }

  /** Never more than `most` within the window; from half of them on, one at a time. */
  #freeIn(most: number, windowMs: number): number {
    const after = (count: number, ms: number): number => (this.#sent.at(-count) ?? Number.NEGATIVE_INFINITY) + ms;
    const spread = Math.min(after(1, Math.ceil((2 * windowMs) / most)), after(halfOf(most), windowMs));
    return Math.max(after(most, windowMs), spread);
  }
}

/** So many go as they come; of one or two that is all. */
function halfOf(most: number): number {
  return Math.floor(most / 2) + 1;
}
