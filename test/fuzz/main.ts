/**
 * `npm run fuzz`: a million almost right sessions against the broker; `--sessions` and `--seed` choose others.
 * Comes in: the command line. Goes out: a line of progress, the outcome, and exit code 1 where the broker ended or grew.
 */
import { Command } from 'commander';
import { fuzz } from './fuzz.ts';
import { growthLimitBytes } from './limit.ts';

interface Options {
  readonly sessions: string;
  readonly seed: string;
}

const { sessions, seed } = new Command('fuzz')
  .option('--sessions <n>', 'how many', '1000000')
  .option('--seed <n>', 'where chance begins', '1')
  .parse()
  .opts<Options>();

const outcome = await fuzz(Number(sessions), Number(seed), (done) => {
  process.stdout.write(`\r${String(done)} of ${sessions}`);
});
const growth = outcome.after.liveBytes - outcome.before.liveBytes;
console.log(`\n${JSON.stringify({ ...outcome, growthBytes: growth }, null, 2)}`);
process.exitCode = growth < growthLimitBytes && outcome.after.sessions === 0 ? 0 : 1;
