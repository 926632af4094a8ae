/**
 * The overview of the zone or of one park, for those who see sums and no single line: what `/overview` answers, used by server, web
 * and tests alike. Types only. Ratios are formed from sums, never from other ratios; of what nothing is known they are null, never 0.
 */
import type { State } from './reading.ts';
import type { ReportChange, ReportGrowth } from './report.ts';
import type { Text } from './text.ts';

/** Times in seconds and ratios, as in a utilization record (docs/figures.md). */
export interface OverviewFigures {
  readonly busySeconds: number;
  readonly runningSeconds: number;
  readonly unknownSeconds: number;
  readonly utilization: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly coverage: number | null;
}

/** A group of lines today. `figures` are null where nobody was scheduled so far, `now` counts its lines by their state now. */
export interface OverviewGroup {
  readonly id: string;
  readonly lines: number;
  readonly now: Readonly<Record<State, number>>;
  readonly figures: OverviewFigures | null;
}

/** What was made today in one unit, beside the same hours a week ago. */
export interface OverviewOutput extends ReportChange {
  readonly unit: Text;
}

/** `share` is of the running time of all clusters together. */
export interface OverviewCluster extends OverviewGroup {
  readonly name: Text;
  readonly share: number | null;
  readonly outputs: readonly OverviewOutput[];
}

/** `change` of utilization is against the same hours a week ago. */
export interface OverviewPark extends OverviewGroup {
  readonly change: ReportChange;
}

export interface OverviewFirm extends OverviewGroup {
  readonly park: string;
  readonly change: ReportChange;
}

/** Where a building stands on the plan, in columns and rows from the top left; the plant file may say so. */
export interface PlanPlace {
  readonly column: number;
  readonly row: number;
}

/** `id` is "park/building". Who sees no single line sees nothing of a building that has but one: `isHidden`. */
export interface OverviewBuilding extends OverviewGroup {
  readonly park: string;
  readonly building: string;
  readonly firms: readonly string[];
  readonly at: PlanPlace | null;
  readonly isHidden: boolean;
}

/** Today's figures beside others: the difference of utilization, and of the lines that reported both times alone. */
export interface OverviewComparison {
  readonly figures: OverviewFigures | null;
  readonly change: ReportChange;
  readonly sameLines: ReportChange;
  /** How many lines reported both times. */
  readonly lines: number;
}

/** `GET /overview`: today so far, `[from, to)`, and the lines as they are at `at`. `kind` `part`: some firms of the zone. */
export interface OverviewAnswer {
  readonly kind: 'zone' | 'park' | 'part';
  /** The zone's or the park's id. */
  readonly id: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly whole: OverviewGroup;
  /** The same hours of the same weekday a week ago, and of the last four such weekdays together. */
  readonly weekAgo: OverviewComparison;
  readonly fourWeeks: OverviewComparison;
  /** Running time against the same hours a week ago. */
  readonly runningSeconds: ReportChange;
  readonly clusters: readonly OverviewCluster[];
  readonly parks: readonly OverviewPark[];
  readonly firms: readonly OverviewFirm[];
  readonly buildings: readonly OverviewBuilding[];
}

/** `GET /overview/hours`: the last four weeks by weekday (Monday first) and hour; null where nobody was scheduled. */
export interface OverviewHours {
  readonly from: number;
  readonly to: number;
  readonly cells: readonly (readonly (OverviewFigures | null)[])[];
}

export const trendSteps = ['day', 'month'] as const;
export type TrendStep = (typeof trendSteps)[number];

export interface TrendPoint {
  readonly from: number;
  readonly to: number;
  readonly total: OverviewFigures;
  /** The lines that reported in both periods of the growth; null where there are none. */
  readonly sameLines: OverviewFigures | null;
}

/** `GET /overview/trend`: whole steps and the one under way; growth of the last period, `[from, to)`, against an earlier one. */
export interface OverviewTrend {
  readonly step: TrendStep;
  readonly points: readonly TrendPoint[];
  readonly from: number;
  readonly to: number;
  readonly growth: ReportGrowth;
}
