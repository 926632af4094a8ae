/**
 * Every machine against its equipment type, and embroidery against the rates of the trade: valid, repeatable, plausible.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { equipmentTypeSchema, type EquipmentType } from '../contract/equipment.ts';
import type { Line, Plant } from '../contract/plant.ts';
import { contextNames, readingLimits, states } from '../contract/reading.ts';
import { loadPlant } from '../plants/loader.ts';
import { createMachine } from './catalogue.ts';
import type { Machine, SentReading } from './machine.ts';
import { Schedule } from './schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday noon in Ruzhou. */
const noon = Date.UTC(2026, 10, 23, 4);

let plant: Plant;
let schedules: Map<string, Schedule>;

beforeAll(() => {
  plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
  schedules = new Map([...plant.calendars].map(([id, calendar]) => [id, new Schedule(calendar, plant.timezone)]));
});

function scheduleOf(line: Line): Schedule {
  const schedule = schedules.get(line.calendar);
  if (!schedule) throw new Error(`no calendar ${line.calendar}`);
  return schedule;
}

function machineOf(line: Line, seed: string, now = noon): Machine {
  return createMachine({ line, seed, schedule: scheduleOf(line), now });
}

/** One line of every type the zone has. */
function oneOfEach(): Line[] {
  return [...new Map([...plant.lines.values()].map((line) => [line.type.id, line])).values()];
}

/** Everything about a reading that its type or the contract does not allow. */
function problems(reading: SentReading, type: EquipmentType): string[] {
  const found: string[] = [];
  if (!Number.isInteger(reading.ts)) found.push('ts');
  if (reading.state === undefined || !states.includes(reading.state)) found.push(`state ${String(reading.state)}`);
  if (reading.stop !== undefined && type.stops[reading.stop]?.state !== reading.state) found.push(`stop ${reading.stop}`);
  for (const name of contextNames) {
    const value = reading[name];
    if (typeof value === 'string' && (value.length === 0 || value.length > readingLimits.contextCharacters)) found.push(name);
  }
  for (const [name, value] of Object.entries(reading.m)) {
    const kind = type.metrics[name]?.kind;
    const fits =
      kind === 'text'
        ? typeof value === 'string' && value.length <= readingLimits.metricTextCharacters
        : kind === 'flag'
          ? typeof value === 'boolean'
          : kind !== undefined && typeof value === 'number' && Number.isFinite(value) && (kind !== 'counter' || value >= 0);
    if (!fits) found.push(`${name} = ${String(value)}`);
  }
  return found;
}

/** Every reading of a stretch, at steps of time and wherever the state changes. */
function* readings(machine: Machine, from: number, until: number, stepMs: number): Generator<SentReading> {
  for (let at = from; at < until; at = Math.max(at + 1, Math.min(at + stepMs, machine.changesAt()))) yield machine.next(at);
}

