/** Small pure parts of the core: limits, the last hour as a bar, rates and balance of health, lines, plant, totals. */
import { describe, expect, it } from 'vitest';
import { stopsOf } from './hour.ts';
import { balanceOf, ratesOf, type Sample } from './health.ts';
import { breachOf, isTelling, limitsOf } from './limits.ts';
import { Lines } from './lines.ts';
import { breaksOf, everywhere, isWithin, linesIn, Plant, shiftMs } from './plant.ts';
import { figures, hourMs, now, plant, plantAnswer, record } from './samples.suite.ts';
import { isScant, isShort, totalsOf } from './totals.ts';

describe('limits', () => {
  const metrics = plant.types.press?.metrics ?? {};
  it('are broken at the value, and only in the state they are for', () => {
    const force = metrics.force;
    if (!force) throw new Error('the sample press has no force');
    expect([7.9, 8, 12].map((value) => breachOf(force, value, 'running'))).toEqual([null, 'alert', 'action']);
    expect(breachOf(force, 12, 'setup')).toBeNull();
    expect(breachOf(force, undefined, 'running')).toBeNull();
    expect(limitsOf(force)).toEqual([
      { value: 8, kind: 'alert' },
      { value: 12, kind: 'action' },
    ]);
  });

  it('and units make a metric worth a chart, counters and plain numbers do not', () => {
    const telling = Object.entries(metrics).filter(([id, metric]) => isTelling(id, metric, 'speed'));
    expect(telling.map(([id]) => id)).toEqual(['speed', 'force']);
  });
});

describe('the lines now known', () => {
  it('change only where a delta says so', () => {
    const lines = new Lines();
    lines.replace([record('a1'), record('a2')]);
    const before = lines.get('a2');
    expect(lines.apply([{ id: 'a1', metrics: { speed: 5 } }])).toBe(false);
    expect(lines.get('a1')).toMatchObject({ state: 'running', metrics: { speed: 5 } });
    expect(lines.get('a2')).toBe(before);
    expect(lines.apply([{ id: 'a1', state: 'stopped', stop: 'jam' }])).toBe(true);
    expect(lines.apply([{ id: 'zz', state: 'stopped' }])).toBe(false);
    expect(lines.size).toBe(2);
  });
});

describe('places and shifts', () => {
  it('count the lines below them', () => {
    expect(plantAnswer.parks.map(linesIn)).toEqual([6, 2]);
    const inAlpha = [...plant.lines()].filter((line) => isWithin(line, { park: 'north', firm: 'alpha', workshop: null }));
    expect(inAlpha).toHaveLength(4);
  });

  it('are named as narrowly as they can be', () => {
    const south = new Plant({ ...plantAnswer, parks: plantAnswer.parks.slice(1) });
    expect(south.narrowed(everywhere)).toEqual({ park: 'south', firm: 'gamma', workshop: null });
    expect(plant.narrowed(everywhere)).toEqual(everywhere);
    expect(plant.narrowed({ park: 'north', firm: 'nowhere', workshop: null })).toEqual({ park: 'north', firm: 'nowhere', workshop: null });
  });

  it('last over midnight, with their breaks where they belong', () => {
    const night = plant.shift('days', { id: 'night', from: 0 });
    if (!night) throw new Error('the sample calendar has no night shift');
    expect(shiftMs(night)).toBe(12 * hourMs);
    expect(shiftMs({ start: '00:00', end: '24:00' })).toBe(24 * hourMs);
    expect(breaksOf(night, now)).toEqual([{ from: now + 4 * hourMs, to: now + 4.5 * hourMs }]);
  });
});

describe('totals', () => {
  it('bound utilization by what is not known, and say where that is too much', () => {
    const part = figures({ runningSeconds: 1800, stoppedSeconds: 600, unknownSeconds: 1200 });
    const totals = totalsOf([record('a1', { shift: { id: 'day', ...part } })], plant);
    expect(totals).toMatchObject({ utilization: 0.75, low: 0.5, coverage: 2400 / 3600 });
    expect(totals.high).toBeCloseTo(3000 / 3600, 12);
    expect(isShort(totals)).toBe(true);
    expect(isShort(totalsOf([record('a1')], plant))).toBe(false);
    expect(isShort(totalsOf([], plant))).toBe(false);
  });

  it('tell little where hardly anything is known', () => {
    const known = (seconds: number): boolean => {
      const part = figures({ runningSeconds: seconds, stoppedSeconds: 0, unknownSeconds: 3600 - seconds });
      return isScant(totalsOf([record('a1', { shift: { id: 'day', ...part } })], plant));
    };
    expect([known(719), known(720)]).toEqual([true, false]);
    expect(isScant(totalsOf([], plant))).toBe(false);
  });
});

describe('the bar of an hour', () => {
  it('ends where the hour ends, with what is not known at its end', () => {
    const hour = figures({ runningSeconds: 1800, stoppedSeconds: 900, unknownSeconds: 900 });
    expect(stopsOf(hour)).toEqual({
      known: 'var(--running) 0.0% 50.0%, var(--stopped) 50.0% 75.0%, var(--unknown) 75.0% 100.0%',
      unknown: '25.0',
    });
    expect(stopsOf(figures({ runningSeconds: 0, stoppedSeconds: 0 })).unknown).toBe('0');
  });
});

describe('health', () => {
  const sample = (at: number, received: number): Sample => ({
    at,
    health: {
      status: 'ok',
      version: '1',
      uptimeSeconds: 1,
      readings: { received, stored: received - 6, duplicate: 1, rejected: { future: 2 }, pending: 3 },
      store: { kind: 'duckdb', ok: true, behindRecords: 0, behindMs: 0, sizeBytes: 0, detail: null },
      journal: { sizeBytes: 0, limitBytes: 1, withheld: false, damagedRecords: 0 },
      latencyMs: { p50: 1, p95: 2, p99: 3 },
    },
  });
  it('balances the account of readings', () => {
    const { readings } = sample(0, 100).health;
    expect(balanceOf(readings)).toBe(0);
    expect(balanceOf({ ...readings, stored: 90 })).toBe(4);
  });

  it('tells how many arrive a second, beginning anew after a restart', () => {
    expect(ratesOf([sample(0, 100)])).toBeNull();
    expect(ratesOf([sample(0, 100), sample(2000, 2700)])).toBe(1300);
    expect(ratesOf([sample(0, 90_000), sample(1000, 100), sample(3000, 300)])).toBe(100);
  });
});
