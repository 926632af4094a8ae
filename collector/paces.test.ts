/** When a line is taken for silent, by its own habit. */
import { expect, it } from 'vitest';
import { Paces } from './paces.ts';

const line = 'emb-0001';

it('takes a line for silent after twice its own pause, but not within a second', () => {
  const paces = new Paces();
  paces.hear(line, 0);
  paces.hear(line, 200);
  expect(paces.isSilent(line, 1_200)).toBe(false);
  expect(paces.isSilent(line, 1_201)).toBe(true);
  paces.hear(line, 30_200);
  expect(paces.isSilent(line, 90_200)).toBe(false);
  expect(paces.isSilent(line, 90_201)).toBe(true);
});

it('waits a minute at most, however rarely a line speaks', () => {
  const paces = new Paces();
  paces.hear(line, 0);
  paces.hear(line, 3_600_000);
  expect(paces.isSilent(line, 3_660_000)).toBe(false);
  expect(paces.isSilent(line, 3_660_001)).toBe(true);
});

it('takes a line that was never heard, or whose packet lies ahead of a clock that was set back, for silent', () => {
  const paces = new Paces();
  expect(paces.isSilent(line, 0)).toBe(true);
  paces.hear(line, 3_600_000);
  expect(paces.isSilent(line, 3_599_999)).toBe(true);
});
