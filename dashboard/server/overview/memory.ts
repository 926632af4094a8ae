/**
 * Answers that stay true for a while: worked out once for all who ask meanwhile, also while it is still being worked out; what failed is
 * forgotten. Comes in: a key, until when it is true, and how to work it out. Goes out: the answer. Bounded: the oldest go first.
 */
import type { Clock } from '../../../contract/clock.ts';

/** A few scopes, each with a few questions; more are worked out anew. */
const entriesLimit = 48;

export interface Memory {
  recall<T>(key: string, until: number, work: () => Promise<T>): Promise<T>;
}

interface Entry {
  readonly until: number;
  readonly answer: Promise<unknown>;
}

export function createMemory(clock: Clock): Memory {
  const entries = new Map<string, Entry>();
  return {
    recall<T>(key: string, until: number, work: () => Promise<T>): Promise<T> {
      const now = clock.now();
      const known = entries.get(key);
      // One key always stands for one kind of answer.
      if (known && now < known.until) return known.answer as Promise<T>;
      entries.delete(key);
      for (const [old, { until: end }] of entries) if (now >= end || entries.size >= entriesLimit) entries.delete(old);
      const answer = work();
      const entry = { until, answer };
      entries.set(key, entry);
      answer.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return answer;
    },
  };
}
