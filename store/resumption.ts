/**
 * Resumption: the fold of one line, ready to go on from its checkpoint at or before an instant, with what people said of its stops since.
 * Comes in: a line and an instant. Goes out: a fold, and from when on readings are for it. It writes nothing.
 */
import { createFold, type Carry, type Fold, type LineKind } from '../kpi/fold.ts';
import { createReclassified } from '../kpi/reclassified.ts';
import type { Store } from './store.ts';

const forever = Number.MAX_SAFE_INTEGER;

export interface Resumed {
  readonly fold: Fold;
  /** The checkpoint's time, 0 without one: readings from then on are for the fold. */
  readonly at: number;
}

export async function resumeAt(store: Pick<Store, 'checkpoint' | 'reclassifications'>, kind: LineKind, ts: number): Promise<Resumed> {
  const start = await store.checkpoint(kind.line, ts);
  const at = start?.at ?? 0;
  const said = await store.reclassifications([kind.line], at, forever);
  const fold = createFold(kind, start && { at, carry: JSON.parse(start.carry) as Carry }, createReclassified(said));
  return { fold, at };
}
