/** The plan of a park: every building has a cell of its own, in the order of names or where the plant file says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanPlace } from '../../../contract/overview.ts';
import { neighbour, planOf } from './plan.ts';

const building = (name: string, at: PlanPlace | null = null) => ({ id: `emb/${name}`, building: name, at });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => building(String(count - index)));
const namesOf = (layout: ReturnType<typeof planOf<ReturnType<typeof building>>>) => layout.cells.map((cell) => cell.building.building);

describe('the plan', () => {
  it('puts 73 buildings into eleven columns by seven rows, in the order of their numbers', () => {
    const layout = planOf(numbered(73), 1.7);
    expect([layout.columns, layout.rows]).toEqual([11, 7]);
    expect(namesOf(layout)).toEqual(Array.from({ length: 73 }, (_, index) => String(index + 1)));
    expect(layout.cells[11]).toMatchObject({ column: 1, row: 2, building: { building: '12' } });
  });

  it('follows the plant file where every building has a place of its own, and only there', () => {
    const placed = [building('A', { column: 3, row: 1 }), building('B', { column: 1, row: 2 })];
    expect(planOf(placed, 1)).toMatchObject({ columns: 3, rows: 2 });
    const twice = [building('A', { column: 1, row: 1 }), building('B', { column: 1, row: 1 })];
    for (const some of [[...placed, building('C')], twice])
      expect(new Set(planOf(some, 3).cells.map(({ row }) => row))).toEqual(new Set([1]));
  });

  it('gives each building one cell, whatever the number and the room', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.double({ min: 0.2, max: 6, noNaN: true }), (count, ratio) => {
        const { columns, rows, cells } = planOf(numbered(count), ratio);
        expect(new Set(cells.map(({ column, row }) => `${String(column)} ${String(row)}`)).size).toBe(count);
        expect(cells.every(({ column, row }) => column >= 1 && column <= columns && row >= 1 && row <= rows)).toBe(true);
      }),
    );
  });

  it('is walked through with the arrow keys, and stops at its edge', () => {
    const layout = planOf(numbered(6), 1.5);
    const walk = (from: string, ...ways: Parameters<typeof neighbour>[2][]) =>
      ways.reduce((id, way) => neighbour(layout, id, way), `emb/${from}`);
    expect(walk('1', 'right', 'down')).toBe('emb/5');
    expect(walk('1', 'left')).toBe('emb/1');
    expect(walk('5', 'up', 'left')).toBe('emb/1');
    expect(neighbour(layout, 'nowhere', 'up')).toBe('emb/1');
  });
});
