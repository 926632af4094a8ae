/** What a line's page and the handover are made of: periods, zoom, Pareto, heat map, events, targets. */
import { describe, expect, it } from 'vitest';
import type { BreaksAnswer } from '../../../contract/details.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import { heatMapOf } from './breaks.ts';
import { eventKinds, eventsOf, type EventKind } from './events.ts';
import { longStopsOf, stopSumOf } from './handover.ts';
import { paretoOf } from './pareto.ts';
import { shiftBefore, windowOf } from './period.ts';
import { figures, hourMs, minuteMs, now, plant } from './samples.suite.ts';
import { attainment, progressOf, targetOf } from './target.ts';
import { dragged, moved, zoomed } from './zoom.ts';

const press = plant.types.press;
if (!press) throw new Error('no press');

describe('a period', () => {
  const running = { from: now - hourMs, to: now + hourMs };
  it('is the running shift to its planned end, hours back from now, or the shift before', () => {
    expect(windowOf('shift', running, null, now)).toEqual({ ...running, goesOn: true });
    expect(windowOf('shift', { from: running.from, to: now - minuteMs }, null, now)).toMatchObject({ to: now });
    const day = windowOf('day', running, null, now + 7);
    expect([now - (day?.from ?? 0), day?.to, day?.goesOn]).toEqual([24 * hourMs, now + 7, true]);
    expect(windowOf('before', running, null, now)).toBeNull();
  });

  it('knows the shift before: not the running one, and none that is cut off by the present', () => {
    const [first, second] = [
      { from: now - 13 * hourMs, to: now - hourMs },
      { from: now - hourMs, to: now },
    ];
    expect(shiftBefore([first, second], running, now)).toBe(first);
    expect(shiftBefore([first, { ...second, to: now + 1 }], null, now)).toBe(first);
    expect(shiftBefore([], running, now)).toBeNull();
  });
});

describe('zooming', () => {
  const whole = { from: 0, to: 12 * hourMs };
  it('keeps what is under the pointer in its place, stays inside, and ends with the whole', () => {
    const half = zoomed(whole, whole, 0.5, 3 * hourMs);
    expect(half).toEqual({ from: 1.5 * hourMs, to: 7.5 * hourMs });
    expect(half && moved(whole, half, 99 * hourMs)).toEqual({ from: 6 * hourMs, to: 12 * hourMs });
    expect(half && zoomed(whole, half, 2, 0)).toBeNull();
    expect(zoomed(whole, whole, 1e-9, hourMs)).toMatchObject({ from: hourMs - 5000 });
  });

  it('takes what was dragged over, in either direction', () => {
    expect(dragged(whole, 5 * hourMs, 4 * hourMs)).toEqual({ from: 4 * hourMs, to: 5 * hourMs });
  });
});

describe('reasons for stops', () => {
  it('are the largest first, cumulated to everything; running codes are none', () => {
    const stops = { jam: { count: 1, seconds: 60 }, breakdown: { count: 3, seconds: 20 } };
    const type = { ...press, stops: { ...press.stops, sewing: { state: 'running' as const, name: { zh: '绣', en: 'x' } } } };
    const bars = paretoOf({ stops: { ...stops, sewing: { count: 9, seconds: 900 } } }, type, 'seconds');
    expect(bars.map(({ stop, state, size, cumulated }) => [stop, state, size, cumulated])).toEqual([
      ['jam', 'stopped', 1, 0.75],
      ['breakdown', 'fault', 1 / 3, 1],
    ]);
    expect(paretoOf({ stops }, press, 'count').map(({ stop }) => stop)).toEqual(['breakdown', 'jam']);
    expect(stopSumOf({ stops }, { type: press })).toEqual({ count: 4, seconds: 80 });
  });
});

describe('breaks by head', () => {
  const cell = (hour: number, head: number, upper: number, bobbin: number) => ({ hour, head, count: upper + bobbin, upper, bobbin });
  const answer: BreaksAnswer = {
    from: 0,
    to: 2,
    total: 7,
    headless: 1,
    hours: [0, 1],
    cells: [cell(0, 2, 3, 1), cell(1, 2, 0, 1), cell(1, 3, 1, 0)],
  };
  it('have a cell for every head and hour, and mark the head that breaks far more than the others', () => {
    const map = heatMapOf(answer, 4, 'all');
    expect(map.rows.map(({ cells }) => cells.map(({ count }) => count))).toEqual([
      [0, 4, 0, 0],
      [0, 1, 1, 0],
    ]);
    expect(map.heads.filter(({ isOften }) => isOften).map(({ head }) => head)).toEqual([2]);
    expect(map.sides).toEqual({ upper: 4, bobbin: 2 });
  });

  it('can be of one thread alone, and name a head that is not known to be in use', () => {
    const map = heatMapOf(answer, 0, 'bobbin');
    expect(map.heads.map(({ head, total }) => [head, total])).toEqual([
      [1, 0],
      [2, 2],
      [3, 0],
    ]);
  });
});

describe('the event log', () => {
  const spans: StateSpan[] = [
    { from: 0, to: 10, state: 'running', stop: null },
    { from: 10, to: 20, state: 'stopped', stop: 'jam' },
  ];
  const context = (ts: number, order: string | null) => ({ ts, order, batch: null, design: null, product: null });
  const backfills = [{ from: 2, to: 4, receivedFrom: 14, receivedTo: 15, readings: 3 }];
  const log = (kinds: readonly EventKind[]) =>
    eventsOf({ spans, contexts: [context(-5, 'A'), context(12, 'B')], backfills, alarms: [] }, 0, new Set(kinds));
  it('tells the newest first; what was in force before the window is no event', () => {
    expect(log(eventKinds).map(({ kind, ts }) => [kind, ts])).toEqual([
      ['late', 15],
      ['context', 12],
      ['stop', 10],
      ['run', 0],
    ]);
    expect(log(['context'])).toMatchObject([{ changes: [{ name: 'order', value: 'B' }] }]);
  });
});

describe('targets and progress', () => {
  it('are of planned busy time at the ideal rate; nothing where the type says nothing', () => {
    expect(targetOf(press, figures({ busySeconds: 1800 }))).toBe(500);
    expect(attainment(100, 500)).toBe(0.2);
    expect(attainment(100, 0)).toBeNull();
    expect(targetOf(undefined, figures())).toBeNull();
    const counting = { ...press, progress: { done: 'speed', of: 'force' } };
    expect(progressOf(counting, { speed: 3, force: 4 })).toBe(0.75);
    expect(progressOf(counting, { speed: 3 })).toBeNull();
    expect(progressOf(press, { speed: 3, force: 4 })).toBeNull();
  });
});

describe('long stops of a handover', () => {
  it('are neither planned nor unknown, the longest first', () => {
    const span = (state: StateSpan['state'], from: number, minutes: number) => ({ from, to: from + minutes * minuteMs, state, stop: null });
    const spans = [span('stopped', 0, 10), span('planned', 1, 60), span('fault', 2, 40), span('idle', 3, 9), span('unknown', 4, 99)];
    expect(longStopsOf(spans, 10).map(({ state }) => state)).toEqual(['fault', 'stopped']);
  });
});
