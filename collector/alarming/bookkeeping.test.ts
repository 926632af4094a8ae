/** Bookkeeping by a clock that tests move: once a second what has changed, now and then a snapshot, and no longer pauses when the clock is set back. */
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { alarmOf } from '../../contract/alarm.suite.ts';
import type { AlarmEntry, AlarmSnapshot } from '../../store/alarmbook.ts';
import { HandClock } from '../rig.suite.ts';
import { Bookkeeping } from './bookkeeping.ts';

const begin = Date.parse('2026-11-23T14:00:00+08:00');
const second = 1_000;
const hour = 3_600 * second;

let clock: HandClock;
let entries: AlarmEntry[];
let isDown: boolean;
/** How far the journal has been read. */
let position: number;
let kept: Bookkeeping;

beforeEach(() => {
  clock = new HandClock(begin);
  entries = [];
  [isDown, position] = [false, 0];
  const enter = (entry: AlarmEntry): Promise<void> => {
    if (isDown) return Promise.reject(new Error('the store is away'));
    entries.push(entry);
    return Promise.resolve();
  };
  const book = { enter };
  const snapshot = (): AlarmSnapshot => ({ position, at: clock.now(), engine: '{}' });
  const log = pino({ level: 'silent' });
  kept = new Bookkeeping({ book, clock, log, snapshot, position: () => position, keptFrom: 0, hasSnapshot: false });
});

/** Lets seconds pass, with four more changes in each of them. */
async function pass(seconds: number, isCatchingUp = false): Promise<void> {
  for (let n = 0; n < 4 * seconds; n += 1) {
    position += 1;
    kept.add({ records: [alarmOf('emb-1', clock.now())], incidents: [], steps: [] });
    clock.moveTo(clock.now() + second / 4);
    kept.tick(clock.now(), isCatchingUp);
    await Promise.resolve();
    await Promise.resolve();
  }
}

const snapshots = (): number => entries.filter(({ snapshot }) => snapshot !== null).length;

test('changes are entered each second, a snapshot at once and every 12 s', async () => {
  await pass(25);
  expect(entries).toHaveLength(25);
  expect(snapshots()).toBe(3);
});

test('while what was missed is read, entries and snapshots are closer together, for the life may be short', async () => {
  await pass(3, true);
  expect([entries.length, snapshots()]).toEqual([12, 6]);
});

test('while nothing can be read, none is made that says what the last one said', async () => {
  await pass(1, true);
  const before = snapshots();
  for (let n = 0; n < 20; n += 1) {
    clock.moveTo(clock.now() + second);
    kept.tick(clock.now(), true);
    await Promise.resolve();
  }
  expect(snapshots() - before).toBeLessThanOrEqual(1);
});

describe('a clock that is set back by an hour', () => {
  test('delays neither entries nor snapshots', async () => {
    await pass(3);
    clock.jump(-hour);
    await pass(13);
    expect(entries).toHaveLength(16);
    expect(snapshots()).toBe(3);
  });

  test('does not keep it from trying a store again that was away', async () => {
    isDown = true;
    await pass(8);
    expect(entries).toEqual([]);
    clock.jump(-hour);
    isDown = false;
    await pass(1);
    expect(entries.map(({ records }) => records.length)).toEqual([33]);
  });
});
