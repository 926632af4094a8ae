/**
 * Answers that stay true for a while: worked out once for all who ask meanwhile. While the next one is being worked out, the one
 * before it is still given, for a few minutes; what failed is forgotten. Comes in: a key, until when the answer is true, and how to work
 * it out. Goes out: the answer. Bounded: the oldest go first.
 */
import type { Clock } from '../../../contract/clock.ts';

/** A few scopes, each with a few questions; more are worked out anew. */
const entriesLimit = 48;
/** For so long after its time an answer is better than none; it says itself up to when it is true. */
const graceMs = 5 * 60_000;

export interface Memory {
  recall<T>(key: string, until: number, work: () => Promise<T>): Promise<T>;
}

interface Entry {
  readonly until: number;
  readonly answer: Promise<unknown>;
  /** What is given until the answer is there. */
  readonly before: Entry | null;
  isThere: boolean;
}

export function createMemory(clock: Clock): Memory {
  const entries = new Map<string, Entry>();

  const begin = (key: string, entry: Entry): void => {
    entries.delete(key);
    for (const old of entries.keys()) {
      if (entries.size < entriesLimit) break;
      entries.delete(old);
    }
    entries.set(key, entry);
    entry.answer.then(
      () => {
        entry.isThere = true;
      },
      () => {
        if (entries.get(key) !== entry) return;
        if (entry.before) entries.set(key, entry.before);
        else entries.delete(key);
      },
    );
  };

  return {
    recall<T>(key: string, until: number, work: () => Promise<T>): Promise<T> {
      const now = clock.now();
      let entry = entries.get(key);
      if (!entry || now >= entry.until) {
        const before = entry?.isThere === true && now < entry.until + graceMs ? { ...entry, before: null } : null;
        entry = { until, answer: work(), before, isThere: false };
        begin(key, entry);
      }
      const { answer } = entry.isThere ? entry : (entry.before ?? entry);
      // One key always stands for one kind of answer.
      return answer as Promise<T>;
    },
  };
}
