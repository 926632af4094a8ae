/**
 * `npm run soak`: an hour at 3,500 readings a second, unless told otherwise. Comes in: the command line. Goes out: docs/soak.md, made anew with what
 * was measured; exit code 1 where memory grew.
 */
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { root } from '../sources.ts';
import { growthShare, soak, type Row, type Soak } from './soak.ts';

const usualMinutes = 60;
const rowsShown = 15;

function amount(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above nought');
  return value;
}

function pageOf({ minutes, ratePerSecond, acked, pubackMs, cpuMicroseconds, otherCores, drainSeconds, rows, residentMb }: Soak): string {
  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`;
  const command = `npm run soak${minutes === usualMinutes ? '' : ` -- --minutes ${String(minutes)}`}`;
  const shorter = minutes < usualMinutes ? ` This run is shorter than the hour that \`npm run soak\` takes by itself.` : '';
  const shown = rows.filter((_, index) => (index + 1) % Math.max(1, Math.round(rows.length / rowsShown)) === 0);
  return `# Soak

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: the product on an empty data folder with the embedded store, ${String(ratePerSecond)} readings a
second from 200 connections for ${String(minutes)} minutes, load generator on the same machine (${machine}; other processes took ${otherCores.toFixed(2)} cores meanwhile).${shorter}

At every look received = stored + duplicate + rejected + pending; at the end each of the ${acked.toLocaleString('en')} readings that were acknowledged, those of the warming-up included, was stored once, and
nothing was rejected. The command fails otherwise, and where memory grows by more than ${String(growthShare * 100)} % from the third quarter to the last.

| | |
| --- | ---: |
| to PUBACK, from when a reading was due, p50 | ${pubackMs.p50.toFixed(1)} ms |
| p99 | ${pubackMs.p99.toFixed(1)} ms |
| longest | ${pubackMs.max.toFixed(0)} ms |
| server, processor time a reading | ${cpuMicroseconds.toFixed(1)} µs |
| resident memory, most in the third quarter | ${String(residentMb.third)} MB |
| resident memory, most in the last quarter | ${String(residentMb.last)} MB |
| from the last reading until everything was stored | ${drainSeconds.toFixed(1)} s |

| minute | resident memory | stored | not yet stored | receipt to live record, p99 | journal |
| ---: | ---: | ---: | ---: | ---: | ---: |
${shown.map(rowOf).join('\n')}
`;
}

function rowOf({ minute, residentMb, storedMillions, pending, liveP99Ms, journalMb }: Row): string {
  const cells = [minute.toFixed(1), `${String(residentMb)} MB`, `${storedMillions.toFixed(2)} million`, String(pending)];
  return `| ${[...cells, `${liveP99Ms.toFixed(0)} ms`, `${journalMb.toFixed(1)} MB`].join(' | ')} |`;
}

async function run({ minutes, rate }: { minutes: number; rate: number }): Promise<void> {
  const outcome = await soak(minutes, rate);
  const page = pageOf(outcome);
  writeFileSync(join(root, 'docs', 'soak.md'), page);
  process.stdout.write(page);
  const { third, last } = outcome.residentMb;
  if (last > third * (1 + growthShare)) process.exitCode = 1;
}

await new Command('npm run soak --')
  .description('Runs the product under a steady load for long, and holds its books, memory and latency to account.')
  .option('--minutes <number>', 'how long', amount, usualMinutes)
  .option('--rate <number>', 'readings a second', amount, 3500)
  .action(run)
  .parseAsync();
