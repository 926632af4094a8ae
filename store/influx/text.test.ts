/**
 * What goes into points and statements: nothing from outside gets a meaning there, and everything comes back as it was.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostileTexts } from '../sample.suite.ts';
import { carried, containing, float, instant, integer, point, spelled, tagged, text, uncarried, unspelled } from './text.ts';

const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostileTexts, '\ud800', '%0041', '\\u0041'));

describe('names', () => {
  test('come back, and stay within their alphabet', () => {
    fc.assert(
      fc.property(anything, (name) => {
        expect(unspelled(spelled(name))).toBe(name);
        expect(spelled(name)).toMatch(/^[A-Za-z0-9._%-]+$/);
      }),
    );
  });

  test('that differ stay different; ids stay themselves', () => {
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        expect(spelled(a) === spelled(b)).toBe(a === b);
      }),
    );
    expect(spelled('emb-0001')).toBe('emb-0001');
  });

  test('of our own that are no names are refused', () => {
    for (const name of ['', 'a b', 'a"b', "a'b", 'a,b', 'a=b', 'a\nb', 'a\\b']) {
      expect(() => point(name, {}, [['f', '1']], 0)).toThrow(RangeError);
      expect(() => point('m', {}, [[name, '1']], 0)).toThrow(RangeError);
      expect(() => tagged(name, 'x')).toThrow(RangeError);
    }
  });
});

describe('texts', () => {
  test('come back, with no control characters on the way', () => {
    fc.assert(
      fc.property(anything, (given) => {
        expect(uncarried(carried(given))).toBe(given);
        expect(carried(given)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      }),
    );
  });

  test('end where they end', () => {
    fc.assert(
      fc.property(anything, (given) => {
        // A quote that is not escaped ends a text; each escape takes one character with it.
        expect(text(given).slice(1).replaceAll(/\\./gu, '').indexOf('"')).toBe(text(given).slice(1).replaceAll(/\\./gu, '').length - 1);
      }),
    );
  });

  test('are looked for letter by letter', () => {
    expect(containing('rest', 'a/b')).toBe('"rest" =~ /a\\x{2f}b/');
    expect(containing('rest', '".*')).toBe('"rest" =~ /\\x{22}\\x{2e}\\x{2a}/');
  });
});

test('numbers keep their value and their kind', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(float(value))).toBe(value);
    }),
  );
  expect(float(-0)).toBe('-0');
  expect(integer(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991i');
  for (const value of [0.5, Infinity, Number.NaN, 2 ** 53]) expect(() => integer(value)).toThrow(RangeError);
  expect(() => float(Number.NaN)).toThrow(RangeError);
});

test('times stay within what the server can tell', () => {
  expect(instant(Number.MAX_SAFE_INTEGER)).toBe('9223372036854ms');
  expect(instant(-Number.MAX_SAFE_INTEGER)).toBe('-9223372036854ms');
  expect(instant(5)).toBe('5ms');
});
