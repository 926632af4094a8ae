/** A line's past as it is told, and counters that begin at nought. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlant } from '../plants/loader.ts';
import { countingFromNought } from './counting.ts';
import type { Machine } from './machine.ts';
import { pastOf, type PastReading } from './past.ts';
import { Schedule } from './schedule.ts';

const root = join(import.meta.dirname, '..');
const plant = loadPlant({ plantFile: join(root, 'plants', 'ruzhou.yaml'), equipmentFolder: join(root, 'equipment') });
const dayMs = 86_400_000;
const to = Date.UTC(2026, 10, 23, 2, 3, 4, 567);
const from = to - 30 * dayMs;
/** One line of every type. */
const lines = [...new Map([...plant.lines.values()].map((line) => [line.type.id, line])).values()];

function told(id: string, seed = 'past'): PastReading[] {
  const line = plant.lines.get(id);
  const calendar = plant.calendars.get(line?.calendar ?? '');
  if (!line || !calendar) throw new Error(`no such line: ${id}`);
  return [...pastOf({ line, seed, schedule: new Schedule(calendar, plant.timezone), from, to })];
}

describe('the past of a line', () => {
  it.each(lines.map(({ id, type }) => [type.id, id]))('of type %s is told without gaps, marked, with its own stop codes', (_type, id) => {
    const readings = told(id);
    const stops = plant.lines.get(id)?.type.stops ?? {};
    expect(readings[0]?.ts).toBe(from);
    readings.forEach((reading, index) => {
      const next = readings[index + 1];
      if (next) expect(reading.ts + reading.hold * 1000).toBeCloseTo(next.ts, 3);
      else expect(reading.ts + reading.hold * 1000).toBeGreaterThan(to);
      if (next) expect(reading.order).toMatch(/^demo-/);
      else expect(reading.order).toBeNull();
      if (reading.stop !== undefined) expect(stops[reading.stop]?.state).toBe(reading.state);
    });
    const counted = readings.map(({ m }) => Object.values(m).map(Number));
    for (const [index, values] of counted.slice(1).entries()) {
      values.forEach((value, place) => {
        expect(value).toBeGreaterThanOrEqual(counted[index]?.[place] ?? 0);
      });
    }
    expect(readings.length).toBeLessThan(1500);
    // The present's counters are others: what was made up to the end must have been said by then.
    const last = readings.at(-1);
    if (last?.state === 'running') expect(last.ts).toBe(to - 1);
    // Not those at which somebody came late.
    expect(readings.filter(({ ts }) => ts % 60_000 === 0).length).toBeGreaterThan(0.7 * readings.length);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(told('emb-0001')).toEqual(told('emb-0001'));
    expect(told('emb-0001', 'other')).not.toEqual(told('emb-0001'));
  });
});

describe('counters of a machine that was switched on', () => {
  it('begin at nought, go on as the machine counts, and are set back where it sets them back', () => {
    const type = plant.types.get('embroidery-multihead');
    if (!type) throw new Error('no such type');
    const values = [5000, 5100, 5250, 0, 40];
    const machine: Machine = {
      next: (now) => ({ ts: now, m: { stitches: values[now] ?? 0, speed: 700 } }),
      changesAt: () => Infinity,
      halt: () => undefined,
    };
    const counting = countingFromNought(machine, type);
    expect(values.map((_, now) => counting.next(now).m)).toEqual([0, 100, 250, 0, 40].map((stitches) => ({ stitches, speed: 700 })));
  });
});
