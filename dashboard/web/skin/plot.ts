/**
 * One chart on the page: a mean line with its range, limits as dashed lines, gaps left open, the clock of the zone below.
 * The chart library is fetched only here, and only once a line is opened.
 */
import type uPlot from 'uplot';
import { enlargement } from '../core/lengths.ts';
import type { Limit } from '../core/limits.ts';
import type { Columns } from '../core/series.ts';
import { colourOf } from './picture.ts';

export interface PlotOptions {
  readonly target: HTMLElement;
  readonly size: { readonly width: number; readonly height: number };
  readonly timezone: string;
  readonly limits: readonly Limit[];
  /** The usual range of the metric, so that small wobbles look small. */
  readonly usual: readonly [number, number] | undefined;
  readonly time: (ts: number) => string;
  /** The index under the pointer, or null. */
  readonly point: (index: number | null) => void;
}

export interface Plot {
  show(columns: Columns, window: { from: number; to: number }): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

export async function plotOf(options: PlotOptions): Promise<Plot> {
  const [{ default: UPlot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  let range: [number, number] = [0, 1];
  const plot = new UPlot(
    settingsOf(options, UPlot, () => range),
    [[], [], [], []],
    options.target,
  );
  return {
    show(columns, window) {
      range = [window.from / 1000, window.to / 1000];
      plot.setData([columns.ts, columns.mean, columns.max, columns.min]);
    },
    resize(width, height) {
      plot.setSize({ width, height });
    },
    destroy() {
      plot.destroy();
    },
  };
}

function settingsOf(options: PlotOptions, library: typeof uPlot, window: () => [number, number]): uPlot.Options {
  const { target, timezone, limits, usual, point } = options;
  const scale = enlargement();
  const colour = (token: string): string => colourOf(target, token);
  const axis = {
    stroke: colour('--ink-second'),
    font: `${String(11 * scale)}px ${getComputedStyle(target).fontFamily}`,
    ticks: { show: false },
  };
  const line = colour('--accent');
  return {
    ...options.size,
    ms: 1e-3,
    tzDate: (ts) => library.tzDate(new Date(ts * 1000), timezone),
    padding: [8 * scale, 8 * scale, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 * scale }, drag: { x: false, y: false } },
    scales: { x: { range: () => window() }, y: { range: (_, low, high) => rangeOf([low, high], usual, limits) } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26 * scale,
        space: 90 * scale,
        values: (_, ticks) => ticks.map((ts) => options.time(ts * 1000)),
      },
      { ...axis, size: 48 * scale, space: 28 * scale, grid: { stroke: colour('--hairline'), width: 1 } },
    ],
    series: [
      {},
      { stroke: line, width: 1.5 * scale, points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
    ],
    bands: [{ series: [2, 3], fill: colour('--accent-soft') }],
    hooks: {
      draw: [
        (plot) => {
          for (const limit of limits) drawLimit(plot, limit.value, colour(limit.kind === 'action' ? '--fault' : '--stopped'));
        },
      ],
      setCursor: [
        (plot) => {
          point(plot.cursor.idx ?? null);
        },
      ],
    },
  };
}

/** All that was measured, the usual range, and limits that are not far from either. */
function rangeOf(
  [low, high]: readonly [number | null, number | null],
  usual: readonly [number, number] | undefined,
  limits: readonly Limit[],
): [number, number] {
  const values = [low, high, ...(usual ?? [])].filter((value): value is number => value !== null && Number.isFinite(value));
  for (const { value } of limits) values.push(value);
  if (values.length === 0) return [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  return [least === 0 ? 0 : least - room, most + room];
}

function drawLimit(plot: uPlot, value: number, colour: string): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(value, 'y', true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
