/**
 * A machine with a loose contact: while it is at work, its control reports a fault and takes it back, over and over.
 * Comes in: a Machine and a window of time. Goes out: a Machine that differs from it in that window alone.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { State } from '../contract/reading.ts';
import type { Machine } from './machine.ts';

const beatMs = 4000;

/** A machine that is switched off or has nothing to do reports no fault. */
const awake: ReadonlySet<State | undefined> = new Set<State>(['running', 'setup', 'stopped']);

export function chattering(machine: Machine, type: EquipmentType, from: number, until: number): Machine {
  const stop = Object.hasOwn(type.stops, 'machine-error')
    ? 'machine-error'
    : Object.keys(type.stops).find((code) => type.stops[code]?.state === 'fault');
  let last = from;
  return {
    next(now) {
      last = now;
      const reading = machine.next(now);
      if (now < from || now >= until || Math.floor(now / beatMs) % 2 === 0 || !awake.has(reading.state)) return reading;
      return { ...reading, state: 'fault', ...(stop === undefined ? {} : { stop }) };
    },
    changesAt: () => (last < until ? Math.min(machine.changesAt(), (Math.floor(last / beatMs) + 1) * beatMs) : machine.changesAt()),
    halt(haltFrom, haltUntil, reason) {
      machine.halt(haltFrom, haltUntil, reason);
    },
  };
}
