/**
 * A room's promise: whoever joins at any moment and applies every delta knows exactly what is; in few fields, in good
 * time.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LineDelta, LiveRecord } from '../../contract/live.ts';
import { createRoom } from './room.ts';
import { begin, smallPlant } from './plant.suite.ts';
import { liveRecord } from './stage.suite.ts';

const lines = [...smallPlant().lines.values()];
const records = (): LiveRecord[] => lines.map((line) => liveRecord(line, begin));
const first = (changes: Partial<LiveRecord>): LiveRecord => ({ ...(records()[0] ?? never()), ...changes });
const never = (): never => {
  throw new Error('no line');
};

function applied(known: readonly LiveRecord[], deltas: readonly LineDelta[]): LiveRecord[] {
  const changed = new Map(deltas.map((delta) => [delta.id, delta]));
  return known.map((record) => ({ ...record, ...changed.get(record.id) }));
}

test('a turn is told at once with all its fields; a number waits for the round of numbers', () => {
  const room = createRoom(records(), 1);
  expect(room.take(first({ metrics: { speed: 650 } }))).toBe(false);
  expect(room.turns()).toEqual([]);
  expect(room.take(first({ metrics: { speed: 0 }, state: 'stopped', stop: 'thread-break', since: 5 }))).toBe(true);
  expect(room.turns()).toEqual([{ id: 'emb-1', state: 'stopped', stop: 'thread-break', since: 5, metrics: { speed: 0 } }]);
  expect(room.changes()).toEqual([]);
});

test('only fields that differ from what was sent are told, deep equals being equal', () => {
  const room = createRoom(records(), 1);
  room.take(first({ metrics: { speed: 700 }, alarm: { count: 0, priority: null }, ts: 9 }));
  expect(room.changes()).toEqual([{ id: 'emb-1', ts: 9 }]);
  room.take(first({ metrics: { speed: 1 }, ts: 9 }));
  room.take(first({ ts: 9 }));
  expect(room.changes()).toEqual([]);
});

test('a metric that appears or goes is a change', () => {
  const room = createRoom(records(), 1);
  room.take(first({ metrics: { speed: 700, pieces: 1 } }));
  expect(room.changes()).toEqual([{ id: 'emb-1', metrics: { speed: 700, pieces: 1 } }]);
  room.take(first({ metrics: {} }));
  expect(room.changes()).toEqual([{ id: 'emb-1', metrics: {} }]);
});

test('figures go out for a part of the lines each round, and for all of them within the rounds', () => {
  const room = createRoom(records(), 5);
  for (const record of records()) room.take({ ...record, hour: { ...record.hour, to: record.hour.to + 1 } });
  const rounds = Array.from({ length: 5 }, () => room.changes());
  expect(rounds.map((deltas) => deltas.length)).toEqual([1, 1, 1, 1, 1]);
  expect(rounds.flat().map(({ id, hour }) => [id, hour?.to])).toEqual(
    expect.arrayContaining(records().map(({ id, hour }) => [id, hour.to + 1])),
  );
  expect(room.changes()).toEqual([]);
});

test('whoever joins at any moment and applies every delta ends with what is', () => {
  const change = fc.record(
    {
      state: fc.constantFrom('running' as const, 'stopped' as const),
      stop: fc.constantFrom(null, 'thread-break'),
      ts: fc.nat(3),
      metrics: fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(2)),
      batch: fc.constantFrom(null, '118'),
      shift: fc.constant(null),
      hour: fc.nat(3).map((to) => ({ ...first({}).hour, to })),
    },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    fc.record({ line: fc.nat(lines.length - 1), change }),
    fc.constant('turns' as const),
    fc.constant('changes' as const),
    fc.constant('join' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, rounds) => {
      const room = createRoom(records(), rounds);
      const truth = records();
      const watchers = [room.sent()];
      const tell = (deltas: LineDelta[]): void => {
        watchers.forEach((known, index) => (watchers[index] = applied(known, deltas)));
      };
      for (const what of steps) {
        if (what === 'join') watchers.push(room.sent());
        else if (what === 'turns') tell(room.turns());
        else if (what === 'changes') tell(room.changes());
        else {
          const record = { ...(truth[what.line] ?? never()), ...what.change };
          truth[what.line] = record;
          room.take(record);
        }
      }
      for (let round = 0; round < rounds; round += 1) tell(room.changes());
      for (const known of watchers) expect(known).toEqual(truth);
    }),
  );
});
