/** No dependency is older than what is known to be safe, wherever in the tree it lies. */
import { expect, test } from 'vitest';
import { textOf } from './sources.ts';

interface Minimum {
  readonly package: string;
  readonly least: string;
  readonly reason: string;
}

const minimums = JSON.parse(textOf('docs/minimum-versions.json')) as Minimum[];
const { packages } = JSON.parse(textOf('package-lock.json')) as { packages: Record<string, { version?: string }> };

/** Whether a version is as new as another; a preview of it is not. */
function reaches(version: string, least: string): boolean {
  const parts = (text: string): number[] => (text.split('-')[0] ?? '').split('.').map(Number);
  const [have, need] = [parts(version), parts(least)];
  const first = need.findIndex((part, index) => part !== have[index]);
  return first < 0 ? !version.includes('-') : (have[first] ?? 0) > (need[first] ?? 0);
}

test.each([
  ['1.2.0', '1.2.0', true],
  ['1.10.0', '1.9.9', true],
  ['2.0.0', '1.9.9', true],
  ['1.2.0-beta', '1.2.0', false],
  ['1.1.9', '1.2.0', false],
])('%s reaches %s: %s', (version, least, outcome) => {
  expect(reaches(version, least)).toBe(outcome);
});

test.each(minimums)('$package is $least or newer: $reason', ({ package: name, least, reason }) => {
  const versions = Object.entries(packages).flatMap(([path, { version }]) =>
    path.endsWith(`node_modules/${name}`) && version ? [version] : [],
  );
  expect(versions.length, 'a minimum for what is not there any more').toBeGreaterThan(0);
  expect(versions.filter((version) => !reaches(version, least))).toEqual([]);
  expect(reason.length).toBeGreaterThan(10);
});
