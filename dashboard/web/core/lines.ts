/**
 * The live records of the lines now watched, brought up to date by snapshots and deltas.
 * A changed line is a new object, an unchanged one stays the same object, so a screen can tell by identity.
 */
import type { LineDelta, LiveRecord } from '../../../contract/live.ts';

export class Lines {
  #records = new Map<string, LiveRecord>();

  get size(): number {
    return this.#records.size;
  }

  get(id: string): LiveRecord | undefined {
    return this.#records.get(id);
  }

  values(): IterableIterator<LiveRecord> {
    return this.#records.values();
  }

  replace(records: readonly LiveRecord[]): void {
    this.#records = new Map(records.map((record) => [record.id, record]));
  }

  /** True where a line changed its state or the reason for it. Lines that are not watched are left alone. */
  apply(deltas: readonly LineDelta[]): boolean {
    let turned = false;
    for (const delta of deltas) {
      const before = this.#records.get(delta.id);
      if (!before) continue;
      const after = { ...before, ...delta };
      turned ||= after.state !== before.state || after.stop !== before.stop;
      this.#records.set(delta.id, after);
    }
    return turned;
  }

  clear(): void {
    this.#records = new Map();
  }
}
