/**
 * `npm run prove`: the proofs at full size: figures against naive ones, and kills at random moments. Comes in: the command line. Goes out: what was done,
 * measured and compared, and everything that is wrong; ends with 1 where anything is.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runKills, slowOnes } from '../loss/kills.ts';
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

async function kill({ count: kills, rate, seed }: { count: number; rate: number; seed: number }): Promise<void> {
  const { starts, sent, resent, duplicates, work, seconds, wrong } = await runKills({ kills, ratePerSecond: rate, seed }, say);
  const sorted = starts.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (share: number): string => ((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1000).toFixed(2);
  say(`${String(kills)} kills in ${seconds.toFixed(0)} s; starts: median ${at(0.5)} s, 90 % within ${at(0.9)} s, longest ${at(1)} s`);
  say(`${String(sent)} readings, ${String(resent)} of them sent again, ${String(duplicates)} of those stored before`);
  say(
    `${String(work.alarms.length)} alarms with ${String(work.actions)} actions, ${String(work.repeated)} of them asked for more than once`,
  );
  const all = [...wrong, ...slowOnes(starts)];
  for (const what of all.slice(0, 40)) say(`WRONG ${what.slice(0, 500)}`);
  say(all.length === 0 ? 'nothing lost, nothing twice, no false alarm' : `${String(all.length)} things are wrong`);
  if (all.length > 0) process.exitCode = 1;
}

const program = new Command('npm run prove --').description('Proves at full size what the tests show in small.');

program
  .command('figures', { isDefault: true })
  .description('feeds generated readings over MQTT in disorder and holds every figure against the naive ones')
  .option('--readings <number>', 'how many, duplicates not counted', count, 1_000_000)
  .option('--lines <number>', 'of how many lines', count, 60)
  .addOption(new Option('--store <kind>', 'which store').choices(Object.keys(stores)).default('duckdb'))
  .action(run);

program
  .command('kills')
  .description('ends the product by SIGKILL at random moments under load, while people act on alarms')
  .option('--count <number>', 'how often', count, 100)
  .option('--rate <number>', 'readings a second', count, 5_000)
  .option('--seed <number>', 'where chance begins', count, 1)
  .action(kill);

await program.parseAsync();
