/**
 * The figures of the board: of everything shown and of every heading, and the shift most of its lines are in.
 * Comes in: the plant and live records. Goes out: totals. Worked out once a second; it takes about a millisecond.
 */
import type { LiveRecord } from '../../../contract/live.ts';
import { headingsOf } from './board.ts';
import type { Plant } from './plant.ts';
import { Sum, type Totals } from './totals.ts';

/** A shift now running, with one of its lines, which tells the calendar it is written in. */
export interface RunningShift {
  readonly line: string;
  readonly id: string;
  readonly from: number;
}

export interface Figures {
  readonly totals: Totals;
  readonly headings: ReadonlyMap<string, Totals>;
  /** Null while no line is on shift. */
  readonly shift: RunningShift | null;
}

export const nothingYet: Figures = { totals: new Sum().totals(), headings: new Map(), shift: null };

export function figuresOf(plant: Plant, records: Iterable<LiveRecord>): Figures {
  const all = new Sum();
  const sums = new Map<string, Sum>();
  const shifts = new Map<string, { shift: RunningShift; lines: number }>();
  for (const record of records) {
    const line = plant.line(record.id);
    if (!line) continue;
    all.add(record, plant);
    for (const heading of headingsOf(line)) {
      const sum = sums.get(heading) ?? new Sum();
      sums.set(heading, sum);
      sum.add(record, plant);
    }
    if (!record.shift) continue;
    const { id, from } = record.shift;
    const key = `${id} ${String(from)}`;
    const known = shifts.get(key) ?? { shift: { line: record.id, id, from }, lines: 0 };
    shifts.set(key, known);
    known.lines += 1;
  }
  const common = [...shifts.values()].sort((a, b) => b.lines - a.lines)[0];
  return { totals: all.totals(), headings: new Map([...sums].map(([key, sum]) => [key, sum.totals()])), shift: common?.shift ?? null };
}
