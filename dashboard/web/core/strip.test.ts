/** The strip of time, brought up to now; over generated histories it never invents what is not known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateSpan } from '../../../contract/figures.ts';
import { states } from '../../../contract/reading.ts';
import { interruptions, pathsOf, spanAt, ticksOf, upToNow } from './strip.ts';

const span = (from: number, to: number, state: StateSpan['state'], stop: string | null = null): StateSpan => ({ from, to, state, stop });
const past = [span(0, 60, 'running'), span(60, 100, 'stopped', 'jam')];

describe('a history brought up to now', () => {
  it('goes on in the present state', () => {
    expect(upToNow(past, { state: 'stopped', stop: 'jam', since: 60 }, 150)).toEqual([past[0], span(60, 150, 'stopped', 'jam')]);
  });

  it('takes a change that came after the fetch', () => {
    expect(upToNow(past, { state: 'running', stop: null, since: 120 }, 150)).toEqual([
      past[0],
      span(60, 120, 'stopped', 'jam'),
      span(120, 150, 'running'),
    ]);
  });

  it('believes the live record where it knows better since when', () => {
    expect(upToNow(past, { state: 'fault', stop: 'breakdown', since: 80 }, 150)).toEqual([
      past[0],
      span(60, 80, 'stopped', 'jam'),
      span(80, 150, 'fault', 'breakdown'),
    ]);
  });

  it('adds nothing where nothing is known', () => {
    expect(upToNow([], { state: 'running', stop: null, since: 5 }, 150)).toEqual([]);
    expect(upToNow(past, { state: 'unknown', stop: null, since: null }, 150)).toEqual(past);
  });

  it('stays without gaps and overlaps, and ends now, whatever comes', () => {
    const change = fc.record({
      after: fc.integer({ min: 0, max: 300 }),
      state: fc.constantFrom(...states),
      held: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        let spans: readonly StateSpan[] = past;
        let now = 100;
        for (const { after, state, held } of changes) {
          now += after + 1;
          spans = upToNow(spans, { state, stop: null, since: Math.max(0, now - held) }, now);
        }
        expect(spans[0]?.from).toBe(0);
        expect(spans.at(-1)?.to).toBe(now);
        spans.forEach((current, index) => {
          expect(current.to).toBeGreaterThan(current.from);
          if (index > 0) expect(current.from).toBe(spans[index - 1]?.to);
        });
      }),
    );
  });
});

describe('the drawing', () => {
  it('is one path a state, to scale, cut at the window, and never thinner than a pixel', () => {
    const spans = [span(-50, 50, 'running'), span(50, 50.1, 'fault'), span(50.1, 200, 'running')];
    const paths = pathsOf(spans, { from: 0, to: 100 }, { width: 100, height: 10 });
    expect(paths.get('running')).toBe('M0.00 0h50.00v10h-50.00zM50.10 0h49.90v10h-49.90z');
    expect(paths.get('fault')).toBe('M50.00 0h1.00v10h-1.00z');
    expect(paths.has('idle')).toBe(false);
  });

  it('finds the span under a moment', () => {
    expect(spanAt(past, 60)).toBe(past[1]);
    expect(spanAt(past, 100)).toBeUndefined();
  });

  it('marks whole steps of the clock, no more than fit', () => {
    const hour = 3_600_000;
    expect(ticksOf({ from: 0, to: 12 * hour }, 12)).toHaveLength(13);
    expect(ticksOf({ from: 10 * 60_000, to: 3 * hour }, 4)).toEqual([hour, 2 * hour, 3 * hour]);
  });

  it('lists interruptions, newest first', () => {
    expect(interruptions([...past, span(100, 110, 'running'), span(110, 120, 'unknown')], 5).map(({ from }) => from)).toEqual([110, 60]);
  });
});
