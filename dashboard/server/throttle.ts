/**
 * Throttling of sign-ins, by network and user name together and by network alone: whoever has one IPv6 address has a whole network of them.
 * Comes in: an attempt, before its password is looked at. Goes out: go on, or how long to wait. Somebody who guesses from
 * elsewhere never locks the owner out; whoever mistypes five times waits a minute. Counts live in memory, one set a process.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from '../../contract/turnstile.ts';

export interface Throttle {
  /** Counts an attempt; null to go on, otherwise the seconds to wait. */
  attempt(address: string, username: string): Promise<number | null>;
  /** A right password takes back what its attempts counted. */
  succeeded(address: string, username: string): Promise<void>;
}

/** Attempts allowed within the window; the address's share leaves room for a workshop behind one router. */
const perUser = { points: 5, duration: 60 };
const perAddress = { points: 60, duration: 60 };

export function createThrottle(): Throttle {
  const users = new RateLimiterMemory({ keyPrefix: 'user', ...perUser });
  const addresses = new RateLimiterMemory({ keyPrefix: 'address', ...perAddress });
  const keyOf = (address: string, username: string): string => `${networkOf(address)} ${username}`;
  return {
    async attempt(address, username) {
      // The address comes first, so that made-up names cannot fill the memory.
      return (await waitFor(addresses, networkOf(address))) ?? (await waitFor(users, keyOf(address, username)));
    },
    async succeeded(address, username) {
      await users.delete(keyOf(address, username));
      await addresses.reward(networkOf(address));
    },
  };
}

async function waitFor(limiter: RateLimiterMemory, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (over) {
    if (over instanceof RateLimiterRes) return Math.max(1, Math.ceil(over.msBeforeNext / 1000));
    throw over;
  }
}
