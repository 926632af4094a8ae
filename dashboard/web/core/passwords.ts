/**
 * Passwords to be used once, made for somebody else. Comes in: a source of random bytes. Goes out: a text that can be read out and typed, of
 * 20 characters in groups of five, some 114 bits. Nothing is kept.
 */

/** Letters and digits that are not taken for one another; 56 of them, so bytes beyond four times that are passed over. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const groups = 4;
const groupLength = 5;

export function oneTimePassword(fill: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const letters: string[] = [];
  const bytes = new Uint8Array(64);
  const fair = 256 - (256 % alphabet.length);
  while (letters.length < groups * groupLength) {
    fill(bytes);
    for (const byte of bytes) if (byte < fair) letters.push(alphabet.charAt(byte % alphabet.length));
  }
  return Array.from({ length: groups }, (_, group) => letters.slice(group * groupLength, (group + 1) * groupLength).join('')).join('-');
}
