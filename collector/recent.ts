/**
 * Recent times: the newest stored time stamps of each line, kept to tell a new reading from a repeated one without
 * asking the store. Comes in: a reading's key. Goes out: new, known, or "ask the store". Holds at most 64 numbers a line.
 */

export type Verdict = 'new' | 'known' | 'ask';

export interface RecentTimes {
  verdict(line: string, ts: number): Verdict;
  /** The reading has been accepted. */
  add(line: string, ts: number): void;
  /** The reading has not been stored after all: the next one of that time is new. */
  forget(line: string, ts: number): void;
}

const keptPerLine = 64;

/** `heads` are the newest stored times by line; what lies before a head is not known here until it is added. */
export function createRecentTimes(heads: ReadonlyMap<string, number>): RecentTimes {
  // Each list is sorted and holds *all* stored times of its line from its first entry on; that is what makes "not in it" mean "new".
  const times = new Map<string, number[]>([...heads].map(([line, ts]) => [line, [ts]]));
  return {
    verdict(line, ts) {
      const known = times.get(line);
      const newest = known?.at(-1);
      const oldest = known?.[0];
      if (known === undefined || newest === undefined || oldest === undefined || ts > newest) return 'new';
      if (ts < oldest) return 'ask';
      return known.includes(ts) ? 'known' : 'new';
    },
    add(line, ts) {
      const known = times.get(line);
      if (!known) {
        times.set(line, [ts]);
        return;
      }
      const oldest = known[0];
      if (oldest !== undefined && ts < oldest) return;
      let at = known.length;
      while (at > 0 && (known[at - 1] ?? ts) > ts) at -= 1;
      known.splice(at, 0, ts);
      if (known.length > keptPerLine) known.shift();
    },
    forget(line, ts) {
      const left = times.get(line)?.filter((time) => time !== ts) ?? [];
      // A line of which nothing else is known has nothing stored.
      if (left.length > 0) times.set(line, left);
      else times.delete(line);
    },
  };
}
