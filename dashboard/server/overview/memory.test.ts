/** Answers are worked out once for all who ask meanwhile; the one before stands in for the next; failures are forgotten. */
import { expect, test } from 'vitest';
import { HandClock } from '../../../contract/clock.suite.ts';
import { createMemory } from './memory.ts';

/** Work that ends when told. */
function works() {
  const open: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  return { open, work: () => new Promise<string>((resolve, reject) => open.push({ resolve, reject })) };
}

test('one answer for all who ask while it is true, also while it is being worked out', async () => {
  const [clock, { open, work }] = [new HandClock(), works()];
  const memory = createMemory(clock);
  const ask = (): Promise<string> => memory.recall('a', clock.now() + 1000, work);
  const asked = [ask(), ask()];
  open[0]?.resolve('first');
  expect(await Promise.all([...asked, ask()])).toEqual(['first', 'first', 'first']);
  expect(open).toHaveLength(1);
});

test('once its time is over the answer before stands in until the next is there, but not for long', async () => {
  const [clock, { open, work }] = [new HandClock(), works()];
  const memory = createMemory(clock);
  const ask = (): Promise<string> => memory.recall('a', clock.now() + 1000, work);
  const first = ask();
  open[0]?.resolve('first');
  await first;
  clock.advance(1000);
  expect([await ask(), await ask(), open.length]).toEqual(['first', 'first', 2]);
  open[1]?.resolve('second');
  await expect.poll(ask).toBe('second');
  clock.advance(10 * 60_000);
  const third = ask();
  open[2]?.resolve('third');
  expect(await third).toBe('third');
});

test('what failed is asked anew, with the answer before it while that is worth anything', async () => {
  const [clock, { open, work }] = [new HandClock(), works()];
  const memory = createMemory(clock);
  const ask = (): Promise<string> => memory.recall('a', clock.now() + 1000, work);
  const failed = ask();
  open[0]?.reject(new Error('down'));
  await expect(failed).rejects.toThrow('down');
  const first = ask();
  open[1]?.resolve('first');
  await first;
  clock.advance(1000);
  expect(await ask()).toBe('first');
  open[2]?.reject(new Error('down'));
  await expect.poll(async () => [await ask(), open.length]).toEqual(['first', 4]);
});

test('it never holds more than so many', async () => {
  const memory = createMemory(new HandClock());
  let worked = 0;
  const ask = (key: number): Promise<number> => memory.recall(String(key), Number.MAX_SAFE_INTEGER, () => Promise.resolve((worked += 1)));
  for (let key = 0; key < 60; key += 1) await ask(key);
  expect([await ask(59), worked]).toEqual([60, 60]);
  await ask(0);
  expect(worked).toBe(61);
});
