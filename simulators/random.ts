/**
 * Chance that can be repeated: a seeded source of random numbers, and smooth noise as a function of time.
 * Comes in: a seed. Goes out: the same numbers for the same seed, on every machine. It never reads a clock or Math.random.
 */

/** A well-mixed 32-bit number out of a text (FNV-1a, then the finaliser of MurmurHash3). */
export function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  return finish(mixed);
}

/** A number in [0, 1) that belongs to a seed and a whole number, such as an instant. */
export function chanceAt(seed: number, at: number): number {
  const low = at >>> 0;
  const high = Math.floor(at / 0x1_0000_0000) >>> 0;
  return finish(Math.imul(low ^ seed, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca6b)) / 0x1_0000_0000;
}

/**
 * Smooth noise in [-1, 1] at an instant: random values every `periodMs`, eased from one to the next.
 * Being a function of time alone, it does not depend on how often anybody looks.
 */
export function noise(seed: number, at: number, periodMs: number): number {
  const place = at / periodMs;
  const left = Math.floor(place);
  const share = place - left;
  const eased = share * share * (3 - 2 * share);
  return 2 * (chanceAt(seed, left) * (1 - eased) + chanceAt(seed, left + 1) * eased) - 1;
}

export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = hash(seed);
  }

  /** Uniform in [0, 1); mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Half of the values are below `median`; `spread` is the deviation of the logarithm. */
  lognormal(median: number, spread: number): number {
    return median * Math.exp(this.normal(0, spread));
  }
}

function finish(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
