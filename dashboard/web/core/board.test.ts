/** Which lines the board shows, in which order, and where the arrow keys lead. */
import { describe, expect, it } from 'vitest';
import { areAlike, isArrow, matches, neighbour, rowsOf, sectionsOf } from './board.ts';
import { figuresOf } from './figures.ts';
import { floor, hourMs, minuteMs, now, plant, record, figures } from './samples.suite.ts';
import { firstView, type View } from './view.ts';

const view = (changes: Partial<View>): View => ({ ...firstView, ...changes });
const ids = (records: ReturnType<typeof floor>, changes: Partial<View>): string[] =>
  sectionsOf(plant, records, view(changes), now).flatMap(({ lines }) => lines);

describe('the order of lines', () => {
  it('puts fault, long stop, unknown, short stop, setup, idle, low utilization and planned in this order', () => {
    const records = floor({
      g2: { state: 'fault', since: now - minuteMs },
      g1: { state: 'stopped', since: now - 4 * minuteMs },
      b2: { state: 'unknown' },
      b1: { state: 'stopped', since: now - minuteMs },
      a4: { state: 'setup' },
      a3: { state: 'idle' },
      a2: { shift: { id: 'day', ...figures({ utilization: 0.5 }) } },
      a1: { state: 'planned' },
    });
    expect(ids(records, { layout: 'list' })).toEqual(['g2', 'g1', 'b2', 'b1', 'a4', 'a3', 'a2', 'a1']);
  });

  it('puts the longest trouble first', () => {
    const records = floor({ a2: { state: 'fault', since: now - minuteMs }, b1: { state: 'fault', since: now - hourMs } });
    expect(ids(records, { layout: 'list' }).slice(0, 2)).toEqual(['b1', 'a2']);
  });

  it('does not move neighbours for a point of utilization', () => {
    const at = (utilization: number): Partial<(typeof records)[number]> => ({ shift: { id: 'day', ...figures({ utilization }) } });
    const records = floor({ a1: at(0.711), a2: at(0.709), a3: at(0.708) });
    expect(ids(records, { layout: 'list' }).slice(-3)).not.toEqual(['a3', 'a2', 'a1']);
  });

  it('by place is the order of the plant', () => {
    expect(ids(floor({ b1: { state: 'fault' } }), { order: 'place' })).toEqual([...plant.lines()].map(({ id }) => id));
  });
});

describe('headings', () => {
  const keys = (records: ReturnType<typeof floor>, changes: Partial<View>): string[] =>
    sectionsOf(plant, records, view(changes), now).map(({ level, key }) => `${level} ${key}`);

  it('name parks, firms with several workshops, and workshops', () => {
    expect(keys(floor(), {})).toEqual([
      'park north',
      'firm north/alpha',
      'workshop north/alpha/w1',
      'workshop north/alpha/w2',
      'workshop north/beta/w1',
      'park south',
      'workshop south/gamma/w1',
    ]);
  });

  it('bring the firm in trouble to the front of its park, worst first, and leave parks in place', () => {
    const records = floor({ b1: { state: 'fault' }, g1: { state: 'fault' } });
    expect(keys(records, {}).slice(0, 2)).toEqual(['park north', 'workshop north/beta/w1']);
    expect(keys(records, { order: 'place' }).slice(0, 2)).toEqual(['park north', 'firm north/alpha']);
  });

  it('leave out what the place, the state and the text leave out', () => {
    const place = { park: 'north', firm: 'alpha', workshop: null };
    expect(keys(floor(), { place })).toEqual(['workshop north/alpha/w1', 'workshop north/alpha/w2']);
    expect(ids(floor({ a2: { state: 'idle' } }), { states: ['idle'] })).toEqual(['a2']);
    expect(ids(floor({ a2: { design: 'Peony-5' } }), { text: 'alpha peony' })).toEqual(['a2']);
  });
});

