/** Troubles of the system itself: when each begins and ends. */
import { describe, expect, test } from 'vitest';
import type { JournalHealth } from '../../journal/journal.ts';
import { HandClock } from '../rig.suite.ts';
import { Troubles } from './troubles.ts';

const second = 1_000;

function stage() {
  const clock = new HandClock(0);
  const health: JournalHealth = { sizeBytes: 0, limitBytes: 1, withheld: false, damagedRecords: 0, first: 0, next: 0 };
  const state = { health, answers: true, store: null as string | null };
  const open = new Set<string>();
  const troubles = new Troubles({
    journal: { health: () => (state.answers ? Promise.resolve(state.health) : new Promise<never>(() => undefined)) },
    storeTrouble: () => state.store,
    clock,
    tell: ({ what, raised }) => {
      if (raised) open.add(what);
      else open.delete(what);
    },
  });
  /** Lets seconds pass, as the collector's ticks do. */
  const pass = async (seconds: number): Promise<string[]> => {
    for (let n = 0; n < seconds * 4; n += 1) {
      clock.moveTo(clock.now() + second / 4);
      troubles.tick(clock.now());
      await Promise.resolve();
      await Promise.resolve();
    }
    return [...open];
  };
  const setBack = (ms: number): void => {
    clock.jump(-ms);
  };
  return { state, troubles, pass, open, setBack };
}

describe('a journal', () => {
  test('that takes nothing for some seconds is a trouble, and until it takes again nobody can be heard', async () => {
    const { state, troubles, pass } = stage();
    expect(await pass(3)).toEqual([]);
    state.health = { ...state.health, withheld: true };
    expect(await pass(2)).toEqual([]);
    expect(troubles.isDeaf).toBe(true);
    expect(await pass(4)).toEqual(['journal']);
    state.health = { ...state.health, withheld: false };
    expect(await pass(2)).toEqual([]);
    expect(troubles.isDeaf).toBe(false);
  });

  test('that does not answer takes nothing', async () => {
    const { state, troubles, pass } = stage();
    await pass(1);
    state.answers = false;
    expect(await pass(6)).toEqual(['journal']);
    expect(troubles.isDeaf).toBe(true);
  });

  test('in which damage is found is a trouble for five minutes after the last', async () => {
    const { state, pass } = stage();
    await pass(2);
    state.health = { ...state.health, damagedRecords: 3 };
    expect(await pass(290)).toEqual(['damage']);
    state.health = { ...state.health, damagedRecords: 4 };
    expect(await pass(290)).toEqual(['damage']);
    expect(await pass(15)).toEqual([]);
  });
});

test('a store is missed after half a minute, and no longer once it is back', async () => {
  const { state, pass } = stage();
  state.store = 'cannot write to the store';
  expect(await pass(29)).toEqual([]);
  expect(await pass(4)).toEqual(['store']);
  state.store = null;
  expect(await pass(2)).toEqual([]);
});

test('a clock that is set back neither hides a trouble nor makes one last', async () => {
  const { state, pass, setBack } = stage();
  state.store = 'cannot write to the store';
  state.health = { ...state.health, damagedRecords: 1 };
  await pass(31);
  setBack(3_600 * second);
  state.health = { ...state.health, withheld: true };
  expect(await pass(6)).toEqual(['damage', 'journal']);
  expect(await pass(30)).toEqual(['damage', 'journal', 'store']);
  state.store = null;
  state.health = { ...state.health, withheld: false };
  expect(await pass(300)).toEqual([]);
});

test('a channel is told of as it fails and works again', () => {
  const { troubles, open } = stage();
  troubles.channel('ding', false, 'HTTP 500');
  expect([...open]).toEqual(['channel-ding']);
  troubles.channel('ding', true, null);
  expect([...open]).toEqual([]);
});
