/**
 * Summaries: the zone and its parks at a glance, out of the live records of their lines.
 * Comes in: lines, their records and open alarms. Goes out: lines by state, alarms by priority, and the last hour summed from seconds, then
 * divided. It is pure.
 */
import { priorities, type AlarmRecord, type Priority } from '../../contract/alarm.ts';
import type { SummaryPart, LiveRecord } from '../../contract/live.ts';
import type { Line } from '../../contract/plant.ts';
import type { UtilizationRecord } from '../../contract/figures.ts';
import { states, type State } from '../../contract/reading.ts';
import { wantsAttention } from '../../kpi/load.ts';
import { addStop, emptySums, idealOutputOf, recordOf } from '../../kpi/utilization.ts';

const hourMs = 3_600_000;

/** The part of one group. The lines' hours were worked out at most some seconds apart and count as the hour before `at`. */
export function summaryPart(
  by: 'zone' | 'park',
  id: string,
  lines: readonly Line[],
  recordOfLine: (line: Line) => LiveRecord,
  alarmsOfLine: (line: Line) => readonly AlarmRecord[],
  at: number,
): SummaryPart {
  const alarms = Object.fromEntries(priorities.map((priority) => [priority, 0])) as Record<Priority, number>;
  const counts = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
  const sums = emptySums();
  let scheduledMs = 0;
  let idealOutput = 0;
  for (const line of lines) {
    for (const alarm of alarmsOfLine(line)) if (wantsAttention(alarm)) alarms[alarm.priority] += 1;
    const { state, hour } = recordOfLine(line);
    counts[state] += 1;
    const runningMs = ms(hour.runningSeconds);
    sums.runningMs += runningMs;
    sums.setupMs += ms(hour.setupSeconds);
    sums.idleMs += ms(hour.idleSeconds);
    sums.stoppedMs += ms(hour.stoppedSeconds);
    sums.faultMs += ms(hour.faultSeconds);
    sums.plannedMs += ms(hour.plannedSeconds);
    sums.overtimeMs += ms(hour.overtimeSeconds);
    sums.output += hour.output;
    sums.scrap += hour.scrap;
    addStops(sums.stops, hour);
    scheduledMs += ms(hour.busySeconds) + ms(hour.plannedSeconds);
    idealOutput += idealOutputOf(runningMs, line.type.output?.idealPerHour);
  }
  return { by, id, lines: counts, alarms, hour: recordOf({ from: at - hourMs, to: at, sums, scheduledMs, idealOutput }) };
}

function addStops(stops: Parameters<typeof addStop>[0], hour: UtilizationRecord): void {
  for (const stop in hour.stops) {
    const part = hour.stops[stop];
    if (part) addStop(stops, stop, { count: part.count, ms: ms(part.seconds) });
  }
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000);
}
