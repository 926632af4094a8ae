/**
 * The whole zone as small squares, one a line, each firm a block of its own that never moves.
 * Comes in: lines in the order of the plant and a width. Goes out: where every square and name stands, and which square is
 * under a point. Drawing is done elsewhere.
 */
import type { PlantLine } from './plant.ts';

export const squarePx = 14;
const stepPx = squarePx + 3;
const gapPx = 16;
/** Five squares and a gap: every block is a whole number of these wide, so that blocks stand in columns. */
const unitPx = 5 * stepPx + gapPx;
const parkPx = 40;
const namePx = 18;

export interface Square {
  readonly line: PlantLine;
  readonly x: number;
  readonly y: number;
}

export interface Label {
  readonly level: 'park' | 'firm';
  readonly line: PlantLine;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Mosaic {
  readonly squares: readonly Square[];
  readonly labels: readonly Label[];
  readonly width: number;
  readonly height: number;
}

/** Blocks are as wide as their firm needs, in rows from left to right; a park begins a new row under its name. */
export function mosaicOf(lines: readonly PlantLine[], width: number): Mosaic {
  const squares: Square[] = [];
  const labels: Label[] = [];
  let [x, y, tallest] = [0, 0, 0];
  let park = '';
  for (const block of blocksOf(lines)) {
    const first = block[0];
    if (!first) continue;
    if (first.park.id !== park) {
      y += park === '' ? 0 : tallest + gapPx;
      labels.push({ level: 'park', line: first, x: 0, y, width });
      [x, y, tallest, park] = [0, y + parkPx, 0, first.park.id];
    }
    const units = unitsFor(block.length, width);
    const blockWidth = units * unitPx - gapPx;
    const columns = Math.floor(blockWidth / stepPx);
    if (x > 0 && x + blockWidth > width) [x, y, tallest] = [0, y + tallest + gapPx, 0];
    labels.push({ level: 'firm', line: first, x, y, width: blockWidth });
    block.forEach((line, index) => {
      squares.push({ line, x: x + (index % columns) * stepPx, y: y + namePx + Math.floor(index / columns) * stepPx });
    });
    tallest = Math.max(tallest, namePx + Math.ceil(block.length / columns) * stepPx);
    x += blockWidth + gapPx;
  }
  return { squares, labels, width, height: y + tallest };
}

/** The square at a point; the narrow gaps between squares belong to the square before them. */
export function squareAt(mosaic: Mosaic, x: number, y: number): Square | undefined {
  return mosaic.squares.find((square) => x >= square.x && x < square.x + stepPx && y >= square.y && y < square.y + stepPx);
}

/** The nearest square in a direction, for the arrow keys. */
export function squareBeside(mosaic: Mosaic, from: Square, right: number, down: number): Square | undefined {
  let best: Square | undefined;
  let least = Number.MAX_SAFE_INTEGER;
  for (const square of mosaic.squares) {
    const [ahead, aside] = right === 0 ? [(square.y - from.y) * down, square.x - from.x] : [(square.x - from.x) * right, square.y - from.y];
    const distance = ahead + Math.abs(aside) * 3;
    if (ahead > 0 && distance < least) [best, least] = [square, distance];
  }
  return best;
}

function blocksOf(lines: readonly PlantLine[]): PlantLine[][] {
  const blocks: PlantLine[][] = [];
  for (const line of lines) {
    const block = blocks.at(-1);
    if (block?.[0]?.firm === line.firm) block.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

/** Wider blocks for larger firms, so that no block becomes a tower. */
function unitsFor(lines: number, width: number): number {
  const most = Math.max(1, Math.floor((width + gapPx) / unitPx));
  return Math.min(most, lines <= 15 ? 1 : lines <= 44 ? 2 : 3);
}
