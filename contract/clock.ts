/**
 * Time as an interface: the only thing in the product that reads the time or sets timers.
 * Everything else is handed a Clock, so tests drive time instead of waiting for it.
 */

/** Ends a timer or a subscription; calling it twice is harmless. */
export type Stop = () => void;

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Calls back once, after at least that many milliseconds. */
  after(milliseconds: number, callback: () => void): Stop;
  /** Calls back again and again; a slow callback is never run twice at once. */
  every(milliseconds: number, callback: () => void): Stop;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
  every(milliseconds, callback) {
    const timer = setInterval(callback, milliseconds);
    return () => {
      clearInterval(timer);
    };
  },
};
