/**
 * Readings to load a server with: an embroidery line's with six metrics, about 170 bytes each, cheap to make.
 * Comes in: how time goes on. Goes out: payload n of a client, always the same for the same n unless time is the clock's.
 */

/** Time stamps of message n: `from + n * stepMs`, or the clock's, moved on so that no line has one twice. */
export type Timing = 'now' | { readonly from: number; readonly stepMs: number };

/** One in this many readings begins a stop, which lasts for `stopReadings`. */
const stopEvery = 200;
const stopReadings = 12;

export function readingSource(timing: Timing, now: () => number): (client: number, n: number) => string {
  const latest: number[] = [];
  const tsOf = (client: number, n: number): number => {
    if (timing !== 'now') return timing.from + n * timing.stepMs;
    return (latest[client] = Math.max(now(), (latest[client] ?? 0) + 1));
  };
  return (client, n) => {
    const phase = (n + client * 37) % stopEvery;
    const state = phase < stopReadings ? '"stopped","stop":"thread-break"' : '"running"';
    const speed = phase < stopReadings ? 0 : 700 + ((n * 7 + client) % 150);
    const counters = `"stitches":${String(n * 13)},"stitchIndex":${String((n * 13) % 40_000)},"headsActive":15,"needle":${String(1 + (n % 9))},"energy":${String(n / 100)}`;
    return `{"ts":${String(tsOf(client, n))},"seq":${String(n)},"state":${state},"m":{"speed":${String(speed)},${counters}}}`;
  };
}
