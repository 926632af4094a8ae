/** What an overview says beyond its figures: ranks, outages, colours, curves. */
import { describe, expect, it } from 'vitest';
import type { OverviewBuilding, OverviewFigures, OverviewFirm } from '../../../contract/overview.ts';
import { bandOf, gridOf, marksOf, pathOf, rangeOf } from './curve.ts';
import { heatOf, heatStep } from './heat.ts';
import { bestAndWorst, outagesOf, rankingOf } from './overview.ts';
import { emptyCounts } from './states.ts';

const figures = (utilization: number | null, coverage = 1): OverviewFigures => ({
  ...{ busySeconds: 3600, runningSeconds: 0, unknownSeconds: 0, low: 0, high: 1 },
  ...{ utilization, coverage },
});
const change = { now: null, before: null, change: null, reason: 'no-data', uncertain: false } as const;
const firm = (id: string, of: OverviewFigures | null): OverviewFirm => ({
  id,
  park: 'emb',
  lines: 3,
  now: emptyCounts(),
  figures: of,
  change,
});
const building = (name: string, lines: number, now: Partial<OverviewBuilding['now']>): OverviewBuilding => ({
  ...{ id: `emb/${name}`, park: 'emb', building: name, firms: [], at: null, isHidden: false, figures: null },
  ...{ lines, now: { ...emptyCounts(), ...now } },
});

describe('the ranking', () => {
  it('leaves out who was not on shift and of whom too little is known, and nobody is best and worst', () => {
    const firms = [
      firm('a', figures(0.7)),
      firm('b', figures(0.9)),
      firm('c', null),
      firm('d', figures(0.99, 0.4)),
      firm('e', figures(0.5)),
    ];
    const ranking = rankingOf(firms);
    expect([ranking.firms.map(({ id }) => id), ranking.unranked]).toEqual([['b', 'a', 'e'], 2]);
    const { best, worst } = bestAndWorst(ranking, 5);
    expect([best.map(({ id }) => id), worst.map(({ id }) => id)]).toEqual([['b', 'a'], ['e']]);
  });
});

describe('an outage', () => {
  it('is most of a building silent or down at once, the largest first; where all is silent it is no building’s matter', () => {
    const buildings = [
      building('1', 10, { unknown: 8, running: 2 }),
      building('2', 20, { fault: 20 }),
      building('3', 2, { unknown: 2 }),
      ...['4', '5', '6'].map((name) => building(name, 10, { running: 10 })),
    ];
    expect(outagesOf(buildings).map((outage) => [outage.building.building, outage.state, outage.lines])).toEqual([
      ['2', 'fault', 20],
      ['1', 'unknown', 8],
    ]);
    expect(outagesOf(['1', '2'].map((name) => building(name, 10, { unknown: 10 })))).toEqual([]);
  });
});

describe('a colour', () => {
  it('is the step of the percentage as it is shown', () => {
    expect([0, 0.494, 0.496, 0.6, 0.649, 0.85, 1].map(heatStep)).toEqual([0, 0, 1, 3, 4, 8, 8]);
  });

  it('is none where nobody was scheduled, and hatched where little is known', () => {
    expect(heatOf(null).kind).toBe('idle');
    expect(heatOf(figures(null, 0))).toMatchObject({ kind: 'unknown', step: null });
    expect(heatOf(figures(0.7, 0.89))).toMatchObject({ kind: 'known', isShort: true });
  });
});

describe('a curve', () => {
  const frame = { width: 100, height: 100, from: 0, to: 4, low: 0, high: 1 };

  it('has gaps where nothing is known, and a point alone is seen', () => {
    const points = [0.5, 1, null, 0, null].map((value, at) => ({ at, value }));
    expect(pathOf(frame, points)).toBe('M0.0 50.0L25.0 0.0M75.0 100.0h0.01');
  });

  it('has a band that closes where nothing is known', () => {
    const points = [0.2, 0.4, null].map((low, at) => ({ at, low, high: low === null ? null : low + 0.2 }));
    expect(bandOf(frame, points)).toBe('M0.0 60.0L25.0 40.0L25.0 60.0L0.0 80.0z');
  });

  it('ranges over whole tenths, never so narrow that noise looks like news', () => {
    expect(rangeOf([0.705, 0.71])).toEqual({ low: 0.6, high: 0.8 });
    expect(rangeOf([])).toEqual({ low: 0.5, high: 0.9 });
    expect(gridOf({ low: 0.6, high: 0.8 })).toEqual([0.6, 0.7, 0.8]);
    expect(marksOf(91, 7).at(-1)).toBe(90);
    expect(marksOf(0, 7)).toEqual([]);
  });
});
