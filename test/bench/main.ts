/**
 * `npm run bench`: speed and memory of the product, on this machine.
 * Comes in: names of sections, none for all. Goes out: a table a section, all of it as JSON, and with `--write` the
 * README's figures. Ends with 1 where a target was missed, and fails where a reading was lost.
 */
import { Argument, Command, InvalidArgumentError } from 'commander';
import { alarms } from './alarms.ts';
import { away } from './away.ts';
import { backlog, type BacklogOptions } from './backlog.ts';
import { demo } from './demo.ts';
import { isMet, record, reportOf, tableOf, type Findings, type Report } from './figures.ts';
import { history } from './history.ts';
import { influx } from './influx.ts';
import { journal } from './journal.ts';
import { intake, puback } from './load.ts';
import { outage } from './outage.ts';
import { page } from './page.ts';
import { past } from './past.ts';
import { start } from './start.ts';
import { sustained } from './sustained.ts';
import { store } from './store.ts';

const sections: Readonly<Record<string, (seconds: number, options: BacklogOptions) => Promise<Findings>>> = {
  intake,
  puback,
  demo,
  start,
  journal,
  store,
  history,
  influx,
  sustained,
  outage,
  away,
  alarms,
  page,
  backlog,
  past,
};

function amount(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above nought');
  return value;
}

async function run(names: readonly string[], options: BacklogOptions & { seconds: number; write: boolean }): Promise<void> {
  const reports: Report[] = [];
  for (const [name, measure] of Object.entries(sections)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const report = reportOf(name, await measure(options.seconds, options));
    reports.push(report);
    process.stdout.write(`\n${tableOf(report)}\n`);
  }
  process.stdout.write(`\n${JSON.stringify(reports)}\n`);
  if (options.write) record(reports);
  if (!reports.every(({ figures }) => figures.every(isMet))) process.exitCode = 1;
}

await new Command('npm run bench --')
  .description('Measures speed and memory of the product, with the load beside it on this machine.')
  .addArgument(new Argument('[sections...]', 'which ones; all of them where none is named').choices(Object.keys(sections)))
  .option('--seconds <number>', 'how long each stretch is measured', amount, 60)
  .option('--readings <number>', 'of the section backlog: how many were kept', amount, 5_000_000)
  .option('--newest-first', 'of the section backlog: the newest packets come first', false)
  .option('--write', "puts the figures into README.md and test/bench/figures.json, in place of the same sections' earlier ones", false)
  .action(run)
  .parseAsync();
