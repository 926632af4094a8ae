/**
 * The monthly report of a zone, a park or a firm: what the API answers, and what tables, files and pages are made from.
 * Every figure is a sum divided last; what nothing is known of is null, never 0. Amounts of different units stand apart.
 */
import type { Text } from './text.ts';

export const reportKinds = ['zone', 'park', 'firm'] as const;
export type ReportKind = (typeof reportKinds)[number];

export const reportFormats = ['json', 'csv', 'xlsx'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** `ended`: the month is over; `running`: it is not, and figures go to `to`; `ahead`: it has not begun. */
export type ReportState = 'ended' | 'running' | 'ahead';

/** Times in seconds and ratios, as in a utilization record (docs/figures.md). */
export interface ReportFigures {
  busySeconds: number;
  runningSeconds: number;
  setupSeconds: number;
  idleSeconds: number;
  stoppedSeconds: number;
  faultSeconds: number;
  plannedSeconds: number;
  unknownSeconds: number;
  overtimeSeconds: number;
  utilization: number | null;
  low: number | null;
  high: number | null;
  coverage: number | null;
}

/** What lines made that count in the same unit; null where none of them was active. */
export interface ReportOutput {
  unit: Text;
  /** The clusters of the lines, by name. */
  clusters: Text[];
  lines: number;
  activeLines: number;
  output: number | null;
  scrap: number | null;
  performance: number | null;
  quality: number | null;
}

/** A group of lines. `figures` are null where nothing is known of any of them. */
export interface ReportGroup {
  id: string;
  name: Text;
  lines: number;
  /** Lines whose readings say anything at all of the month. */
  activeLines: number;
  figures: ReportFigures | null;
  outputs: ReportOutput[];
}

/**
 * A figure beside the same figure of an earlier month. `change` is relative for amounts, a difference for ratios; it is null for
 * a reason. `uncertain`: coverage of one of the two months is below 90 %.
 */
export interface ReportChange {
  now: number | null;
  before: number | null;
  change: number | null;
  reason: 'no-data' | 'no-earlier-data' | 'earlier-is-zero' | 'short-coverage' | null;
  uncertain: boolean;
}

/** The lines compared, and how their figures changed. */
export interface ReportComparison {
  /** How many lines were active now, and in the earlier month. */
  lines: number;
  linesBefore: number;
  coverage: number | null;
  coverageBefore: number | null;
  utilization: ReportChange;
  runningSeconds: ReportChange;
  outputs: (ReportChange & { unit: Text })[];
}

/** All lines of the group beside those alone that were active in both months. */
export interface ReportGrowth {
  from: number;
  to: number;
  total: ReportComparison;
  sameLines: ReportComparison;
}

export interface ReportStop {
  stop: string;
  name: Text;
  state: string;
  count: number;
  seconds: number;
}

export interface ReportWorkshop {
  /** firm/workshop. */
  id: string;
  name: Text;
  firm: Text;
  lines: number;
  activeLines: number;
  figures: ReportFigures;
}

export interface ReportAnswer {
  kind: ReportKind;
  id: string;
  name: Text;
  zone: Text;
  timezone: string;
  /** YYYY-MM. */
  month: string;
  state: ReportState;
  /** The month, `[from, end)`; figures cover `[from, to)`. */
  from: number;
  to: number;
  end: number;
  madeAt: number;
  whole: ReportGroup;
  clusters: ReportGroup[];
  firms: (ReportGroup & { cluster: string; park: Text })[];
  monthOnMonth: ReportGrowth;
  yearOnYear: ReportGrowth;
  /** By time lost, the longest first. */
  stops: ReportStop[];
  /** By utilization, of workshops with enough coverage to be compared. */
  best: ReportWorkshop[];
  worst: ReportWorkshop[];
  /** Workshops that could not be compared. */
  unranked: number;
  /** `essential`: a sheet of paper cannot do without it. */
  definitions: { term: Text; meaning: Text; essential: boolean }[];
}
