/**
 * What an overview says beyond its figures: which firms are best and worst, which buildings are out, how much is open. Comes in:
 * the answers of the API. Goes out: orders and counts for the screen. It is pure.
 */
import type { OverviewAnswer, OverviewBuilding, OverviewFirm } from '../../../contract/overview.ts';
import type { SummaryPart } from '../../../contract/live.ts';
import type { State } from '../../../contract/reading.ts';

/** Below this coverage a firm is not ranked, as in reports: what is known of it says too little. */
const rankedCoverage = 0.5;

export interface Ranking {
  /** The best first. */
  readonly firms: readonly OverviewFirm[];
  /** Firms that could not be ranked: nobody on shift, nothing known, or too little of it. */
  readonly unranked: number;
}

export function rankingOf(firms: readonly OverviewFirm[]): Ranking {
  const ranked = firms.filter(
    ({ figures }) => figures !== null && figures.utilization !== null && (figures.coverage ?? 0) >= rankedCoverage,
  );
  return {
    firms: ranked.sort((a, b) => (b.figures?.utilization ?? 0) - (a.figures?.utilization ?? 0) || b.lines - a.lines),
    unranked: firms.length - ranked.length,
  };
}

/** The best from the top and the worst from the bottom; no firm is both. The worst of all comes first. */
export function bestAndWorst(
  { firms }: Ranking,
  most: number,
): { readonly best: readonly OverviewFirm[]; readonly worst: readonly OverviewFirm[] } {
  const best = firms.slice(0, Math.min(most, Math.ceil(firms.length / 2)));
  return { best, worst: firms.slice(Math.max(best.length, firms.length - most)).reverse() };
}

/** Most of a building's lines are silent, or broken down, at once. */
export interface Outage {
  readonly building: OverviewBuilding;
  readonly state: 'unknown' | 'fault';
  readonly lines: number;
}

const outageLines = 3;
const outageShare = 0.8;

/** The largest first. */
export function outagesOf(buildings: readonly OverviewBuilding[]): Outage[] {
  const found = buildings.flatMap((building): Outage[] => {
    const state = (['fault', 'unknown'] as const).find((one) => building.now[one] >= Math.max(outageLines, building.lines * outageShare));
    return state ? [{ building, state, lines: building.now[state] }] : [];
  });
  // Where everything is silent it is no building's matter.
  return found.length > 1 && found.length > buildings.length / 2 ? [] : found.sort((a, b) => b.lines - a.lines);
}

/** The park whose buildings make the plan: the one asked for, or the one with most of them. */
export function planPark(overview: Pick<OverviewAnswer, 'buildings'>): string | null {
  const counts = new Map<string, number>();
  for (const { park } of overview.buildings) counts.set(park, (counts.get(park) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

export function linesOf(counts: Readonly<Record<State, number>>): number {
  return Object.values(counts).reduce((sum, lines) => sum + lines, 0);
}

/** Everything open, and whether any of it is grave; null where the server does not tell. */
export function alarmsOf(part: Pick<SummaryPart, 'alarms'> | undefined): { readonly open: number; readonly grave: number } | null {
  if (!part) return null;
  const { critical, high, medium, low } = part.alarms;
  return { open: critical + high + medium + low, grave: critical + high };
}
