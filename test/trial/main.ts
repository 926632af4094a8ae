/**
 * `npm run prove`: the trial at full size. Comes in: how many readings and lines. Goes out: what was done and compared, every
 * difference; ends with 1 where there is one.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { embedded, influxdb } from '../stores.ts';
import { runTrial } from './trial.ts';

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number');
  return value;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const stores = { duckdb: embedded, influxdb };

interface Size {
  readonly readings: number;
  readonly lines: number;
  readonly store: keyof typeof stores;
}

async function run({ store, ...size }: Size): Promise<void> {
  const trial = await runTrial({ ...size, store: stores[store] }, say);
  const { figures, states, batches } = trial.compared;
  say(`${String(trial.packets)} packets; ${String(trial.duplicates)} readings were duplicates`);
  say(
    `${String(figures)} records, ${String(states)} histories of states and ${String(batches)} batches compared in ${trial.comparedSeconds.toFixed(1)} s`,
  );
  for (const difference of trial.differences.slice(0, 40)) say(`DIFFERS ${difference.slice(0, 500)}`);
  say(trial.differences.length === 0 ? 'equal to the millisecond and the unit' : `${String(trial.differences.length)} differences`);
  if (trial.differences.length > 0) process.exitCode = 1;
}

await new Command('npm run prove --')
  .description('Feeds generated readings over MQTT in disorder and holds every figure against the naive ones.')
  .option('--readings <number>', 'how many, duplicates not counted', count, 1_000_000)
  .option('--lines <number>', 'of how many lines', count, 60)
  .addOption(new Option('--store <kind>', 'which store').choices(Object.keys(stores)).default('duckdb'))
  .action(run)
  .parseAsync();
