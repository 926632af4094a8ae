/**
 * Reclassifications: what a stop really was, said by somebody afterwards. Readings stay as they were; figures follow what was said last.
 * Comes in: a span of a line's states and a stop code of its type. Goes out: a record that nothing edits or deletes.
 */
import type { StateSpan } from './figures.ts';

export interface Reclassification {
  readonly id: string;
  readonly line: string;
  /** It is of the readings with from ≤ ts < to, whenever they arrive. */
  readonly from: number;
  readonly to: number;
  /** A stop code of the line's type; null: what the readings say holds again. */
  readonly stop: string | null;
  /** What the stop passed for until then, as whoever changed it saw it. */
  readonly before: Pick<StateSpan, 'state' | 'stop'>;
  readonly who: string;
  readonly why: string;
  readonly at: number;
}
