/**
 * Section `past`: the demo zone on an empty data folder, with its own simulators, until the thirty days before are stored.
 * Comes in: nothing. Goes out: how long that takes, how many readings it is, how long live readings take to their live record
 * meanwhile, and what the server takes. The run fails where a reading is lost.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DemoAnswer } from '../../contract/api.ts';
import { Client, dataFolder, startProduct } from '../product.ts';
import { root } from '../sources.ts';
import type { Findings } from './figures.ts';
import { pidOf, watch } from './usage.ts';

const lookMs = 1000;
const patienceMs = 1_800_000;

export async function past(): Promise<Findings> {
  const folder = dataFolder();
  const begun = performance.now();
  const product = await startProduct(folder.path, { BOBBIN_PLANT: join(root, 'plants', 'ruzhou.yaml'), BOBBIN_SIMULATE: '1' });
  try {
    const admin = await new Client(product).signIn();
    const finish = watch({ server: pidOf(product.process) });
    let worst = 0;
    while ((await admin.get<DemoAnswer>('/demo')).past !== null) {
      if (performance.now() - begun > patienceMs) throw new Error('the past is not stored');
      await pause(lookMs);
      worst = Math.max(worst, (await admin.health()).latencyMs.p99);
    }
    const seconds = (performance.now() - begun) / 1000;
    const { cpuSeconds, peakBytes, otherCores } = finish();
    const { readings } = await admin.health();
    if (readings.duplicate > 0 || Object.keys(readings.rejected).length > 0)
      throw new Error(`not all was stored: ${JSON.stringify(readings)}`);
    return {
      conditions: 'the demo zone on an empty data folder, from the start of the server until thirty days of all lines are stored',
      otherCores,
      figures: [
        { name: 'until all of it is stored', value: seconds, unit: 's', atMost: 180 },
        { name: 'stored by then, live ones included', value: readings.stored, unit: 'readings' },
        { name: 'from receipt to live record meanwhile, worst p99 of a minute', value: worst, unit: 'ms', atMost: 1000 },
        { name: 'server', value: (cpuSeconds.server ?? 0) / seconds, unit: 'cores', digits: 2 },
        { name: 'server, peak resident memory', value: (peakBytes.server ?? 0) / 1e6, unit: 'MB' },
      ],
    };
  } finally {
    await product.stop();
    folder.remove();
  }
}
