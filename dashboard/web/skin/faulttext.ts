/**
 * Why a reading was rejected, in plain words. Comes in: a rejection as it was kept. Goes out: a sentence that says what is wrong and what to do.
 */
import type { Rejection } from '../../../contract/reading.ts';
import { faultOf } from '../core/rejections.ts';
import type { Tongue } from './tongue.svelte.ts';

/** What a field must be, as the collector says it, and the text for it. */
const types = {
  'a number': 'number',
  'a string': 'string',
  'a string or null': 'string-null',
  'an object': 'object',
  'a number, a boolean, a string or null': 'value',
} as const;

export function faultText(rejection: Pick<Rejection, 'reason' | 'detail'>, { t, format }: Tongue): string {
  const { kind, field, value, amount } = faultOf(rejection);
  const type = Object.entries(types).find(([said]) => kind === 'wrong-type' && said === value)?.[1];
  const said = type === undefined ? value : t(`fault.type.${type}`);
  const number = amount ?? 0;
  return t(`fault.${kind}`, { field, value: said, amount: number, formatted: format.whole(number), span: format.span(number) });
}
