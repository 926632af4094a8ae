/**
 * The colours of utilization: which step of the scale a ratio is on, and how a cell of a plan or a heat map is to be drawn. Colours
 * themselves are the style sheet's matter. Hatching always means "not known": short coverage, or nothing at all.
 */
import type { OverviewFigures } from '../../../contract/overview.ts';
import { isShort } from './totals.ts';

/** Where each step but the first begins. */
export const heatBounds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85] as const;
/** Steps bright enough for dark digits. */
const firstBright = 6;

/** 0 to 8. A ratio belongs to the step that its percentage says as it is shown, without decimals. */
export function heatStep(utilization: number): number {
  const shown = Math.round(utilization * 100) / 100;
  return heatBounds.filter((bound) => shown >= bound).length;
}

export interface Heat {
  /** Null where there is nothing to colour. */
  readonly step: number | null;
  readonly isBright: boolean;
  /** Coverage is short: the colour is a guess within a range. */
  readonly isShort: boolean;
  /** `idle`: nobody was scheduled; `unknown`: somebody was, and nothing is known. */
  readonly kind: 'known' | 'idle' | 'unknown';
}

export function heatOf(figures: OverviewFigures | null): Heat {
  if (!figures || figures.busySeconds <= 0) return { step: null, isBright: false, isShort: false, kind: 'idle' };
  if (figures.utilization === null) return { step: null, isBright: false, isShort: false, kind: 'unknown' };
  const step = heatStep(figures.utilization);
  return { step, isBright: step >= firstBright, isShort: isShort(figures), kind: 'known' };
}

/** What an element says of itself, for the style sheet. */
export function heatStyle({ step, isBright }: Heat): string {
  if (step === null) return '';
  return `background-color: var(--heat-${String(step)}); color: var(--heat-ink-${isBright ? 'high' : 'low'})`;
}
