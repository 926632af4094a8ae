/** The trial at a size for every day; `npm run prove` is the one at full size. */
import { expect, test } from 'vitest';
import { runTrial } from './trial.ts';

test('figures of every line and group, after readings in disorder over MQTT, equal the naive ones', async () => {
  const trial = await runTrial({ readings: 20_000, lines: 16 });
  expect(trial.differences).toEqual([]);
  expect(trial.compared.figures).toBeGreaterThan(500);
  expect(trial.compared.batches).toBeGreaterThan(16);
});
