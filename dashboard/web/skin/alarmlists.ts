/**
 * The lists to choose from on resolving, in the reader's language. Comes in: an id. Goes out: its name; an id that is on no list
 * stands for itself.
 */
import { causes, remedies } from '../../../contract/alarm.ts';
import type { Tongue } from './tongue.svelte.ts';

export function causeName(id: string | null, { name }: Tongue): string {
  const text = id === null ? undefined : causes[id];
  return text ? name(text) : (id ?? '');
}

export function remedyName(id: string | null, { name }: Tongue): string {
  const text = id === null ? undefined : remedies[id];
  return text ? name(text) : (id ?? '');
}
