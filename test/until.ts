/**
 * Waiting for something outside, of which no event tells: looked at again and again. Comes in: a look that gives null, or throws, while it is not
 * there. Goes out: what it gave; after so long, an error that says what was waited for.
 */
import { setTimeout as pause } from 'node:timers/promises';
const usualMs = 60_000;
const everyMs = 50;

export async function until<T>(what: string, look: () => Promise<T | null>, withinMs = usualMs): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    let reason = '';
    try {
      const found = await look();
      if (found !== null) return found;
    } catch (error) {
      reason = `: ${String(error)}`;
    }
    if (performance.now() > end) throw new Error(`waited ${String(withinMs)} ms in vain for ${what}${reason}`);
    await pause(everyMs);
  }
}