describe('the search', () => {
  it('finds a line by name, place, order and reason in either language', () => {
    const line = plant.line('a1');
    const stopped = record('a1', { state: 'stopped', stop: 'jam', order: 'A-1093' });
    const found = (text: string): boolean => line !== undefined && matches(line, stopped, text);
    expect(['a1', 'ALPHA', 'a-1093', '卡料', 'jam alpha', ''].map(found)).toEqual([true, true, true, true, true, true]);
    expect(['beta', 'jam beta', 'breakdown'].map(found)).toEqual([false, false, false]);
  });
});

describe('the arrow keys', () => {
  const rows = rowsOf(sectionsOf(plant, floor(), view({ order: 'place' }), now), 2);
  const to = (id: string | null, key: string): string | undefined => (isArrow(key) ? neighbour(rows, id, key)?.id : undefined);

  it('cut sections into rows of tiles', () => {
    expect(rows.filter((row) => row.kind === 'tiles').map(({ lines }) => lines.join(' '))).toEqual(['a1 a2', 'a3', 'a4', 'b1 b2', 'g1 g2']);
  });

  it('go right, left, up and down, over the ends of rows and short rows', () => {
    expect(to(null, 'ArrowDown')).toBe('a1');
    expect(to('a2', 'ArrowRight')).toBe('a3');
    expect(to('a3', 'ArrowLeft')).toBe('a2');
    expect(to('a2', 'ArrowDown')).toBe('a3');
    expect(to('b2', 'ArrowUp')).toBe('a4');
    expect(to('a1', 'ArrowUp')).toBeUndefined();
    expect(to('g2', 'ArrowRight')).toBeUndefined();
    expect(to('a1', 'Enter')).toBeUndefined();
  });
});

describe('what is shown', () => {
  it('is of one equipment type where that is asked for', () => {
    expect(ids(floor(), { type: 'press' })).toHaveLength(8);
    expect(ids(floor(), { type: 'mill' })).toEqual([]);
  });

  it('has room for the shift of the open line, below its row', () => {
    const rows = rowsOf(sectionsOf(plant, floor(), view({ layout: 'list', order: 'place' }), now), 3, 'a2');
    expect(rows.map(({ kind }) => kind)).toEqual(['tiles', 'shift', 'tiles', 'tiles']);
    expect(neighbour(rows, 'a1', 'ArrowDown')).toEqual({ id: 'a4', row: 2 });
  });

  it('is alike only where the same lines are in the same places', () => {
    const calm = sectionsOf(plant, floor(), view({}), now);
    expect(areAlike(calm, sectionsOf(plant, floor({ a1: { metrics: { speed: 9 } } }), view({}), now))).toBe(true);
    expect(areAlike(calm, sectionsOf(plant, floor({ a2: { state: 'fault' } }), view({}), now))).toBe(false);
  });
});

describe('the figures', () => {
  it('add seconds before they divide, for all and for each heading [KPI-5]', () => {
    const small = { id: 'day', ...figures({ runningSeconds: 100, stoppedSeconds: 0, busySeconds: 100, utilization: 1 }) };
    const found = figuresOf(plant, [record('a1'), record('b1', { shift: small }), record('g1', { state: 'fault', shift: null })]);
    expect(found.totals.utilization).toBeCloseTo(2800 / 3700, 12);
    expect(found.totals.counts).toMatchObject({ running: 2, fault: 1 });
    expect(found.headings.get('north/alpha')?.utilization).toBe(0.75);
    expect(found.headings.get('south')?.utilization).toBeNull();
    expect(found.totals.outputs).toEqual([{ unit: { zh: '片', en: 'tablets' }, amount: 200, target: (1000 * 3700) / 3600, lines: 2 }]);
  });

  it('name the shift that most lines are in', () => {
    const other = { id: 'night', ...figures({ from: now - 9 * hourMs }) };
    expect(figuresOf(plant, [record('a1', { shift: other }), record('a2'), record('a3')]).shift).toMatchObject({
      id: 'day',
      from: now - hourMs,
    });
    expect(figuresOf(plant, [record('a1', { shift: null })]).shift).toBeNull();
  });
});
