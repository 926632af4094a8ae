/**
 * What scenarios strike, which lines are meant on the command line, and the accounts file.
 */
import { describe, expect, it } from 'vitest';
import type { Line } from '../contract/plant.ts';
import { loadPlant } from '../plants/loader.ts';
import { parseAccounts, UsageError } from './accounts.ts';
import { createMachine } from './catalogue.ts';
import { chattering } from './chatter.ts';
import { Random } from './random.ts';
import { demonstration, incidentOf, parseWish } from './scenario.ts';
import { Schedule } from './schedule.ts';
import { selectLines } from './selection.ts';

const plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
const lines = [...plant.lines.values()];
const noon = Date.UTC(2026, 10, 23, 2);

function ids(chosen: readonly Line[] | null): string[] | null {
  return chosen === null ? null : chosen.map(({ id }) => id);
}

describe('scenarios', () => {
  it('are asked for by kind and target', () => {
    expect(parseWish('power-loss')).toEqual({ kind: 'power-loss', target: null });
    expect(parseWish('gateway-cut:f003')).toEqual({ kind: 'gateway-cut', target: 'f003' });
    for (const text of ['', 'flood', 'chatter:', 'chatter:a:b', 'morning-reconnect:f003']) expect(parseWish(text)).toBeNull();
  });

  it('strike whole buildings, whole firms, one line, or everybody', () => {
    const strike = (text: string): readonly string[] | undefined => {
      const wish = parseWish(text);
      return wish ? incidentOf(wish, lines, new Random('1'))?.lines : undefined;
    };
    expect(strike('power-loss:20')).toEqual(lines.filter(({ building }) => building === '20').map(({ id }) => id));
    expect(strike('gateway-cut:f003')).toEqual(lines.filter(({ firm }) => firm === 'f003').map(({ id }) => id));
    expect(strike('chatter:press-01')).toEqual(['press-01']);
    expect(strike('morning-reconnect')?.length).toBe(lines.length);
    expect(strike('power-loss:no-such-building')).toBeUndefined();
    expect(strike('gateway-cut')?.length).toBeGreaterThan(0);
  });

  it('pick the same places for the same seed, and different ones as time goes on', () => {
    const take = (seed: string): string[] => {
      const random = new Random(seed);
      return Array.from({ length: 12 }, () => String(incidentOf({ kind: 'power-loss', target: null }, lines, random)?.place));
    };
    expect(take('a')).toEqual(take('a'));
    expect(new Set(take('a')).size).toBeGreaterThan(5);
  });

  it('make a demonstration of every kind, something every few minutes', () => {
    const script = demonstration(new Random('demo'));
    const first = Array.from({ length: 200 }, () => script.next().value);
    expect(new Set(first.map(({ kind }) => kind)).size).toBe(4);
    expect(Math.min(...first.map(({ afterSeconds }) => afterSeconds))).toBeGreaterThanOrEqual(60);
    expect(Math.max(...first.map(({ afterSeconds }) => afterSeconds))).toBeLessThanOrEqual(420);
  });
});

describe('a chattering line', () => {
  it('reports a fault and takes it back in its window, and is itself again afterwards', () => {
    const line = lines[0];
    const calendar = plant.calendars.get(line?.calendar ?? '');
    if (!line || !calendar) throw new Error('no line');
    const create = () => createMachine({ line, seed: 'c', schedule: new Schedule(calendar, plant.timezone), now: noon });
    const plain = create();
    const broken = chattering(create(), line.type, noon, noon + 120_000);
    let changes = 0;
    let before = false;
    for (let at = noon; at < noon + 240_000; at += 1000) {
      const expected = plain.next(at);
      const reading = broken.next(at);
      const faulty = reading.stop === 'machine-error' && expected.stop !== 'machine-error';
      if (faulty) expect(reading).toMatchObject({ state: 'fault', m: { stitches: expected.m.stitches } });
      else expect(reading).toEqual(expected);
      if (at >= noon + 120_000) expect(faulty).toBe(false);
      if (faulty !== before) changes += 1;
      before = faulty;
      expect(broken.changesAt()).toBeLessThanOrEqual(plain.changesAt());
    }
    expect(changes).toBeGreaterThan(12);
  });
});

describe('the lines that are meant', () => {
  it('are named by park, firm, workshop or line', () => {
    expect(ids(selectLines('press-01,weld-02', lines).lines)).toEqual(['press-01', 'weld-02']);
    expect(ids(selectLines('f001', lines).lines)).toEqual(lines.filter(({ firm }) => firm === 'f001').map(({ id }) => id));
    expect(ids(selectLines('f001/w1', lines).lines)).toEqual(ids(selectLines('f001', lines).lines));
    expect(selectLines('emb', lines).lines?.length).toBe(1300);
    expect(selectLines('press-01,nowhere', lines)).toEqual({ lines: null, unknown: 'nowhere' });
  });

  it('or by their number, spread over the zone', () => {
    const chosen = selectLines('60', lines).lines ?? [];
    expect(chosen.length).toBe(60);
    expect(new Set(chosen.map(({ park }) => park)).size).toBeGreaterThan(1);
    expect(selectLines('999999', lines).lines?.length).toBe(lines.length);
  });
});

describe('the accounts file', () => {
  it('gives an account a line', () => {
    const accounts = parseAccounts('\uFEFFline,username,password\r\npress-01,press-01,"a,b"\r\n\r\n', 'devices.csv');
    expect([...accounts]).toEqual([['press-01', { username: 'press-01', password: 'a,b' }]]);
  });

  it('is refused in plain words', () => {
    for (const text of ['line,user\npress-01,x\n', 'line,username,password\npress-01,x\n', 'line,username,password\npress-01,x,\n']) {
      expect(() => parseAccounts(text, 'devices.csv')).toThrow(UsageError);
    }
    expect(() => parseAccounts('line,username,password\na,a,a\nb,b,\n', 'devices.csv')).toThrow(/devices\.csv.*row 3/);
  });
});
