/**
 * Thread breaks as a heat map: heads across, hours down, the heads that break more than their share told apart.
 * Comes in: the server's counts and how many heads there are. Goes out: rows of cells. It is pure.
 */
import type { BreaksAnswer, BreakSide } from '../../../contract/details.ts';

export const breakViews = ['all', 'upper', 'bobbin'] as const;
export type BreakView = (typeof breakViews)[number];

export interface HeatCell {
  readonly head: number;
  readonly count: number;
  readonly upper: number;
  readonly bobbin: number;
  /** 0 to 4: how strong its colour is. */
  readonly heat: number;
}

export interface HeatMap {
  readonly heads: readonly { readonly head: number; readonly total: number; readonly isOften: boolean }[];
  readonly rows: readonly { readonly hour: number; readonly cells: readonly HeatCell[] }[];
  readonly sides: Readonly<Record<BreakSide, number>>;
}

/** A machine with more heads than this shows only those that broke. */
const headsShown = 60;
/** A head that broke at least so often, and three times as often as the others on average, is one to look at. */
const oftenCount = 3;
const oftenTimes = 3;
const hottest = 4;

export function heatMapOf(answer: BreaksAnswer, heads: number, view: BreakView): HeatMap {
  const counts = new Map(answer.cells.map((cell) => [`${String(cell.hour)} ${String(cell.head)}`, cell]));
  const totals = new Map<number, number>();
  for (const cell of answer.cells) totals.set(cell.head, (totals.get(cell.head) ?? 0) + countIn(cell, view));
  const all = Array.from({ length: Math.max(heads, ...totals.keys()) }, (_, index) => index + 1);
  const shown = all.length > headsShown ? all.filter((head) => (totals.get(head) ?? 0) > 0) : all;
  const sum = [...totals.values()].reduce((total, count) => total + count, 0);
  const isOften = (total: number): boolean => total >= oftenCount && total * (all.length - 1) >= oftenTimes * (sum - total);
  return {
    heads: shown.map((head) => {
      const total = totals.get(head) ?? 0;
      return { head, total, isOften: isOften(total) };
    }),
    rows: answer.hours.map((hour) => ({
      hour,
      cells: shown.map((head) => {
        const { upper = 0, bobbin = 0, ...cell } = counts.get(`${String(hour)} ${String(head)}`) ?? {};
        const count = countIn({ count: 0, ...cell, upper, bobbin }, view);
        return { head, count, upper, bobbin, heat: Math.min(hottest, count) };
      }),
    })),
    sides: {
      upper: answer.cells.reduce((total, { upper }) => total + upper, 0),
      bobbin: answer.cells.reduce((total, { bobbin }) => total + bobbin, 0),
    },
  };
}

function countIn(cell: { readonly count: number; readonly upper: number; readonly bobbin: number }, view: BreakView): number {
  return view === 'all' ? cell.count : cell[view];
}
