/**
 * What the devices of the trial measure, and the disorder in which it arrives. Comes in: a line's number and type, how many readings.
 * Goes out: packets in order of arrival, always the same for the same line: neighbours swapped, one reading in ten minutes to
 * hours after newer ones, one in twenty said twice, some of them with other words the second time.
 */
import type { EquipmentType } from '../../contract/equipment.ts';
import { states, type Reading, type State } from '../../contract/reading.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export interface Course {
  readonly line: string;
  readonly type: EquipmentType;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Payloads as they are sent, one packet each. */
export type Packets = readonly (readonly Sent[])[];

/** A reading in the words of the wire. */
export interface Sent {
  ts: number;
  state?: State;
  stop?: string;
  hold?: number;
  batch?: string | null;
  product?: string | null;
  m: Record<string, number>;
}

/** Random numbers from a seed (mulberry32, public domain). */
export function chanceOf(seed: number): { below: (bound: number) => number; is: (likelihood: number) => boolean } {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { below: (bound) => Math.floor(next() * bound), is: (likelihood) => next() < likelihood };
}

/** The packets of one line in order of arrival. The last one is of today: the line is alive, and its past is over. */
export function packetsOf(course: Course, now: number): Packets {
  const chance = chanceOf(course.seed);
  const arrivals = measured(course).flatMap((reading) => {
    const delay = chance.is(0.1) ? 5 * minuteMs + chance.below(8 * hourMs) : chance.below(2 * minuteMs);
    const first = { reading, at: reading.ts + delay };
    if (!chance.is(0.05)) return [first];
    const again = chance.is(0.5) ? reading : { ...reading, state: 'fault' as const, hold: 7, m: {} };
    return [first, { reading: again, at: first.at + 1 + chance.below(6 * hourMs) }];
  });
  arrivals.sort((a, b) => a.at - b.at);
  const packets: Sent[][] = [];
  for (let start = 0; start < arrivals.length;) {
    const size = chance.is(0.3) ? 1 : 1 + chance.below(12);
    packets.push(arrivals.slice(start, start + size).map(({ reading }) => reading));
    start += size;
  }
  packets.push([{ ts: now, state: 'idle', hold: 1, m: {} }]);
  return packets;
}

/** The same in order of arrival as the definitions see them. */
export function arrivedOf(line: string, packets: Packets): Reading[] {
  return packets.flat().map(({ m, ...reading }) => ({ line, receivedAt: 0, ...reading, metrics: m }));
}

/** `count` readings at instants of their own, by time: every way to say a state, gaps, resets, batches. */
function measured({ type, seed, from, to, count }: Course): Sent[] {
  const chance = chanceOf(seed ^ 0x5bd1_e995);
  const usualMs = (to - from) / count;
  const instants = new Set<number>();
  while (instants.size < count) {
    const ts = from + chance.below(to - from);
    // Some quiet hours, so that gaps are longer than any hold.
    if (Math.floor(ts / hourMs + seed) % 13 !== 0) instants.add(ts);
  }
  const stops = Object.keys(type.stops);
  const counters = Object.keys(type.metrics).filter((name) => type.metrics[name]?.kind === 'counter');
  const values = new Map(counters.map((name) => [name, 0]));
  return [...instants]
    .sort((a, b) => a - b)
    .map((ts) => {
      const reading: Sent = { ts, m: {} };
      const way = chance.below(10);
      if (way < 3) reading.state = states[chance.below(states.length)] ?? 'idle';
      if (way === 0 || way === 3 || way === 4) reading.stop = stops[chance.below(stops.length)] ?? '';
      if (way >= 5 && way < 7) reading.state = 'running';
      if (type.state && chance.is(0.7)) reading.m[type.state.metric] = chance.below(3);
      if (chance.is(0.9)) reading.hold = Math.round(usualMs * chance.below(40)) / 10_000;
      if (chance.is(10 / count)) Object.assign(reading, { batch: chance.is(0.2) ? null : String(chance.below(4)), product: 'p' });
      for (const name of counters) {
        const reset = chance.is(0.002);
        values.set(name, reset ? chance.below(3) : (values.get(name) ?? 0) + chance.below(4));
        if (chance.is(0.8)) reading.m[name] = values.get(name) ?? 0;
      }
      return reading;
    });
}
