/**
 * Turnstiles: how many of one kind are inside at once, so that nobody can take the room of all. Comes in: who wants to enter. Goes out: how to
 * leave again, or that there is no room. Also what counts as one peer on the network. Nothing here knows what is beyond the turnstile.
 */
import type { Stop } from './clock.ts';

export interface Turnstile {
  /** Null where as many of that key are inside already. */
  enter(key: string): Stop | null;
}

/** @param limit of one key. */
export function createTurnstile(limit: number): Turnstile {
  const inside = new Map<string, number>();
  return {
    enter(key) {
      const count = inside.get(key) ?? 0;
      if (count >= limit) return null;
      inside.set(key, count + 1);
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        const left = (inside.get(key) ?? 1) - 1;
        if (left > 0) inside.set(key, left);
        else inside.delete(key);
      };
    },
  };
}

/**
 * What of an address counts as one peer: an IPv4 address, in whichever way it is written; of an IPv6 address the first 64 bits, for whoever has
 * one has all the others that begin like it (RFC 6177).
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  const mapped = /^::ffff:([\d.]+)$/i.exec(bare)?.[1];
  if (mapped !== undefined || !bare.includes(':')) return mapped ?? bare;
  const [before = [], after = []] = bare.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
