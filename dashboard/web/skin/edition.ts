/**
 * Which edition of the web app is served: by the mark of its first page, which changes with anything in it. Comes in: fetch, a clock.
 * Goes out: one call once another edition is served than at the start; a server that is away is asked again later.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';

const everyMs = 30_000;

export function watchEdition(fetcher: typeof fetch, clock: Clock, changed: () => void): Stop {
  let first: string | null = null;
  const ask = async (): Promise<void> => {
    try {
      const { ok, headers } = await fetcher('/', { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(everyMs / 2) });
      const mark = headers.get('etag');
      if (!ok || mark === null) return;
      first ??= mark;
      if (mark !== first) changed();
    } catch {
      // Away for the moment: the live connection says so.
    }
  };
  void ask();
  return clock.every(everyMs, () => void ask());
}
