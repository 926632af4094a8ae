/**
 * Growth: a month beside an earlier one, for all lines and for those alone that were active in both. Comes in: what is known of
 * each line in either month. Goes out: figures with their change, or the reason why there is none. It is pure.
 */
import type { Text } from '../../../contract/text.ts';
import type { ReportChange, ReportComparison, ReportGrowth } from '../../../contract/report.ts';
import { figuresOf, isKnown, outputsOf, unitKey, type Known } from './groups.ts';
import type { Span } from './months.ts';

/** Below this coverage of either month nothing is compared, as docs/reports.md says; below the other a change is marked. */
const comparableCoverage = 0.5;
const goodCoverage = 0.9;

export function growthOf(span: Span, now: readonly Known[], before: readonly Known[]): ReportGrowth {
  const both = new Set(before.filter(isKnown).map(({ line }) => line.id));
  const same = new Set(now.filter((known) => isKnown(known) && both.has(known.line.id)).map(({ line }) => line.id));
  const inBoth = ({ line }: Known): boolean => same.has(line.id);
  return { from: span.from, to: span.to, total: compared(now, before), sameLines: compared(now.filter(inBoth), before.filter(inBoth)) };
}

function compared(now: readonly Known[], before: readonly Known[]): ReportComparison {
  const [figures, earlier] = [figuresOf(now), figuresOf(before)];
  const coverages = [coverageOf(now), coverageOf(before)] as const;
  const change = (a: number | null | undefined, b: number | null | undefined, how: 'relative' | 'difference'): ReportChange =>
    changeOf(a ?? null, b ?? null, how, coverages);
  const outputsBefore = new Map(outputsOf(before, unnamed).map((output) => [unitKey(output.unit), output.output]));
  return {
    lines: now.filter(isKnown).length,
    linesBefore: before.filter(isKnown).length,
    coverage: coverages[0],
    coverageBefore: coverages[1],
    utilization: change(figures?.utilization, earlier?.utilization, 'difference'),
    runningSeconds: change(figures?.runningSeconds, earlier?.runningSeconds, 'relative'),
    outputs: outputsOf(now, unnamed).map(({ unit, output }) => ({ unit, ...change(output, outputsBefore.get(unitKey(unit)), 'relative') })),
  };
}

/** A change needs no names. */
function unnamed(id: string): Text {
  return { zh: id, en: id };
}

/** Of the lines that were active: those that were not there yet are no gap in the data. */
function coverageOf(all: readonly Known[]): number | null {
  return figuresOf(all.filter(isKnown))?.coverage ?? null;
}

function changeOf(
  now: number | null,
  before: number | null,
  how: 'relative' | 'difference',
  coverages: readonly (number | null)[],
): ReportChange {
  const least = Math.min(...coverages.map((coverage) => coverage ?? 0));
  const none = (reason: NonNullable<ReportChange['reason']>): ReportChange => ({ now, before, change: null, reason, uncertain: false });
  if (now === null) return none('no-data');
  if (before === null) return none('no-earlier-data');
  if (least < comparableCoverage) return none('short-coverage');
  if (how === 'relative' && before === 0) return none('earlier-is-zero');
  return { now, before, change: how === 'relative' ? now / before - 1 : now - before, reason: null, uncertain: least < goodCoverage };
}
