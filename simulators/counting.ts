/**
 * Counters as a controller has them that was just switched on: they begin at nought.
 * Comes in: a Machine that is in the middle of its story. Goes out: the same Machine with its counters less what they stood
 * at when it was first asked. What it did before nobody has seen, so nobody may count it.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import { rounded, type Machine } from './machine.ts';

export function countingFromNought(machine: Machine, type: EquipmentType): Machine {
  const counters = Object.keys(type.metrics).filter((name) => type.metrics[name]?.kind === 'counter');
  const bases = new Map<string, number>();
  const latest = new Map<string, number>();
  return {
    next(now) {
      const reading = machine.next(now);
      const m = { ...reading.m };
      for (const name of counters) {
        const value = m[name];
        if (typeof value !== 'number') continue;
        // A counter that the machine itself sets back counts from there.
        if (value < (latest.get(name) ?? 0)) bases.set(name, 0);
        else if (!bases.has(name)) bases.set(name, value);
        latest.set(name, value);
        m[name] = rounded(value - (bases.get(name) ?? 0), 3);
      }
      return { ...reading, m };
    },
    changesAt: () => machine.changesAt(),
    halt(from, until, stop) {
      machine.halt(from, until, stop);
    },
  };
}
