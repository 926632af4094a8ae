/**
 * Curves of a trend, as paths of a drawing: time to the right, ratios upwards, a gap where nothing is known. Comes in: points and the
 * size of the drawing. Goes out: paths, grid lines and marks. It is pure and draws nothing itself.
 */
export interface CurvePoint {
  readonly at: number;
  readonly value: number | null;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** The range of what is shown, widened to whole tenths, and never so narrow that noise looks like news. */
export function rangeOf(values: readonly (number | null)[]): { readonly low: number; readonly high: number } {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { low: 0.5, high: 0.9 };
  const [least, most] = [Math.min(...known), Math.max(...known)];
  let low = Math.max(0, Math.floor((least - 0.02) * 10) / 10);
  let high = Math.min(1, Math.ceil((most + 0.02) * 10) / 10);
  if (high - low < 0.2) [low, high] = low >= 0.1 ? [low - 0.1, high] : [low, high + 0.1];
  return { low: Math.round(low * 10) / 10, high: Math.round(high * 10) / 10 };
}

export function xOf({ width, from, to }: Frame, at: number): number {
  return to > from ? ((at - from) / (to - from)) * width : width / 2;
}

export function yOf({ height, low, high }: Frame, value: number): number {
  return height - ((value - low) / (high - low)) * height;
}

/** One path; a point between two gaps becomes a short dash, so that it is seen. */
export function pathOf(frame: Frame, points: readonly CurvePoint[]): string {
  let path = '';
  points.forEach(({ at, value }, index) => {
    if (value === null) return;
    const [x, y] = [xOf(frame, at), yOf(frame, value)].map((one) => one.toFixed(1));
    const [before, after] = [points[index - 1]?.value ?? null, points[index + 1]?.value ?? null];
    if (before === null && after === null) path += `M${String(x)} ${String(y)}h0.01`;
    else path += `${before === null ? 'M' : 'L'}${String(x)} ${String(y)}`;
  });
  return path;
}

/** The area between a low and a high, one closed path a stretch of known points; a point alone has no area. */
export function bandOf(
  frame: Frame,
  points: readonly { readonly at: number; readonly low: number | null; readonly high: number | null }[],
): string {
  let path = '';
  let stretch: { x: string; low: string; high: string }[] = [];
  const close = (): void => {
    if (stretch.length > 1) {
      const [first, ...rest] = stretch;
      const back = [...stretch].reverse();
      path += `M${first?.x ?? ''} ${first?.high ?? ''}${rest.map(({ x, high }) => `L${x} ${high}`).join('')}${back.map(({ x, low }) => `L${x} ${low}`).join('')}z`;
    }
    stretch = [];
  };
  const clipped = (value: number): number => Math.min(frame.high, Math.max(frame.low, value));
  for (const { at, low, high } of points) {
    if (low === null || high === null) close();
    else
      stretch.push({ x: xOf(frame, at).toFixed(1), low: yOf(frame, clipped(low)).toFixed(1), high: yOf(frame, clipped(high)).toFixed(1) });
  }
  close();
  return path;
}

/** Whole tenths within the range, both ends included. */
export function gridOf({ low, high }: Pick<Frame, 'low' | 'high'>): number[] {
  const count = Math.round((high - low) * 10);
  const step = count > 5 ? 2 : 1;
  return Array.from({ length: Math.floor(count / step) + 1 }, (_, index) => Math.round((low + (index * step) / 10) * 10) / 10);
}

/** Which of so many points are named below: evenly, the last one always. */
export function marksOf(count: number, most: number): number[] {
  if (count <= 0) return [];
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => count - 1 - index * step).reverse();
}
