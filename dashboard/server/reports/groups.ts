/**
 * Groups of a report: what lines add up to, apart by the unit they count in. Comes in: lines with their sums. Goes out: the
 * figures of the group, null where nothing is known. It is pure and divides last.
 */
import type { LineSums } from '../../../contract/history.ts';
import type { Line } from '../../../contract/plant.ts';
import type { ReportFigures, ReportGroup, ReportOutput } from '../../../contract/report.ts';
import type { Text } from '../../../contract/text.ts';
import { addSums, emptySums, recordOf, rounded } from '../../../kpi/utilization.ts';

/** A line with what is known of it in a month. */
export interface Known {
  readonly line: Line;
  readonly part: LineSums;
}

export function isKnown({ part }: Known): boolean {
  return part.known;
}

export function figuresOf(all: readonly Known[]): ReportFigures | null {
  if (!all.some(isKnown)) return null;
  const sums = emptySums();
  let scheduledMs = 0;
  for (const { part } of all) {
    addSums(sums, part.sums);
    scheduledMs += part.scheduledMs;
  }
  const { busySeconds, runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, plannedSeconds, ...rest } = recordOf({
    from: 0,
    to: 0,
    sums,
    scheduledMs,
    idealOutput: 0,
  });
  const { unknownSeconds, overtimeSeconds, utilization, low, high, coverage } = rest;
  const times = { busySeconds, runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, plannedSeconds };
  return { ...times, unknownSeconds, overtimeSeconds, utilization, low, high, coverage };
}

/** By unit, the one that most lines count in first. */
export function outputsOf(all: readonly Known[], clusterName: (id: string) => Text): ReportOutput[] {
  const units = new Map<string, { unit: Text; own: Known[] }>();
  for (const known of all) {
    const unit = known.line.type.output?.unit;
    if (!unit) continue;
    const entry = units.get(unitKey(unit));
    if (entry) entry.own.push(known);
    else units.set(unitKey(unit), { unit, own: [known] });
  }
  return [...units.values()]
    .sort((a, b) => b.own.length - a.own.length)
    .map(({ unit, own }) => {
      const clusters = [...new Set(own.map(({ line }) => line.cluster))].map(clusterName);
      return { unit, clusters, lines: own.length, ...outputOf(own) };
    });
}

export function unitKey({ zh, en }: Text): string {
  return `${zh}\n${en}`;
}

export function groupOf(id: string, name: Text, all: readonly Known[], clusterName: (id: string) => Text): ReportGroup {
  return {
    id,
    name,
    lines: all.length,
    activeLines: all.filter(isKnown).length,
    figures: figuresOf(all),
    outputs: outputsOf(all, clusterName),
  };
}

function outputOf(own: readonly Known[]): Omit<ReportOutput, 'unit' | 'clusters' | 'lines'> {
  const active = own.filter(isKnown);
  if (active.length === 0) return { activeLines: 0, output: null, scrap: null, performance: null, quality: null };
  const total = (of: (part: LineSums) => number): number => active.reduce((sum, { part }) => sum + of(part), 0);
  const output = rounded(total(({ sums }) => sums.output));
  const scrap = rounded(total(({ sums }) => sums.scrap));
  const ideal = total(({ idealOutput }) => idealOutput);
  return {
    activeLines: active.length,
    output,
    // Where no type tells scrap there is none to speak of.
    scrap: own.some(({ line }) => line.type.scrap) ? scrap : null,
    performance: ideal === 0 ? null : output / ideal,
    quality: output === 0 || !own.some(({ line }) => line.type.scrap) ? null : (output - scrap) / output,
  };
}
