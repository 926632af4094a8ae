/** The trial at a size for every day, on every store; `npm run prove` is the one at full size. */
import { describe, expect, test } from 'vitest';
import { testedStores } from '../stores.ts';
import { runTrial } from './trial.ts';

for (const store of testedStores)
  describe.skipIf(store.isMissing)(store.name, () => {
    test('figures of every line and group, after readings in disorder over MQTT, equal the naive ones', async () => {
      const trial = await runTrial({ readings: 20_000, lines: 16, store });
      expect(trial.differences).toEqual([]);
      expect(trial.compared.figures).toBeGreaterThan(500);
      expect(trial.compared.batches).toBeGreaterThan(16);
    });
  });
