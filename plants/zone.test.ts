/**
 * The demo zone's files: they are what the generator makes, they load with the product's equipment, and they hold what is
 * known of the zone, in both sizes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Line, Plant } from '../contract/plant.ts';
import { loadEquipment, loadPlant } from './loader.ts';
import { firmName, firmNames } from './names.ts';
import { plantText } from './yaml.ts';
import { zoneSizes } from './zone.ts';

const equipmentFolder = join(import.meta.dirname, '../equipment');
const fileOf = (name: string): string => join(import.meta.dirname, `${name}.yaml`);

const pharmaKinds = ['tablet-press', 'fluid-bed', 'coating-pan', 'lyophiliser', 'fermenter', 'autoclave', 'clean-room', 'cold-store'];
const otherKinds = ['welding-cell', 'assembly-line', 'smt-line', 'porcelain-kiln', 'rotary-kiln', 'cement-mill'];
const embroideryKinds = ['embroidery-multihead', 'embroidery-schiffli'];
const stopCodes = [
  ...['running', 'no-reason', 'thread-break', 'needle-break', 'bobbin-change', 'design-change', 'load-frames', 'frame-stepping', 'trim'],
  ...['colour-change', 'sew-out-end', 'shift-change', 'box-off', 'machine-error', 'stop-switch', 'emergency-stop', 'no-order'],
  ...['waiting-material', 'no-operator', 'maintenance', 'power-loss'],
];

function countBy(lines: readonly Line[], key: (line: Line) => string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const value = key(line) ?? '';
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

describe('equipment', () => {
  const types = loadEquipment(equipmentFolder);

  it('has the sixteen kinds of the zone, each with signals and stop codes', () => {
    expect([...types.keys()].sort()).toEqual([...embroideryKinds, ...pharmaKinds, ...otherKinds].sort());
    for (const type of types.values()) {
      expect(Object.keys(type.metrics).length, type.id).toBeGreaterThan(3);
      expect(Object.keys(type.stops).length, type.id).toBeGreaterThan(3);
      expect(type.headline, type.id).toBeDefined();
    }
  });

  it.each(embroideryKinds)('gives %s every stop code of an embroidery line', (kind) => {
    expect(Object.keys(types.get(kind)?.stops ?? {})).toEqual(stopCodes);
  });

  it('names every column of the press recordings', () => {
    const columns = 'tbl_speed fom main_comp pre_comp tbl_fill SREL produced waste cyl_main cyl_pre stiffness ejection'.split(' ');
    expect(Object.keys(types.get('tablet-press')?.metrics ?? {})).toEqual(columns);
  });
});

describe.each([
  ['ruzhou', 160, 1300],
  ['ruzhou-3500', 183, 3500],
] as const)('%s', (name, firmCount, lineCount) => {
  const plant: Plant = loadPlant({ plantFile: fileOf(name), equipmentFolder });
  const lines = [...plant.lines.values()];
  const embroidery = lines.filter(({ park }) => park === 'emb');

  it('is what the generator makes', () => {
    expect(readFileSync(fileOf(name), 'utf8')).toBe(plantText(zoneSizes[name]));
  });

  it(`has ${String(firmCount)} embroidery firms with ${String(lineCount)} lines, numbered through`, () => {
    const digits = (number: number, count: number): string => String(number).padStart(count, '0');
    expect([...countBy(embroidery, ({ firm }) => firm).keys()]).toEqual(
      Array.from({ length: firmCount }, (_, at) => `f${digits(at + 1, 3)}`),
    );
    expect(embroidery.map(({ id }) => id)).toEqual(Array.from({ length: lineCount }, (_, at) => `emb-${digits(at + 1, 4)}`));
    const kinds = countBy(embroidery, ({ type }) => type.id);
    expect([...kinds.keys()].sort()).toEqual(embroideryKinds);
    expect(kinds.get('embroidery-multihead')).toBeGreaterThan(0.8 * lineCount);
  });

  it('gives every firm a name of its own, and one to four workshops', () => {
    const firms = plant.file.parks.flatMap((park) => park.firms);
    expect(new Set(firms.map((firm) => firm.name.zh)).size).toBe(firms.length);
    expect(new Set(firms.map((firm) => firm.name.en)).size).toBe(firms.length);
    for (const firm of firms) expect([1, 2, 3, 4], firm.id).toContain(firm.workshops.length);
  });

  it('has every kind of pharma equipment at Runling and at Renhua, and some of every other kind', () => {
    for (const firm of ['runling', 'renhua']) {
      const kinds = countBy(
        lines.filter((line) => line.firm === firm),
        ({ type }) => type.id,
      );
      expect([...kinds.keys()].sort(), firm).toEqual([...pharmaKinds].sort());
    }
    const kinds = countBy(lines, ({ type }) => type.id);
    for (const kind of otherKinds) expect(kinds.get(kind), kind).toBeGreaterThan(0);
    expect(new Set(lines.map(({ park }) => park))).toEqual(new Set(['emb', 'pharma', 'auto', 'terminal', 'ceramics', 'materials']));
    const clusters = ['embroidery', 'pharma', 'automotive', 'smart-terminal', 'ceramics', 'building-materials'];
    expect(new Set(lines.map(({ cluster }) => cluster))).toEqual(new Set(clusters));
  });
});

describe('the first 160 firms', () => {
  const small = loadPlant({ plantFile: fileOf('ruzhou'), equipmentFolder });

  it('stand in all of the 73 buildings, 2 to 40 lines each', () => {
    const lines = [...small.lines.values()].filter(({ park }) => park === 'emb');
    const buildings = countBy(lines, ({ building }) => building);
    expect([...buildings.keys()]).toEqual(Array.from({ length: 73 }, (_, at) => String(at + 1)));
    const sizes = [...countBy(lines, ({ firm }) => firm).values()];
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(40);
  });

  it('mostly work every day, with staggered breaks', () => {
    const calendars = countBy(
      [...small.lines.values()].filter(({ park }) => park === 'emb'),
      ({ calendar }) => calendar,
    );
    expect([...calendars.keys()].sort()).toEqual(['daily-1130', 'daily-1200', 'daily-1230', 'two-shift']);
    expect(calendars.get('two-shift')).toBeLessThan(0.3 * 1300);
  });

  it('are the same in the larger zone', () => {
    const large = loadPlant({ plantFile: fileOf('ruzhou-3500'), equipmentFolder });
    for (const line of small.lines.values()) expect(large.lines.get(line.id)).toEqual(line);
  });
});

describe('names', () => {
  it('run out rather than repeat', () => {
    const names = Array.from({ length: firmNames }, (_, at) => firmName(at + 1));
    expect(new Set(names.map(({ zh }) => zh)).size).toBe(firmNames);
    expect(new Set(names.map(({ en }) => en)).size).toBe(firmNames);
    expect(() => firmName(firmNames + 1)).toThrow(RangeError);
  });
});
