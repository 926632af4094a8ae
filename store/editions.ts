/**
 * Editions of each line's derived rows: a number that changes whenever some of them were replaced. Comes in: patches that
 * are written. Goes out: the line's edition. What was worked out from one edition must not be saved beside another.
 */
import { randomInt } from 'node:crypto';

export class Editions {
  /** Nobody who asked before the store was opened again takes this one for the same. */
  readonly #first = randomInt(2 ** 47);
  readonly #replaced = new Map<string, number>();

  of(line: string): number {
    return this.#first + (this.#replaced.get(line) ?? 0);
  }

  /** To be called when the patches can be read by everybody, and before anything else is written. */
  replace(patches: readonly { readonly line: string }[]): void {
    for (const { line } of patches) this.#replaced.set(line, (this.#replaced.get(line) ?? 0) + 1);
  }
}
