/**
 * Paces: whether a line has fallen silent, judged by its own habit. Comes in: lines and when their packets came, by the broker's clock. Goes out: yes or
 * no. A line is silent after twice the pause between its last two packets, so that a device that gathers readings for half a minute is not taken for
 * silent before each of its packets. It has no clock.
 */
import { elapsedMs } from './elapsed.ts';

const shortestSilenceMs = 1_000;
const longestSilenceMs = 60_000;

interface Pace {
  heardAt: number;
  pauseMs: number;
}

export class Paces {
  readonly #paces = new Map<string, Pace>();

  hear(line: string, at: number): void {
    const pace = this.#paces.get(line);
    if (!pace) this.#paces.set(line, { heardAt: at, pauseMs: 0 });
    else if (at > pace.heardAt) Object.assign(pace, { heardAt: at, pauseMs: at - pace.heardAt });
  }

  /** One that was never heard is. */
  isSilent(line: string, now: number): boolean {
    const pace = this.#paces.get(line);
    if (!pace) return true;
    return elapsedMs(pace.heardAt, now) > Math.min(Math.max(2 * pace.pauseMs, shortestSilenceMs), longestSilenceMs);
  }
}
