/**
 * What makes a password too weak for its length to help: it is common, it repeats itself, or it is the user's name.
 * Comes in: a password that has the right length, and whose it is to be. Goes out: the weakness, or null. The list beside this file is
 * read once; nothing is looked up anywhere else.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Weakness = 'common' | 'repetitive' | 'name';

/** Fewer different characters than this are a pattern, however long it is. */
const fewestCharacters = 4;

const common: ReadonlySet<string> = new Set(
  readFileSync(join(import.meta.dirname, 'known-passwords.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

export function weaknessOf(password: string, username: string): Weakness | null {
  // Full-width letters, and blanks around it, make nothing harder to guess.
  const lower = password.normalize('NFKC').trim().toLowerCase();
  if (common.has(lower)) return 'common';
  // A name with a year or an exclamation mark behind it is still the name, and so is a name twice.
  const [word, name] = [lower, username].map((text) => text.replace(/[\d\W_]+$/u, ''));
  if (word && name && word.replaceAll(name, '') === '') return 'name';
  return new Set(lower).size < fewestCharacters || isRow(lower) ? 'repetitive' : null;
}

/** "abcdefgh", "98765432": each character is one further than the last, or one back. */
function isRow(text: string): boolean {
  const steps = Array.from(text.slice(1), (character, index) => character.charCodeAt(0) - text.charCodeAt(index));
  return Math.abs(steps[0] ?? 0) === 1 && steps.every((step) => step === steps[0]);
}
