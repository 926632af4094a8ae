/**
 * Corrigenda: what people said afterwards of stops, on its way from the journal into the store. Comes in: stretches of the journal. Goes out: what
 * of it is new, the marks of the time it is about, and for whom there is an answer. Told of the same action again, it answers again and adds nothing.
 */
import type { Outcome, ReclassifyDeed } from '../contract/actions.ts';
import type { Plant } from '../contract/plant.ts';
import type { Reclassification } from '../contract/reclassification.ts';
import type { Dirty } from '../store/store.ts';
import type { Stretch } from './intake.ts';

export interface Corrigenda {
  readonly reclassifications: readonly Reclassification[];
  readonly dirty: readonly Dirty[];
  /** To be told once it is stored. */
  readonly outcomes: readonly Outcome[];
}

const noCorrigenda: Corrigenda = { reclassifications: [], dirty: [], outcomes: [] };

/** `stored` answers what is stored already of what people said of a line's window. */
export async function corrigendaOf(
  stretches: readonly Stretch[],
  plant: Plant,
  stored: (line: string, from: number, to: number) => Promise<readonly Reclassification[]>,
): Promise<Corrigenda> {
  const fresh = new Map<string, Reclassification>();
  const outcomes: Outcome[] = [];
  for (const deed of deedsOf(stretches)) {
    const { id, line, from, to } = deed;
    outcomes.push({ id, kind: 'done' });
    // A line may have left the plant since; of no time at all there is nothing to say.
    if (!plant.lines.has(line) || from >= to || fresh.has(id)) continue;
    if ((await stored(line, from, to)).some((one) => one.id === id)) continue;
    fresh.set(id, recordOf(deed));
  }
  if (outcomes.length === 0) return noCorrigenda;
  const reclassifications = [...fresh.values()];
  return { reclassifications, outcomes, dirty: reclassifications.map(({ line, from, to }) => ({ line, from, to })) };
}

function deedsOf(stretches: readonly Stretch[]): ReclassifyDeed[] {
  return stretches.flatMap(({ deeds }) =>
    deeds.flatMap(({ action, receivedAt }) =>
      // Whoever took it in may have another clock; nothing is said before it was recorded.
      action.kind === 'reclassify' ? [{ ...action, at: Math.min(action.at, receivedAt) }] : [],
    ),
  );
}

function recordOf({ id, line, from, to, stop, before, who, why, at }: ReclassifyDeed): Reclassification {
  return { id, line, from, to, stop, before, who, why, at };
}
