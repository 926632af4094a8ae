/**
 * `npm run prove`: the proofs at full size: figures against naive ones, kills at random moments, thousands of devices
 * at once. Comes in: the command line. Goes out: what was done,
 * measured and compared, and everything that is wrong; ends with 1 where anything is.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { openCrowd, stampede } from '../loss/crowd.ts';
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
  say(`${String(kills)} kills in ${seconds.toFixed(0)} s; starts: ${spreadOf(starts.map(({ ms }) => ms))}`);
  say(`${String(sent)} readings, ${String(resent)} of them sent again, ${String(duplicates)} of those stored before`);
  say(
    `${String(work.alarms.length)} alarms with ${String(work.actions)} actions, ${String(work.repeated)} of them asked for more than once`,
  );
  say(`seen after a machine had broken down: ${spreadOf(work.seenAfterMs)}`);
  conclude([...wrong, ...slowOnes(starts)], 'nothing lost, nothing twice, no false alarm');
}

function spreadOf(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => ((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1000).toFixed(2);
  return `median ${at(0.5)} s, 90 % within ${at(0.9)} s, longest ${at(1)} s`;
}

async function rush({ devices, seconds }: { devices: number; seconds: number }): Promise<void> {
  const crowd = await openCrowd(devices);
  try {
    const { wrong, stayers, memoryMb, ...back } = await stampede(crowd, seconds);
    say(
      `${String(back.devices)} devices back, with all they had kept, ${back.seconds.toFixed(1)} s after all were lost; ${String(back.attempts)} connections tried`,
    );
    say(
      `those that stayed: PUBACK p50 ${stayers.p50.toFixed(1)} ms, p99 ${stayers.p99.toFixed(1)} ms, longest ${stayers.max.toFixed(0)} ms`,
    );
    say(`resident memory: ${String(memoryMb.before)} MB before, ${String(memoryMb.peak)} MB at most`);
    conclude(wrong, 'nothing lost, nothing twice, no false alarm');
  } finally {
    await crowd.close();
  }
}

function conclude(wrong: readonly string[], praise: string): void {
  for (const what of wrong.slice(0, 40)) say(`WRONG ${what.slice(0, 500)}`);
  say(wrong.length === 0 ? praise : `${String(wrong.length)} things are wrong`);
  if (wrong.length > 0) process.exitCode = 1;
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

program
  .command('crowd')
  .description('cuts thousands of devices off at once, and lets them come back at once')
  .option('--devices <number>', 'how many; the broker takes 10,000', count, 10_000)
  .option('--seconds <number>', 'how long those that stay are measured', count, 60)
  .action(rush);

await program.parseAsync();