describe('every machine', () => {
  it('says only what its type declares, and every gauge of it', () => {
    for (const line of oneOfEach()) {
      const seen = new Set<string>();
      const found = new Set<string>();
      for (const reading of readings(machineOf(line, 'valid'), noon, noon + 5 * day, 4 * minute)) {
        for (const problem of problems(reading, line.type)) found.add(problem);
        for (const name of Object.keys(reading.m)) seen.add(name);
      }
      expect([line.type.id, ...found]).toEqual([line.type.id]);
      const unseen = Object.keys(line.type.metrics).filter((name) => !seen.has(name) && line.type.metrics[name]?.kind !== 'text');
      expect([line.type.id, ...unseen]).toEqual([line.type.id]);
    }
  });

  it('gives the same readings for the same seed and instants, and others for another seed', () => {
    for (const line of oneOfEach()) {
      const take = (seed: string): string => JSON.stringify([...readings(machineOf(line, seed), noon, noon + 6 * hour, minute)]);
      expect(take('7')).toBe(take('7'));
      expect(take('8')).not.toBe(take('7'));
    }
  });

  it('tells the same story however often it is asked', () => {
    for (const line of oneOfEach()) {
      const often = machineOf(line, '3');
      const seldom = machineOf(line, '3');
      for (let at = noon; at < noon + 6 * hour; at += 7000) {
        const reading = often.next(at);
        if ((at - noon) % (7000 * 211) === 0) expect(seldom.next(at)).toEqual(reading);
      }
    }
  });

  it('raises an action limit less than once a day', () => {
    const limited = oneOfEach().filter(({ type }) => Object.values(type.metrics).some(({ limits }) => limits !== undefined));
    for (const line of limited) {
      const raised: string[] = [];
      const beyondSince = new Map<string, number>();
      const machine = machineOf(line, 'limits');
      for (const reading of readings(machine, noon, noon + 2 * day, line.type.expectSeconds * 1000)) {
        for (const [name, { limits }] of Object.entries(line.type.metrics)) {
          const value = reading.m[name];
          if (!limits || typeof value !== 'number') continue;
          const judged = limits.when === undefined || limits.when === reading.state;
          const beyond = judged && (value >= (limits.actionHigh ?? Infinity) || value <= (limits.actionLow ?? -Infinity));
          const since = beyondSince.get(name) ?? reading.ts;
          if (!beyond) beyondSince.delete(name);
          else if (since >= 0) beyondSince.set(name, since);
          if (beyond && since >= 0 && reading.ts - since >= limits.onDelaySeconds * 1000) {
            raised.push(name);
            beyondSince.set(name, -1);
          }
        }
      }
      expect(raised.length, `${line.type.id}: ${raised.join(' ')}`).toBeLessThan(2);
    }
  });

  it('counts upwards, but for a counter that is set back to zero', () => {
    for (const line of oneOfEach()) {
      const counters = Object.keys(line.type.metrics).filter((name) => line.type.metrics[name]?.kind === 'counter');
      const last = new Map<string, number>();
      const grown = new Set<string>();
      for (const reading of readings(machineOf(line, 'count'), noon, noon + 3 * day, 3 * minute)) {
        for (const name of counters) {
          const value = Number(reading.m[name]);
          const before = last.get(name) ?? value;
          if (value > before) grown.add(name);
          expect(value >= before || value < 1, `${line.type.id} ${name} from ${String(before)} to ${String(value)}`).toBe(true);
          last.set(name, value);
        }
      }
      expect([line.type.id, ...grown].sort()).toEqual([line.type.id, ...counters].sort());
    }
  });

  it('stands still while it is halted, and goes on from there', () => {
    for (const line of oneOfEach()) {
      const machine = machineOf(line, 'halt');
      machine.next(noon);
      machine.halt(noon, noon + hour, 'power-loss');
      const first = machine.next(noon + minute);
      const last = machine.next(noon + hour - minute);
      expect(first).toMatchObject({ state: 'fault', stop: 'power-loss' });
      const counters = Object.keys(line.type.metrics).filter((name) => line.type.metrics[name]?.kind === 'counter');
      for (const name of counters) expect(last.m[name]).toBe(first.m[name]);
      expect(machine.changesAt()).toBe(noon + hour);
      expect(machine.next(noon + hour).stop).not.toBe('power-loss');
    }
  });

  it('is played by data alone where its type has no simulator', () => {
    const text = (word: string): { zh: string; en: string } => ({ zh: word, en: word });
    const type = equipmentTypeSchema.parse({
      id: 'bottling-line',
      name: text('bottling'),
      expectSeconds: 5,
      holdSeconds: 15,
      state: { metric: 'pace', above: 0, then: 'running', otherwise: 'stopped' },
      output: { metric: 'bottles', unit: text('bottles'), idealPerHour: 6000 },
      metrics: {
        pace: { name: text('pace'), unit: '1/min', kind: 'gauge', range: [0, 110] },
        bottles: { name: text('bottles'), unit: '1', kind: 'counter' },
      },
      stops: { jam: { state: 'stopped', name: text('jam') } },
    });
    const [line] = [...plant.lines.values()];
    if (!line) throw new Error('no line');
    const seen = new Set<string>();
    for (const reading of readings(machineOf({ ...line, type }, '1'), noon, noon + 8 * hour, minute)) {
      expect(problems(reading, type)).toEqual([]);
      expect(Number(reading.m.pace) > 0).toBe(reading.state === 'running');
      seen.add(reading.stop ?? String(reading.state));
    }
    expect([...seen].sort()).toEqual(['jam', 'running']);
  });
});

interface Sums {
  running: number;
  busy: number;
  stops: Map<string, number>;
}

/** A line's scheduled time by state over some days, from one change of state to the next. */
function sumsOf(line: Line, seed: string, days: number): Sums {
  const machine = machineOf(line, seed);
  const schedule = scheduleOf(line);
  const sums: Sums = { running: 0, busy: 0, stops: new Map() };
  let last = '';
  for (let at = noon; at < noon + days * day;) {
    const reading = machine.next(at);
    const segment = schedule.segmentAt(at);
    const next = Math.max(at + 1, Math.min(machine.changesAt(), segment.until));
    if (segment.kind === 'work' && reading.state !== 'planned') {
      sums.busy += next - at;
      if (reading.state === 'running') sums.running += next - at;
      const stop = reading.stop ?? '';
      if (stop !== last) sums.stops.set(stop, (sums.stops.get(stop) ?? 0) + 1);
      last = stop;
    }
    at = next;
  }
  return sums;
}

