/** Export tables: headings first, the zone's time, numbers as numbers, nothing a spreadsheet would run. */
import { expect, test } from 'vitest';
import { emptySums, recordOf } from '../../../kpi/utilization.ts';
import { csvBytes } from '../reports/csv.ts';
import { begin, lineOf, smallPlant } from '../plant.suite.ts';
import { sheetOf, type Told } from './sheets.ts';

const line = lineOf(smallPlant(), 'emb-1');
const of = (told: Told, language: 'zh' | 'en' = 'en') => sheetOf({ line, language, timezone: 'Asia/Shanghai', told });

test('states: each span with its seconds, its reason in words and as a code, and what the machine had said', () => {
  const spans = [
    { from: begin, to: begin + 1500, state: 'stopped', stop: 'thread-break' },
    { from: begin + 1500, to: begin + 60_000, state: 'stopped', stop: '=cmd' },
    { from: begin + 60_000, to: begin + 61_000, state: 'idle', stop: 'no-order', original: { state: 'stopped', stop: 'thread-break' } },
    { from: begin + 61_000, to: begin + 62_000, state: 'stopped', stop: 'thread-break', original: { state: 'fault', stop: null } },
  ] as const;
  const [headings, first, second, corrected, unnamed] = of({ table: 'states', spans });
  expect(headings?.[0]).toBe('From (Asia/Shanghai)');
  expect(first).toEqual(['2025-11-24 16:00:00', '2025-11-24 16:00:01', 1.5, 'Stopped', 'A', 'thread-break', null, null]);
  expect(second?.[4]).toBe('=cmd');
  const text = csvBytes([second ?? []]).toString();
  expect(text).toBe("\uFEFF2025-11-24 16:00:01,2025-11-24 16:01:00,58.5,Stopped,'=cmd,'=cmd,,\r\n");
  expect(corrected?.slice(3)).toEqual(['Idle', 'no-order', 'no-order', 'A', 'thread-break']);
  expect(unnamed?.slice(3)).toEqual(['Stopped', 'A', 'thread-break', 'Fault', null]);
  expect(corrected).toHaveLength(headings?.length ?? 0);
});

test('metrics: a row a slice and metric', () => {
  const series = [{ metric: 'speed', points: [[begin, 1, 3, 2.00000001]] as [number, number, number, number][] }];
  expect(of({ table: 'metrics', series }, 'zh').slice(1)).toEqual([['2025-11-24 16:00:00', '甲', 'speed', 'rpm', 1, 2, 3]]);
});

test('figures: seconds as seconds, ratios as percent, what is not known is empty', () => {
  const sums = { ...emptySums(), runningMs: 1_800_000, output: 0.1 + 0.2 };
  const record = recordOf({ from: begin, to: begin + 3_600_000, sums, scheduledMs: 3_600_000, idealOutput: 0 });
  const [headings = [], row = []] = of({ table: 'figures', records: [record] });
  const cell = (heading: string) => row[headings.indexOf(heading)];
  expect(row).toHaveLength(headings.length);
  expect(cell('Running (s)')).toBe(1800);
  expect(cell('Utilization (%)')).toBe(100);
  expect(cell('Coverage (%)')).toBe(50);
  expect(cell('Output (A)')).toBe(0.3);
  expect(cell('Performance (%)')).toBeNull();
});
