/**
 * Passwords: argon2id hashes, made and checked one at a time.
 * Comes in: plain passwords. Goes out: hashes, yes or no, new passwords. Nothing is kept or logged. One at a time, because
 * hashing runs in Node's small thread pool, where the journal's fsync must never have to queue behind it.
 */
import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** What one hash costs; memory in KiB. */
export interface HashCost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** OWASP's first choice for argon2id; about 80 ms here, so some 12 sign-ins a second. */
export const hashCost: HashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many may wait for their turn: more would wait longer than anyone does. */
const waitingLimit = 50;

export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash; a null hash (unknown user) takes equally long and is never right.
   * Null where too many are waiting already.
   */
  verify(hashed: string | null, password: string): Promise<boolean | null>;
}

export async function createPasswords(cost: HashCost): Promise<Passwords> {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    waiting += 1;
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  };
  const nobody = await hash(newPassword(), cost);
  return {
    hash: (password) => inTurn(() => hash(password, cost)),
    async verify(hashed, password) {
      if (waiting >= waitingLimit) return null;
      const right = await inTurn(() => verify(hashed ?? nobody, password));
      return right && hashed !== null;
    },
  };
}

/** Letters and digits that are not taken for one another; 16 of them hold 93 bits. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

export function newPassword(): string {
  return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
