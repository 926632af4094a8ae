/**
 * Summaries are sums, then one division: never a mean of ratios.
 */
import { expect, test } from 'vitest';
import { alarmOf } from '../../contract/alarm.suite.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Line } from '../../contract/plant.ts';
import { emptySums, recordOf } from '../../kpi/utilization.ts';
import { begin, smallPlant } from './plant.suite.ts';
import { liveRecord } from './stage.suite.ts';
import { summaryPart } from './summary.ts';

const lines = [...smallPlant().lines.values()].slice(0, 2);
const hourMs = 3_600_000;

test('lines are counted by state, seconds and stops added, ratios formed last', () => {
  const stops = { 'thread-break': { count: 2, ms: 600_000 } };
  const sums = { ...emptySums(), runningMs: 300_000, stoppedMs: 600_000, output: 10, scrap: 1, stops };
  const short = recordOf({ from: begin - hourMs, to: begin, sums, scheduledMs: 1_000_000, idealOutput: 100 / 12 });
  const records = new Map<string, LiveRecord>(lines.map((line) => [line.id, liveRecord(line, begin)]));
  const [, second] = lines;
  if (second) records.set(second.id, liveRecord(second, begin, { state: 'stopped', hour: short }));
  const alarms = [
    alarmOf('emb-1', begin, { priority: 'high' }),
    alarmOf('emb-1', begin, { priority: 'low', state: 'returned' }),
    alarmOf('emb-1', begin, { priority: 'low', state: 'shelved' }),
    alarmOf('emb-1', begin, { priority: 'critical', late: true }),
  ];
  const recordOfLine = (line: Line): LiveRecord => records.get(line.id) ?? liveRecord(line, begin);
  const part = summaryPart('park', 'emb', lines, recordOfLine, ({ id }) => (id === 'emb-1' ? alarms : []), begin);
  expect(part.alarms).toEqual({ critical: 0, high: 1, medium: 0, low: 1 });
  expect(part.lines).toEqual({ running: 1, stopped: 1, setup: 0, idle: 0, fault: 0, planned: 0, unknown: 0 });
  expect(part.hour).toMatchObject({ busySeconds: 4600, runningSeconds: 3900, unknownSeconds: 100, output: 60, scrap: 1 });
  expect(part.hour.utilization).toBeCloseTo(3900 / 4500);
  expect(part.hour.performance).toBeCloseTo(60 / (100 + 100 / 12));
  expect(part.hour.stops).toEqual({ 'thread-break': { count: 2, seconds: 600 } });
});
