/** How late the screen is, from what was shown and when. */
import { expect, test } from 'vitest';
import type { LiveRecord } from '../../../contract/live.ts';
import { Delays } from './delays.ts';

const right = { clock: null } as LiveRecord;
const wrong = { clock: { offsetSeconds: 9, resolution: 'ms', jumps: 0, trouble: 'ahead' } } as LiveRecord;

test('changes of state and numbers are told apart, and devices with a wrong clock are left out', () => {
  const delays = new Delays();
  expect(delays.turns).toEqual({ count: 0, p50: null, p95: null, p99: null });
  for (let ms = 1; ms <= 100; ms += 1) delays.add([{ id: 'a', ts: 1000, since: 1000 }], 1000 + ms, () => right);
  delays.add(
    [
      { id: 'a', ts: 1000, since: 400 },
      { id: 'a', state: 'running' },
    ],
    1250,
    () => right,
  );
  delays.add([{ id: 'b', ts: 1000 }], 9000, () => wrong);
  // A clock may be a moment ahead of ours.
  delays.add([{ id: 'a', ts: 1000 }], 990, () => right);
  expect(delays.turns).toEqual({ count: 100, p50: 51, p95: 96, p99: 100 });
  expect(delays.numbers).toEqual({ count: 2, p50: 250, p95: 250, p99: 250 });
});
