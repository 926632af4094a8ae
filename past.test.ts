/** The demo's past: who is given one, what counts as stored, and how a start in the middle goes on. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HealthAnswer } from './contract/api.ts';
import { systemClock, type Clock } from './contract/clock.ts';
import { DemoPast } from './past.ts';

let dataFolder: string;
let look: () => void;
let readings: HealthAnswer['readings'];
let asked: number[];
let finished: number;

const clock: Clock = {
  ...systemClock,
  every: (_milliseconds, callback) => {
    look = callback;
    return () => (look = () => undefined);
  },
};

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'bobbin-past-'));
  [asked, finished] = [[], 0];
  readings = { received: 0, stored: 0, duplicate: 0, rejected: {}, pending: 0 };
});

afterEach(() => {
  rmSync(dataFolder, { recursive: true });
});

function open(now = 1_000): DemoPast | null {
  return DemoPast.open({ dataFolder, simulate: true, store: 'duckdb' }, now);
}

/** Of four lines. */
function followed(past: DemoPast | null): { past: DemoPast; stop: () => void } {
  if (!past) throw new Error('no past to tell');
  past.ask = (lines) => asked.push(lines);
  return {
    past,
    stop: past.follow(
      4,
      () => Promise.resolve({ readings }),
      clock,
      () => (finished += 1),
    ),
  };
}

/** One look at the store. */
async function see(received: number, pending: number): Promise<void> {
  readings = { ...readings, received, pending };
  look();
  await Promise.resolve().then(() => undefined);
  await new Promise(setImmediate);
}

function tellers(options: readonly string[]): { end: string | undefined; stored: unknown } {
  const file = options[options.indexOf('--past-except') + 1] ?? '';
  const { stored } = JSON.parse(readFileSync(file, 'utf8')) as { stored: unknown };
  return { end: options[options.indexOf('--past-end') + 1], stored };
}

test('only a new data folder on the embedded store is given a past', () => {
  expect(DemoPast.open({ dataFolder, simulate: false, store: 'duckdb' }, 0)).toBeNull();
  expect(DemoPast.open({ dataFolder, simulate: true, store: { url: 'http://127.0.0.1:8086', database: 'bobbin' } }, 0)).toBeNull();
  expect(open()?.share(4)).toBe(0);
  mkdirSync(join(dataFolder, 'store'));
  expect(open()).toBeNull();
});

test('a line counts once everything received by then is stored; the simulators are asked as the store has room', async () => {
  const { past } = followed(open());
  past.options();
  await see(10, 0);
  expect(asked).toEqual([20]);
  past.told(['a', 'b']);
  await see(2_000, 1_900);
  await see(2_500, 501);
  expect(past.share(4)).toBe(0);
  await see(9_000, 7_000);
  expect(past.share(4)).toBe(0.5);
  past.told(['c', 'd']);
  await see(9_000, 0);
  await see(9_000, 0);
  expect(past.share(4)).toBeNull();
  expect(finished).toBe(1);
  expect(open()).toBeNull();
});

test('a start in the middle goes on with the same past and the lines that are left', async () => {
  const first = followed(open(1_000));
  expect(tellers(first.past.options())).toEqual({ end: '1000', stored: [] });
  first.past.told(['a', 'c']);
  await see(100, 90);
  await see(200, 100);
  first.past.told(['b']);
  await see(300, 150);
  first.stop();
  mkdirSync(join(dataFolder, 'store'));
  const { past } = followed(open(9_000));
  expect(past.share(4)).toBe(0.5);
  expect(tellers(past.options())).toEqual({ end: '1000', stored: ['a', 'c'] });
});

test('lines that cannot tell hold the others up for a few looks only', async () => {
  followed(open());
  for (let count = 0; count < 62; count += 1) await see(0, 0);
  expect(asked).toEqual([20, 20]);
  for (let count = 0; count < 70; count += 1) await see(50_000, 40_000);
  expect(asked).toEqual([20, 20]);
});
