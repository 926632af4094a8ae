/** What people say of stops, through journal, storing half and store: figures follow it, whatever comes in which order, whenever it is cut off. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { ReclassifyDeed } from '../contract/actions.ts';
import type { Reading, State } from '../contract/reading.ts';
import { naiveFigures, naiveStates, type Said } from '../test/naive.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { Rig } from './rig.suite.ts';

const begin = Date.parse('2026-11-23T09:00:00+08:00');
const minuteMs = 60_000;
const plant = workshopPlant();
const line = 'mill-1';
let rig: Rig;
afterEach(() => rig.close());

function deed(id: string, from: number, to: number, stop: string | null): ReclassifyDeed {
  const before = { state: 'stopped', stop: null } as const;
  return { kind: 'reclassify', id, line, from: begin + from, to: begin + to, stop, before, who: 'li', why: 'seen', at: begin };
}

const send = (ts: number, rest: object): Promise<void> =>
  rig.send({ line, receivedAt: rig.clock.now(), payload: { ts: begin + ts, hold: 120, ...rest } });

test('within five seconds states, figures of the shift and what is live follow; said again it answers again and adds nothing', async () => {
  rig = await Rig.open({ plant, now: begin + 10 * minuteMs });
  await send(0, { state: 'running' });
  await send(2 * minuteMs, { stop: 'jam' });
  await send(4 * minuteMs, { state: 'running', hold: 3600 });
  await rig.settle();
  expect(rig.live.get(line)?.record.shift?.stops.broken).toBeUndefined();
  await rig.act(deed('a', 2 * minuteMs, 4 * minuteMs, 'broken'));
  for (const from = rig.clock.now(); rig.clock.now() < from + 5_000;) await rig.pass(200);
  expect(rig.outcomes).toEqual([{ id: 'a', kind: 'done' }]);
  expect(rig.live.get(line)?.record.shift?.stops.broken).toEqual({ count: 1, seconds: 120 });
  expect(await rig.history.states(line, begin + minuteMs, begin + 5 * minuteMs)).toMatchObject([
    { state: 'running' },
    { state: 'fault', stop: 'broken', original: { state: 'stopped', stop: 'jam' } },
    { state: 'running' },
  ]);
  await rig.act(deed('a', 2 * minuteMs, 4 * minuteMs, 'broken'));
  await rig.act(deed('b', 2 * minuteMs, 4 * minuteMs, null));
  await rig.act(deed('a', 2 * minuteMs, 4 * minuteMs, 'broken'));
  await rig.settle();
  expect(rig.outcomes.map(({ id }) => id)).toEqual(['a', 'a', 'b', 'a']);
  expect((await rig.history.reclassifications(line, 0, begin + 3_600_000)).map(({ id, stop }) => [id, stop])).toEqual([
    ['a', 'broken'],
    ['b', null],
  ]);
  expect((await rig.history.utilization(line, begin, begin + 10 * minuteMs)).stops).toEqual({ jam: { count: 1, seconds: 120 } });
});

const codes = Object.keys(mill.stops);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        kind: fc.constant('reading' as const),
        ts: fc.integer({ min: 0, max: 30 * minuteMs }),
        state: fc.option(fc.constantFrom<State>('running', 'stopped', 'idle', 'fault', 'unknown'), { nil: undefined }),
        stop: fc.option(fc.constantFrom(...codes), { nil: undefined }),
        hold: fc.integer({ min: 1, max: 600 }),
      },
      { noNullPrototype: true },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        kind: fc.constant('said' as const),
        from: fc.integer({ min: 0, max: 30 * minuteMs }),
        length: fc.integer({ min: 1, max: 15 * minuteMs }),
        stop: fc.constantFrom(...codes, null),
      },
      { noNullPrototype: true },
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'stop' as const }, { kind: 'kill' as const }, { kind: 'pass' as const }) },
);

test('whatever is said and read in whichever order, stopped or cut off anywhere: the states and figures of the naive way', async () => {
  rig = await Rig.open({ plant, now: begin });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
      await rig.close();
      rig = await Rig.open({ plant, now: begin + 40 * minuteMs });
      const readings: Reading[] = [];
      const said: Said[] = [];
      for (const [index, one] of steps.entries()) {
        if (one.kind === 'reading') {
          const { ts, state, stop, hold } = one;
          const given = { hold, ...(state && { state }), ...(stop !== undefined && { stop }) };
          readings.push({ line, ts: begin + ts, receivedAt: rig.clock.now(), metrics: {}, ...given });
          await send(ts, given);
        } else if (one.kind === 'said') {
          const action = deed(String(index), one.from, one.from + one.length, one.stop);
          said.push(action);
          await rig.act(action);
        } else if (one.kind === 'pass') await rig.pass(400);
        else {
          await (one.kind === 'stop' ? rig.stop() : rig.kill());
          await rig.start();
        }
      }
      await rig.settle();
      const now = begin + 50 * minuteMs;
      const [from, to] = [begin, begin + 45 * minuteMs];
      const history = rig.historyAt({ now: () => now });
      expect(await history.states(line, from, to)).toEqual(naiveStates(readings, mill, { from, to, now }, said));
      const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
      if (!calendar) throw new Error('the line has a calendar');
      const figures = naiveFigures(readings, mill, calendar, plant.timezone, { from, to, now }, said);
      expect(await history.utilization(line, from, to)).toMatchObject({ ...figures });
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
