/**
 * The mosaic on its canvas: squares with the sign of their state in them, drawn only where something changed.
 * Comes in: a layout, a canvas context, the state and the brightness of each square. It reads colours from the style sheet.
 */
import type { State } from '../../../contract/reading.ts';
import { squarePx, type Mosaic, type Square } from '../core/mosaic.ts';
import { stateOrder, stateShapes } from '../core/states.ts';

export interface Look {
  readonly state: State | null;
  readonly faint: boolean;
}

export class Picture {
  readonly #context: CanvasRenderingContext2D;
  readonly #signs = new Map(stateOrder.map((state) => [state, new Path2D(stateShapes[state])]));
  readonly #colours: Map<State, string>;
  readonly #ink: { surface: string; hatch: string };
  #drawn: (string | undefined)[] = [];

  constructor(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, mosaic: Mosaic, density: number) {
    canvas.width = Math.round(mosaic.width * density);
    canvas.height = Math.round(mosaic.height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    this.#context = context;
    this.#colours = new Map(stateOrder.map((state) => [state, colourOf(canvas, `--${state}`)]));
    this.#ink = { surface: colourOf(canvas, '--surface'), hatch: colourOf(canvas, '--ink-third') };
  }

  draw(squares: readonly Square[], lookOf: (id: string) => Look): void {
    squares.forEach((square, index) => {
      const look = lookOf(square.line.id);
      const key = `${look.state ?? ''}${String(look.faint)}`;
      if (this.#drawn[index] === key) return;
      this.#drawn[index] = key;
      this.#square(square, look);
    });
  }

  #square({ x, y }: Square, { state, faint }: Look): void {
    const context = this.#context;
    context.clearRect(x - 1, y - 1, squarePx + 2, squarePx + 2);
    if (state === null) return;
    const hollow = state === 'idle' || state === 'unknown';
    context.save();
    // Running is the quiet ground from which trouble stands out.
    context.globalAlpha = faint ? 0.12 : state === 'running' ? 0.5 : 1;
    context.beginPath();
    context.roundRect(x, y, squarePx, squarePx, 3);
    if (hollow) {
      context.lineWidth = 1.5;
      context.strokeStyle = this.#colours.get(state) ?? '';
      context.clip();
      context.stroke();
      if (state === 'unknown') this.#hatching(x, y);
    } else {
      context.fillStyle = this.#colours.get(state) ?? '';
      context.fill();
      if (state !== 'running') this.#sign(state, x, y);
    }
    context.restore();
  }

  #sign(state: State, x: number, y: number): void {
    const sign = this.#signs.get(state);
    if (!sign) return;
    this.#context.translate(x + 2.8, y + 2.8);
    this.#context.scale((squarePx - 5.6) / 16, (squarePx - 5.6) / 16);
    this.#context.fillStyle = this.#ink.surface;
    this.#context.fill(sign, 'evenodd');
  }

  #hatching(x: number, y: number): void {
    this.#context.beginPath();
    for (let at = 4; at < squarePx * 2; at += 5) {
      this.#context.moveTo(x + at, y);
      this.#context.lineTo(x + at - squarePx, y + squarePx);
    }
    this.#context.lineWidth = 1;
    this.#context.strokeStyle = this.#ink.hatch;
    this.#context.stroke();
  }
}

/** A token's colour as it is now, light or dark: canvases cannot read custom properties themselves. */
export function colourOf(element: HTMLElement, token: string): string {
  const before = element.style.color;
  element.style.color = `var(${token})`;
  const colour = getComputedStyle(element).color;
  element.style.color = before;
  return colour;
}
