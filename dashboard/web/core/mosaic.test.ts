/** Where every square of the mosaic stands, and which one is under a point. */
import { describe, expect, it } from 'vitest';
import { mosaicOf, squareAt, squareBeside, squarePx } from './mosaic.ts';
import { plant } from './samples.suite.ts';

const lines = [...plant.lines()];

describe('the mosaic', () => {
  it('has a square for every line, none over another, all within its bounds', () => {
    const mosaic = mosaicOf(lines, 300);
    expect(mosaic.squares.map(({ line }) => line.id)).toEqual(lines.map(({ id }) => id));
    mosaic.squares.forEach((a, index) => {
      expect(a.x + squarePx).toBeLessThanOrEqual(300);
      expect(a.y + squarePx).toBeLessThanOrEqual(mosaic.height);
      for (const b of mosaic.squares.slice(index + 1))
        expect(Math.abs(a.x - b.x) >= squarePx || Math.abs(a.y - b.y) >= squarePx).toBe(true);
    });
  });

  it('names every park and every firm', () => {
    const labels = mosaicOf(lines, 300).labels.map(({ level, line }) => `${level} ${level === 'park' ? line.park.id : line.firm.id}`);
    expect(labels).toEqual(['park north', 'firm alpha', 'firm beta', 'park south', 'firm gamma']);
  });

  it('keeps to a narrow width', () => {
    const many = Array.from({ length: 60 }, () => lines[0]).filter((line) => line !== undefined);
    for (const { x } of mosaicOf(many, 90).squares) expect(x + squarePx).toBeLessThanOrEqual(90);
  });

  it('finds the square at a point and the one beside it', () => {
    const mosaic = mosaicOf(lines, 300);
    const [first, second] = mosaic.squares;
    if (!first || !second) throw new Error('two squares are missing');
    expect(squareAt(mosaic, first.x + 3, first.y + 3)).toBe(first);
    expect(squareAt(mosaic, first.x, first.y - 5)).toBeUndefined();
    expect(squareBeside(mosaic, first, 1, 0)).toBe(second);
    expect(squareBeside(mosaic, first, -1, 0)).toBeUndefined();
    expect(squareBeside(mosaic, first, 0, 1)?.line.park.id).toBe('south');
  });
});
