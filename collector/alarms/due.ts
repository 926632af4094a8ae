/**
 * What is due next: keys in order of time, those of one instant in order of key. Comes in: a key and when to look at it. Goes out:
 * keys whose time has come, one at a time. It is an index over the engine's state, made anew from it at a start, and never
 * forgets a key early: who is handed one too early asks again with the right time.
 */
interface Item {
  readonly at: number;
  readonly key: string;
}

/** A binary heap, and for each key the earliest time it stands in it with. */
export class DueList {
  readonly #heap: Item[] = [];
  readonly #queued = new Map<string, number>();

  /** Looks at `key` at that time, or earlier if it is queued earlier. */
  add(key: string, at: number): void {
    const queued = this.#queued.get(key);
    if (queued !== undefined && queued <= at) return;
    this.#queued.set(key, at);
    this.#heap.push({ at, key });
    this.#rise(this.#heap.length - 1);
  }

  /** The next key due at or before `to`; null where there is none. */
  take(to: number): Item | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > to) return null;
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (this.#queued.get(first.key) !== first.at) continue;
      this.#queued.delete(first.key);
      return first;
    }
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swap(parent, at)) return;
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#before(right, left) ? right : left;
      if (!this.#swap(at, child)) return;
      at = child;
    }
  }

  /** Puts the two in order; whether they were not. */
  #swap(upper: number, lower: number): boolean {
    const one = this.#heap[upper];
    const other = this.#heap[lower];
    if (!one || !other || !this.#before(lower, upper)) return false;
    this.#heap[upper] = other;
    this.#heap[lower] = one;
    return true;
  }

  #before(index: number, than: number): boolean {
    const one = this.#heap[index];
    const other = this.#heap[than];
    if (!one || !other) return false;
    return one.at === other.at ? one.key < other.key : one.at < other.at;
  }
}
