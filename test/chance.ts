/** Chance that can be had again. Comes in: a seed. Goes out: numbers, the same ones each time, so that a failure can be looked at twice. */

/** A number from 0 to 1, exclusive. */
export type Chance = () => number;

/** mulberry32, public domain. */
export function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
