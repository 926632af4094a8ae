/**
 * Samples: short, printable, and cheap however large or deep the value is.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleOf, sampleOfBytes, visible } from './sample.ts';

describe('a sample of a value', () => {
  it('is its JSON where that is short enough', () => {
    const plain = fc.jsonValue({ depthSize: 'small' });
    fc.assert(
      fc.property(plain, (value) => {
        const json = JSON.stringify(value);
        fc.pre(json.length < 500 && /^[ -~]*$/.test(json));
        expect(sampleOf(value)).toBe(json);
      }),
    );
  });

  it('ends in … where something is left out, and never exceeds its limit', () => {
    expect(sampleOf([1, 2], 6)).toBe('[1,2]');
    expect(sampleOf([1, 2], 5)).toBe('[1,2…');
    expect(sampleOf('\u007f', 6)).toBe('"\\u00…');
    expect(sampleOf({ a: [1, 2, 3], b: 'xyz' }, 12)).toBe('{"a":[1,2,3…');
    expect(sampleOf({ ['k'.repeat(1000)]: 1 }, 10)).toBe('{"kkkkkkk…');
    expect(sampleOf('x'.repeat(1000), 10)).toBe('"xxxxxxxx…');
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'large' }), fc.integer({ min: 2, max: 60 }), (value, limit) => {
        expect(sampleOf(value, limit).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('costs nothing for what it does not show', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(sampleOf(deep)).toBe(`${'['.repeat(499)}…`);
  });
});

describe('text made visible', () => {
  it('shows control and invisible characters as escapes', () => {
    expect(visible('a\n\r\t\u0000\u007f\u202e\u2028\ud83e')).toBe('a\\n\\r\\t\\u0000\\u007f\\u202e\\u2028\\ud83e');
    expect(visible('\u{e0001}底线 🧵')).toBe('\\u{e0001}底线 🧵');
  });

  it('never ends in half a character', () => {
    expect(visible('\n🧵', 3)).toBe('\\n');
    expect(visible('\n\n🧵🧵', 6)).toBe('\\n\\n🧵');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, limit) => {
        expect(visible(text, limit)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
      { numRuns: 500 },
    );
  });

  it('reads bytes as far as they are text', () => {
    expect(sampleOfBytes(Uint8Array.of(0x6f, 0x6b, 0xff, 0x0a))).toBe('ok\ufffd\\n');
    expect(sampleOfBytes(new Uint8Array(100_000).fill(0x61))).toHaveLength(500);
  });
});
