/**
 * The language of priorities: shapes that are not those of the states, so that neither is taken for the other.
 * Colour, shape and word always go together; colours live in the style sheet, words in the catalogue.
 */
import type { Priority } from '../../../contract/alarm.ts';

/** Strokes on a 24 × 24 field: two chevrons up, one, two bars, one chevron down. */
export const priorityShapes: Readonly<Record<Priority, string>> = {
  critical: 'M7 12l5-5l5 5M7 18l5-5l5 5',
  high: 'M7 14.5l5-5l5 5',
  medium: 'M7 9.5h10M7 14.5h10',
  low: 'M7 9.5l5 5l5-5',
};
