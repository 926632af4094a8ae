/** The audit trail's words for whoever is no account. */
import { expect, it } from 'vitest';
import { whoText } from './auditwords.ts';
import type { Tongue } from './tongue.svelte.ts';

const tongue: Pick<Tongue, 't'> = { t: (key) => `<${key}>` };

it('has a word for the start itself; accounts stand by their names, whatever those are', () => {
  expect(['(start)', 'wang', 'constructor'].map((who) => whoText(who, tongue))).toEqual(['<audit.start>', 'wang', 'constructor']);
});
