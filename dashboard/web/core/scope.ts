/**
 * A scope as it is put together: parts of the plant, of which a larger one makes the smaller ones within it needless. Comes in: a scope, the
 * plant. Goes out: another scope, and its parts with their names. What a scope allows is the server's to say.
 */
import type { Role, Scope } from '../../../contract/api.ts';
import type { Text } from '../../../contract/text.ts';
import type { Plant } from './plant.ts';

/** As they are offered: those of most people first. */
export const roles = ['supervisor', 'maintenance', 'official', 'admin'] as const satisfies readonly Role[];

export type PartKind = 'parks' | 'firms' | 'workshops';

/** A part of the plant that can be given to somebody; a workshop's id is "firm/workshop". */
export interface ScopePart {
  readonly kind: PartKind;
  readonly id: string;
  /** Its own name, and before it those it takes to tell it from others; none where the plant has it no more. */
  readonly names: readonly Text[];
  /** The larger parts it is within. */
  readonly within: readonly Pick<ScopePart, 'kind' | 'id'>[];
  readonly lines: number;
}

/** Without a scope these see all; the others see nothing. */
export function seesAllWithout(role: Role): boolean {
  return role === 'admin' || role === 'official';
}

export function isEmpty(scope: Scope): boolean {
  return (['parks', 'firms', 'workshops'] as const).every((kind) => (scope[kind] ?? []).length === 0);
}

export function has(scope: Scope, { kind, id }: Pick<ScopePart, 'kind' | 'id'>): boolean {
  return scope[kind]?.includes(id) === true;
}

/** Whether a larger part already brings it. */
export function isBrought(scope: Scope, { within }: ScopePart): boolean {
  return within.some((larger) => has(scope, larger));
}

/** With the part where it was without it, and the other way round; parts within it go, since it brings them. */
export function toggled(scope: Scope, part: ScopePart, parts: readonly ScopePart[]): Scope {
  const isWithin = (one: ScopePart): boolean => one.within.some(({ kind, id }) => kind === part.kind && id === part.id);
  const needless = new Set(parts.filter(isWithin).map(keyOf));
  const left = (kind: PartKind): string[] =>
    (scope[kind] ?? []).filter((id) => !needless.has(keyOf({ kind, id })) && !(kind === part.kind && id === part.id));
  const scopeLeft = { parks: left('parks'), firms: left('firms'), workshops: left('workshops') };
  return has(scope, part) ? scopeLeft : { ...scopeLeft, [part.kind]: [...scopeLeft[part.kind], part.id] };
}

/** Every part of the plant, each behind the one it is within. */
export function partsOf(plant: Plant): ScopePart[] {
  return plant.parks.flatMap((park) => {
    const inPark = [{ kind: 'parks', id: park.id }] as const;
    const firms = park.firms.flatMap((firm) => {
      const inFirm = [...inPark, { kind: 'firms', id: firm.id }] as const;
      const workshops = firm.workshops.map((workshop): ScopePart => {
        const id = `${firm.id}/${workshop.id}`;
        return { kind: 'workshops', id, names: [firm.name, workshop.name], within: inFirm, lines: workshop.lines.length };
      });
      return [{ kind: 'firms', id: firm.id, names: [firm.name], within: inPark, lines: sum(workshops) } as const, ...workshops];
    });
    const lines = sum(firms.filter(({ kind }) => kind === 'firms'));
    return [{ kind: 'parks', id: park.id, names: [park.name], within: [], lines } as const, ...firms];
  });
}

/** The parts a scope names, the larger ones first. */
export function chosenOf(scope: Scope, parts: readonly ScopePart[]): ScopePart[] {
  const known = new Map(parts.map((part) => [keyOf(part), part]));
  return (['parks', 'firms', 'workshops'] as const).flatMap((kind) =>
    (scope[kind] ?? []).map((id) => known.get(keyOf({ kind, id })) ?? { kind, id, names: [], within: [], lines: 0 }),
  );
}

export function areSame(one: Scope, other: Scope): boolean {
  const textOf = (scope: Scope): string =>
    JSON.stringify((['parks', 'firms', 'workshops'] as const).map((kind) => [...(scope[kind] ?? [])].sort()));
  return textOf(one) === textOf(other);
}

export function keyOf({ kind, id }: Pick<ScopePart, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

function sum(parts: readonly { readonly lines: number }[]): number {
  return parts.reduce((total, { lines }) => total + lines, 0);
}
