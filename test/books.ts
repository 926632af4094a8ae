/**
 * The books of a product: received = stored + duplicate + rejected + pending, at any look. Comes in: what health answers. Goes out: the counts;
 * an error where they do not add up.
 */
import type { HealthAnswer } from '../contract/api.ts';

export type Books = HealthAnswer['readings'];

export function balanced({ readings }: Pick<HealthAnswer, 'readings'>): Books {
  const { received, stored, duplicate, rejected, pending } = readings;
  const sum = Object.values(rejected).reduce((all, count) => all + count, stored + duplicate + pending);
  if (sum !== received || pending < 0) throw new Error(`the accounting is off: ${JSON.stringify(readings)}`);
  return readings;
}
