/**
 * Writes the demo zone's plant files beside itself, the same bytes every time: `npx tsx plants/generate.ts`.
 * Comes in: nothing. Goes out: ruzhou.yaml and ruzhou-3500.yaml.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plantText } from './yaml.ts';
import { zoneSizes } from './zone.ts';

for (const [name, phases] of Object.entries(zoneSizes)) {
  writeFileSync(join(import.meta.dirname, `${name}.yaml`), plantText(phases));
}
