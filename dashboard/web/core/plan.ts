/**
 * The plan of a park: where its buildings are drawn, and which one is next in a direction. Comes in: buildings, with places from the
 * plant file or without. Goes out: columns, rows and a cell each; without places they stand in rows, in the order of their names.
 */
import type { OverviewBuilding, PlanPlace } from '../../../contract/overview.ts';

type Placed = Pick<OverviewBuilding, 'id' | 'building' | 'at'>;

export interface PlanCell<T> extends PlanPlace {
  readonly building: T;
}

export interface PlanLayout<T> {
  readonly columns: number;
  readonly rows: number;
  readonly cells: readonly PlanCell<T>[];
}

/** @param ratio how many times as wide as high the room for it is, measured in cells. */
export function planOf<T extends Placed>(buildings: readonly T[], ratio: number): PlanLayout<T> {
  const sorted = [...buildings].sort((a, b) => natural.compare(a.building, b.building));
  const placed = sorted.filter(({ at }) => at !== null);
  const cells = isWhole(placed, sorted) ? placed.map((building) => ({ ...placeOf(building), building })) : inRows(sorted, ratio);
  return {
    columns: Math.max(1, ...cells.map(({ column }) => column)),
    rows: Math.max(1, ...cells.map(({ row }) => row)),
    cells: [...cells].sort((a, b) => a.row - b.row || a.column - b.column),
  };
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The nearest building in that direction, in the same row or column where there is one; the same one at the edge. */
export function neighbour<T extends Placed>({ cells }: PlanLayout<T>, id: string, direction: Direction): string {
  const from = cells.find(({ building }) => building.id === id);
  if (!from) return cells[0]?.building.id ?? id;
  const along = direction === 'left' || direction === 'right' ? 'column' : 'row';
  const across = along === 'column' ? 'row' : 'column';
  const sign = direction === 'right' || direction === 'down' ? 1 : -1;
  const ahead = cells.filter((cell) => (cell[along] - from[along]) * sign > 0);
  const far = (cell: PlanPlace): number => Math.abs(cell[across] - from[across]) * 1000 + Math.abs(cell[along] - from[along]);
  return ahead.sort((a, b) => far(a) - far(b))[0]?.building.id ?? id;
}

const natural = new Intl.Collator('en', { numeric: true });

/** Places count only where every building has one of its own. */
function isWhole(placed: readonly Placed[], all: readonly Placed[]): boolean {
  const own = new Set(placed.map(({ at }) => `${String(at?.column)} ${String(at?.row)}`));
  return placed.length === all.length && own.size === all.length;
}

function placeOf({ at }: Placed): PlanPlace {
  return at ?? { column: 1, row: 1 };
}

/** As many columns as fit the room best; the last row may be short. */
function inRows<T extends Placed>(sorted: readonly T[], ratio: number): PlanCell<T>[] {
  const columns = Math.max(1, Math.min(sorted.length, Math.round(Math.sqrt(sorted.length * ratio))));
  return sorted.map((building, index) => ({ building, column: (index % columns) + 1, row: Math.floor(index / columns) + 1 }));
}
