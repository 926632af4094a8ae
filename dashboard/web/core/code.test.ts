/** QR codes as they are drawn: what the path covers is what the library made dark. */
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { codeOf } from './code.ts';

test('the path covers exactly the dark modules, and a quiet zone stays around them', () => {
  const text = JSON.stringify({ broker: 'mqtt://10.0.0.7:1883', username: 'emb-0001', password: 'x'.repeat(32), topic: '汝绣' });
  const { size, path } = codeOf(text);
  const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g))
    drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(length));
  expect(drawn).toEqual(encode(text, { ecc: 'M', border: 4 }).data);
  const edges = [...drawn.slice(0, 4), ...drawn.slice(-4), ...drawn.map((row) => [...row.slice(0, 4), ...row.slice(-4)])];
  expect(edges.flat()).not.toContain(true);
});
