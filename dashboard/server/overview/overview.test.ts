/** The overview put together: sums divided last, today beside earlier weeks, and nothing of a single line for who may not see one. */
import { expect, test } from 'vitest';
import type { LineSums } from '../../../contract/history.ts';
import type { Plant } from '../../../contract/plant.ts';
import { emptySums } from '../../../kpi/utilization.ts';
import { begin, lineOf, smallPlant } from '../plant.suite.ts';
import { overviewOf, withStates, type Sums } from './overview.ts';

const hourMs = 3_600_000;

/** emb-1 and emb-2 stand in building 1, emb-3 in 2, emb-4 in no building that is known. */
function plantWithBuildings(): Plant {
  const plant = smallPlant();
  const buildings = new Map([
    ['emb-1', '1'],
    ['emb-2', '1'],
    ['emb-3', '2'],
  ]);
  return { ...plant, lines: new Map([...plant.lines].map(([id, line]) => [id, { ...line, building: buildings.get(id) ?? null }])) };
}

/** Hours run of four scheduled ones; a line that is not named has no readings. */
function sumsOf(plant: Plant, hours: Record<string, number>): Sums {
  return new Map(
    [...plant.lines.keys()].map((line): [string, LineSums] => {
      const runningMs = (hours[line] ?? 0) * hourMs;
      const known = line in hours;
      const sums = { ...emptySums(), runningMs, stoppedMs: known ? 4 * hourMs - runningMs : 0, output: (hours[line] ?? 0) * 100 };
      return [line, { line, known, sums, scheduledMs: 4 * hourMs, idealOutput: 0 }];
    }),
  );
}

function overview(maySeeOne: boolean) {
  const plant = plantWithBuildings();
  const lines = [...plant.lines.values()];
  const answer = overviewOf({
    ...{ plant, kind: 'zone', id: 'zone', lines, today: { from: begin, to: begin + 4 * hourMs } },
    sums: {
      today: sumsOf(plant, { 'emb-1': 3, 'emb-2': 2, 'emb-3': 1, 'emb-4': 4, 'press-1': 4 }),
      weekAgo: sumsOf(plant, { 'emb-1': 2, 'emb-2': 2, 'emb-3': 2 }),
      fourWeeks: sumsOf(plant, { 'emb-1': 2, 'emb-2': 2, 'emb-3': 2 }),
    },
    maySee: (own) => own.length > 1 || maySeeOne,
  });
  return withStates(answer, lines, (line) => (line.id === 'emb-3' ? 'fault' : 'running'), begin);
}

test('seconds are added, then divided, at every level', () => {
  const { whole, parks, firms, buildings, clusters } = overview(true);
  expect(whole.figures).toMatchObject({ runningSeconds: 14 * 3600, busySeconds: 20 * 3600, utilization: 0.7, coverage: 1 });
  expect(parks.map(({ id, figures }) => [id, figures?.utilization])).toEqual([
    ['emb', 10 / 16],
    ['med', 1],
  ]);
  expect(firms.map(({ id, park, figures }) => [id, park, figures?.utilization])).toEqual([
    ['f1', 'emb', 0.5],
    ['f2', 'emb', 1],
    ['f3', 'med', 1],
  ]);
  expect(buildings.map(({ id, firms: own, figures, now }) => [id, own, figures?.utilization, now.running, now.fault])).toEqual([
    ['emb/1', ['f1'], 5 / 8, 2, 0],
    ['emb/2', ['f1'], 1 / 4, 0, 1],
  ]);
  expect(clusters.map(({ id, share, outputs }) => [id, share, outputs.map(({ now, before }) => [now, before])])).toEqual([
    ['embroidery', 10 / 14, [[1000, 600]]],
    ['pharma', 4 / 14, [[400, null]]],
  ]);
});

test('the same lines are those that reported both times: lines that are new do not make it better', () => {
  const { weekAgo } = overview(true);
  // Of a week ago, what is known: 6 of 12 hours; the coverage of the lines that were there is whole.
  expect(weekAgo.lines).toBe(3);
  expect(weekAgo.change.change).toBeCloseTo(0.7 - 0.5);
  expect(weekAgo.sameLines.change).toBeCloseTo(0);
});

test('who sees no single line sees nothing of a building that has but one', () => {
  const { buildings } = overview(false);
  expect(
    buildings.map(({ id, isHidden, figures, now }) => [id, isHidden, figures === null, Object.values(now).reduce((a, b) => a + b)]),
  ).toEqual([
    ['emb/1', false, false, 2],
    ['emb/2', true, true, 0],
  ]);
});

test('places of buildings come from the plant file', () => {
  const plant = plantWithBuildings();
  const [first, ...others] = plant.file.parks;
  if (!first) throw new Error('no park');
  const placed = { ...plant, file: { ...plant.file, parks: [{ ...first, buildings: [{ id: '2', column: 4, row: 1 }] }, ...others] } };
  const sums = sumsOf(plant, {});
  const { buildings } = overviewOf({
    ...{ plant: placed, kind: 'zone', id: 'zone', lines: [lineOf(plant, 'emb-1'), lineOf(plant, 'emb-3')], today: { from: 0, to: 0 } },
    ...{ sums: { today: sums, weekAgo: sums, fourWeeks: sums }, maySee: () => true },
  });
  expect(buildings.map(({ at }) => at)).toEqual([null, { column: 4, row: 1 }]);
});
