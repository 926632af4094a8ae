/**
 * What somebody may see, in words. Comes in: a role, a scope's parts, a language. Goes out: a text, and whether it amounts to nothing. It never
 * decides what is allowed.
 */
import type { SessionAnswer } from '../../../contract/api.ts';
import { isEmpty, seesAllWithout, type ScopePart } from '../core/scope.ts';
import type { Tongue } from './tongue.svelte.ts';

export function partName({ names, id }: ScopePart, { name }: Tongue): string {
  return names.length === 0 ? id : names.map(name).join(' · ');
}

/** At most so many parts are named. */
export function scopeText(
  { role, scope }: Pick<SessionAnswer, 'role' | 'scope'>,
  chosen: readonly ScopePart[],
  tongue: Tongue,
  most: number,
): { readonly text: string; readonly isNothing: boolean } {
  const { t, count } = tongue;
  if (isEmpty(scope))
    return seesAllWithout(role) ? { text: t('scope.everything'), isNothing: false } : { text: t('scope.nothing'), isNothing: true };
  const named = chosen.slice(0, most).map((part) => (part.names.length === 0 ? t('scope.gone', { id: part.id }) : partName(part, tongue)));
  const more = chosen.length - named.length;
  const text = named.join(t('scope.comma'));
  return { text: more > 0 ? `${text} ${count('scope.more', more)}` : text, isNothing: chosen.every(({ names }) => names.length === 0) };
}
