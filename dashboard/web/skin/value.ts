/**
 * A metric's value as people read it: numbers in the chosen format, and words of the machine's own vocabulary translated.
 * Comes in: a metric's id and value. Goes out: text. A word that is not known here stands for itself.
 */
import type { MetricValue } from '../../../contract/reading.ts';
import type { TextKey } from '../texts/catalogue.ts';
import type { Tongue } from './tongue.svelte.ts';

const words: ReadonlyMap<string, TextKey> = new Map([
  ['breakSide upper', 'value.breakSide.upper'],
  ['breakSide bobbin', 'value.breakSide.bobbin'],
]);

export function valueOf(metric: string, value: MetricValue | undefined, { t, format }: Tongue, decimals?: number): string {
  const word = typeof value === 'string' ? words.get(`${metric} ${value}`) : undefined;
  return word ? t(word) : format.metric(value, decimals);
}
