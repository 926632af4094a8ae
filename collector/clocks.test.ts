/** Device clocks: trouble is seen within half a minute, and nothing else that makes readings late is taken for it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceClock } from './clocks.ts';

const start = Date.parse('2026-11-23T08:00:00+08:00');
const minute = 60_000;

/** A reading each second from `from` on, by a clock that is so far ahead, received after `delay`. */
function tell(clock: DeviceClock, from: number, seconds: number, aheadMs = 0, delayMs: (ts: number) => number = () => 80): number {
  for (let at = from; at < from + seconds * 1000; at += 1000) clock.take(at + aheadMs + 123, at + 123 + delayMs(at));
  return from + seconds * 1000;
}

describe('a device clock', () => {
  it('that is right is not worth a word, however often it is heard', () => {
    const clock = new DeviceClock();
    expect(clock.recordAt(start)).toBeNull();
    const end = tell(clock, start, 120);
    expect(clock.recordAt(end)).toBeNull();
  });

  it.each([
    [42_000, 'ahead'],
    [360_000, 'ahead'],
    [-42_000, 'behind'],
    [-86_400_000, 'behind'],
  ] as const)('that is off by %i ms is %s', (aheadMs, trouble) => {
    const clock = new DeviceClock();
    const end = tell(clock, start, 40, aheadMs);
    expect(clock.recordAt(end)).toEqual({ offsetSeconds: aheadMs / 1000, resolution: 'ms', jumps: 0, trouble });
  });

  it('may be off by a few seconds', () => {
    const clock = new DeviceClock();
    const end = tell(clock, start, 60, 4_500);
    expect(clock.recordAt(end)).toBeNull();
  });

  it('that has jumped once is told of for an hour, and counted for good', () => {
    const clock = new DeviceClock();
    let now = tell(clock, start, 60, -30_000);
    now = tell(clock, now, 60);
    expect(clock.recordAt(now)).toEqual({ offsetSeconds: 0, resolution: 'ms', jumps: 1, trouble: 'jumping' });
    now = tell(clock, now, 3_600);
    expect(clock.recordAt(now)).toEqual({ offsetSeconds: 0, resolution: 'ms', jumps: 1, trouble: null });
  });

  it('that jumps to and fro is jumping, wherever it is just now', () => {
    const clock = new DeviceClock();
    let now = tell(clock, start, 60);
    for (const aheadMs of [20_000, 0, 20_000]) now = tell(clock, now, 60, aheadMs);
    expect(clock.recordAt(now)).toEqual({ offsetSeconds: 20, resolution: 'ms', jumps: 3, trouble: 'jumping' });
  });

  it('that knows only whole seconds says so after twenty of them, until one is none', () => {
    const clock = new DeviceClock();
    for (let count = 0; count < 19; count += 1) clock.take(start + count * 1000, start + count * 1000 + 500);
    expect(clock.recordAt(start)).toBeNull();
    clock.take(start + 19_000, start + 19_500);
    expect(clock.recordAt(start)).toEqual({ offsetSeconds: 0, resolution: 's', jumps: 0, trouble: null });
    clock.take(start + 20_001, start + 20_500);
    expect(clock.recordAt(start)).toBeNull();
  });
});

describe('no trouble of the clock is', () => {
  const quiet = (clock: DeviceClock, now: number): void => {
    expect(clock.recordAt(now)).toBeNull();
  };

  it('a backlog that drains, at the speed of a slow line or of a fast one', () => {
    for (const speed of [1.5, 5, 1000]) {
      const clock = new DeviceClock();
      const gap = tell(clock, start, 120) + 10 * minute;
      for (let count = 0; count < 20 * minute; count += 1000) {
        const at = Math.max(start + 2 * minute + count, gap + count / speed);
        clock.take(start + 2 * minute + count + 123, at + 200);
      }
      quiet(clock, gap + 10 * minute);
    }
  });

  it('a gateway that sends once a minute what it gathered', () => {
    const clock = new DeviceClock();
    const end = tell(clock, start, 600, 0, (at) => minute - (at % minute));
    quiet(clock, end);
  });

  it('an old recording that comes in between, or one reading with a wild time', () => {
    const clock = new DeviceClock();
    let now = start;
    for (let count = 0; count < 100; count += 1) {
      now = tell(clock, now, 1);
      clock.take(now - 30 * 86_400_000, now);
      if (count === 50) clock.take(now + 365 * 86_400_000 + 7, now);
    }
    quiet(clock, now);
  });

  it('any delay that is shorter than a few seconds now and then', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 30, maxLength: 200 }), (delays) => {
        const clock = new DeviceClock();
        delays.forEach((delay, count) => {
          clock.take(start + count * 1000 + 7, start + count * 1000 + 7 + delay);
        });
        quiet(clock, start + delays.length * 1000);
      }),
      { numRuns: 50 },
    );
  });
});