describe('embroidery lines', () => {
  const embroidery = (): Line[] => [...plant.lines.values()].filter((line) => line.type.id.startsWith('embroidery-'));

  it('come to a utilization of 60 to 80 % over days and seeds, with a plausible mix of stops', () => {
    const stops = new Map<string, number>();
    let runningHours = 0;
    for (const seed of ['1', '2', '3', '4', '5', '6']) {
      let running = 0;
      let busy = 0;
      for (const line of embroidery().filter((_, index) => index % 87 === Number(seed))) {
        const sums = sumsOf(line, seed, 4);
        expect(sums.running / sums.busy, `${line.id} seed ${seed}`).toBeGreaterThan(0.5);
        expect(sums.running / sums.busy, `${line.id} seed ${seed}`).toBeLessThan(0.88);
        running += sums.running;
        busy += sums.busy;
        for (const [stop, count] of sums.stops) stops.set(stop, (stops.get(stop) ?? 0) + count);
      }
      expect(running / busy).toBeGreaterThan(0.6);
      expect(running / busy).toBeLessThan(0.8);
      runningHours += running / hour;
    }
    const perHour = (stop: string): number => (stops.get(stop) ?? 0) / runningHours;
    expect(perHour('thread-break')).toBeGreaterThan(2);
    expect(perHour('thread-break')).toBeLessThan(8);
    expect(perHour('bobbin-change')).toBeGreaterThan(0.9);
    expect(perHour('bobbin-change')).toBeLessThan(1.8);
    expect(perHour('needle-break') * 8.4).toBeGreaterThan(0.7);
    expect(perHour('needle-break') * 8.4).toBeLessThan(2.5);
    const faultHours = 1 / (perHour('machine-error') + perHour('emergency-stop'));
    expect(faultHours).toBeGreaterThan(60);
    expect(faultHours).toBeLessThan(260);
  });

  it('are in the middle of things at the start: most run, the others stand for many reasons', () => {
    const first = embroidery().map((line) => machineOf(line, 'start', noon - hour).next(noon - hour));
    const running = first.filter(({ state }) => state === 'running');
    expect(running.length / first.length).toBeGreaterThan(0.6);
    expect(new Set(first.map(({ stop }) => stop)).size).toBeGreaterThan(8);
    const places = running.map(({ m }) => Number(m.stitchIndex) / Number(m.designStitches));
    expect(places.filter((place) => place < 0.5).length / places.length).toBeCloseTo(0.5, 1);
    expect(JSON.stringify(running[0]).length).toBeLessThan(260);
  });

  it('rest in breaks and on days off', () => {
    const line = embroidery().find(({ calendar }) => calendar === 'two-shift');
    if (!line) throw new Error('no line with days off');
    const machine = machineOf(line, 'rest', noon);
    const atBreak = embroidery()
      .filter(({ calendar }) => calendar === 'two-shift')
      .map((one) => machineOf(one, 'rest', noon).next(noon + 15 * minute).state);
    expect(atBreak.filter((state) => state === 'planned').length / atBreak.length).toBeGreaterThan(0.75);
    expect(machine.next(noon + 6 * day + 11 * hour)).toMatchObject({ state: 'idle', stop: 'box-off', m: { speed: 0 } });
  });
});

describe('an autoclave', () => {
  it('tells an F0 of at least 12 minutes for a finished cycle, once', () => {
    const line = oneOfEach().find(({ type }) => type.id === 'autoclave');
    if (!line) throw new Error('no autoclave');
    const told: number[] = [];
    let cycles = 0;
    let before = '';
    for (const reading of readings(machineOf(line, 'f0'), noon, noon + 4 * day, 5000)) {
      if (reading.m.phase === 'unloading' && before !== 'unloading') cycles += 1;
      before = String(reading.m.phase);
      if (typeof reading.m.cycleF0 === 'number') told.push(reading.m.cycleF0);
    }
    expect(cycles).toBeGreaterThan(20);
    expect(told.length).toBe(cycles);
    expect(Math.min(...told)).toBeGreaterThan(12);
    expect(Math.max(...told)).toBeLessThan(40);
  });
});
