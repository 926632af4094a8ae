/**
 * What a device has measured and not yet delivered: oldest first, bounded, handed out a packet at a time.
 * Comes in: readings as JSON. Goes out: packets within the contract's limits; one that is not acknowledged goes back to the
 * front. At its bound the oldest reading makes room and is counted, as in a device whose memory is full.
 */
import { readingLimits } from '../contract/reading.ts';

export class Outbox {
  readonly #bound: number;
  #waiting: string[] = [];
  #inFlight: string[] = [];
  #dropped = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#waiting.length + this.#inFlight.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(reading: string): void {
    this.#waiting.push(reading);
    this.#makeRoom();
  }

  /** The next packet, or null while one is in flight or nothing waits. One reading goes alone, several as an array. */
  take(): { readonly payload: string; readonly readings: number } | null {
    if (this.#inFlight.length > 0 || this.#waiting.length === 0) return null;
    let bytes = 2;
    let count = 0;
    for (const reading of this.#waiting) {
      bytes += Buffer.byteLength(reading) + 1;
      if (count > 0 && (bytes > readingLimits.payloadBytes || count >= readingLimits.readingsPerPacket)) break;
      count += 1;
    }
    this.#inFlight = this.#waiting.splice(0, count);
    const [only] = this.#inFlight;
    return { payload: count === 1 && only !== undefined ? only : `[${this.#inFlight.join(',')}]`, readings: count };
  }

  /** The packet in flight was acknowledged. */
  delivered(): void {
    this.#inFlight = [];
  }

  /** The packet in flight may be lost: its readings are sent again before all others. */
  returned(): void {
    if (this.#inFlight.length === 0) return;
    this.#waiting = [...this.#inFlight, ...this.#waiting];
    this.#inFlight = [];
    this.#makeRoom();
  }

  #makeRoom(): void {
    const over = Math.min(this.#waiting.length, this.size - this.#bound);
    if (over <= 0) return;
    this.#waiting.splice(0, over);
    this.#dropped += over;
  }
}
