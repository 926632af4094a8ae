/**
 * `npm run replay -- FILE --line ID`: plays a recorded CSV into a broker as one line's readings.
 * Comes in: the command line. Goes out: MQTT, a progress bar, and the exact count at the end. A row that is no reading is
 * named and left out, and the exit code then says so.
 */
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../contract/clock.ts';
import { readingLimits } from '../contract/reading.ts';
import { loadPlant, PlantFileError } from '../plants/loader.ts';
import { readAccounts, UsageError } from './accounts.ts';
import type { Account } from './connection.ts';
import { countRows, type BadRow } from './recording.ts';
import { replayFile } from './replay.ts';

interface Options {
  readonly line: string;
  readonly speed?: number;
  readonly now?: boolean;
  readonly batchSize: number;
  readonly broker: string;
  readonly accounts: string;
  readonly username?: string;
  readonly password?: string;
  readonly plant: string;
  readonly equipment: string;
  readonly timezone?: string;
  readonly shuffle?: string;
  readonly twice?: boolean;
}

/** More named rows than this help nobody; the rest is counted. */
const badRowsShown = 20;

const command = new Command('replay')
  .description(
    'Publishes a recorded CSV over MQTT as one line’s readings: a column timestamp (local, or ms since 1970), campaign, batch and code as context, every other column a metric. Choose a line that nothing else plays: one account has one connection.',
  )
  .argument('<file>', 'the recording, ";" or "," between its columns, a header above')
  .requiredOption('--line <id>', 'the line whose readings they are to be')
  .option('--speed <n>', 'times real time; default: as fast as acknowledged', positive)
  .option('--now', 'shift the time stamps so that the first reading is now (none is sent over 4 minutes ahead of its time)')
  .option('--batch-size <n>', 'readings a packet', batchSize, 200)
  .option('--broker <url>', 'the broker, as mqtt://host:port (mqtts, ws and wss too)', 'mqtt://127.0.0.1:1883')
  .option('--accounts <file>', "the lines' accounts, CSV line,username,password", 'data/devices.csv')
  .option('--username <name>', "the account, instead of a file; default: the line's id")
  .option('--password <text>', 'its password')
  .option('--plant <file>', 'the plant file', 'plants/ruzhou.yaml')
  .option('--equipment <folder>', 'the folder of equipment types', 'equipment')
  .option('--timezone <name>', "the zone of local time stamps; default: the plant's")
  .option('--shuffle <seed>', 'send the readings in an order that belongs to the seed')
  .option('--twice', 'send every reading twice');

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function batchSize(text: string): number {
  const value = Number(text);
  const most = readingLimits.readingsPerPacket;
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${String(most)}.`);
  return value;
}

function accountOf({ line, username, password, accounts }: Options): Account {
  if (password !== undefined) return { username: username ?? line, password };
  if (username !== undefined) throw new UsageError('--username needs --password');
  const account = readAccounts(accounts).get(line);
  if (!account) throw new UsageError(`${accounts} has no account for line ${line}`);
  return account;
}

async function run(file: string, options: Options): Promise<void> {
  if (options.shuffle !== undefined && (options.now === true || options.speed !== undefined)) {
    throw new UsageError('--shuffle goes with neither --now nor --speed');
  }
  const plant = loadPlant({ plantFile: options.plant, equipmentFolder: options.equipment });
  const line = plant.lines.get(options.line);
  if (!line) throw new UsageError(`${options.plant} has no line "${options.line}"`);
  const account = accountOf(options);
  const progress = createProgress(file, await countRows(file));
  const startedAt = systemClock.now();
  try {
    const { broker, batchSize: size, speed, now, shuffle, twice } = options;
    const optional = { ...(speed === undefined ? {} : { speed }), ...(shuffle === undefined ? {} : { shuffle }) };
    const timezone = options.timezone ?? plant.timezone;
    const flags = { now: now === true, twice: twice === true };
    const callbacks = { onRow: progress.row, onBadRow: progress.bad };
    const result = await replayFile({
      file,
      line,
      timezone,
      broker,
      account,
      clock: systemClock,
      batchSize: size,
      ...optional,
      ...flags,
      ...callbacks,
    });
    progress.end();
    const seconds = ((systemClock.now() - startedAt) / 1000).toFixed(1);
    const counted = `${String(result.readings)} readings in ${String(result.packets)} packets`;
    process.stdout.write(`${counted}, all acknowledged; ${String(result.skipped)} rows skipped; ${seconds} s\n`);
    if (result.skipped > 0) process.exitCode = 1;
  } catch (error) {
    progress.end();
    throw error;
  }
}

interface Progress {
  readonly row: () => void;
  readonly bad: (bad: BadRow) => void;
  readonly end: () => void;
}

/** A bar on a terminal, a plain line at every tenth elsewhere. */
function createProgress(file: string, total: number): Progress {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {percentage} % | {value} of {total} rows | {eta_formatted} left', hideCursor: true })
    : null;
  bar?.start(total, 0);
  let rows = 0;
  let bad = 0;
  return {
    row() {
      rows += 1;
      if (bar) bar.update(rows);
      else if (Math.floor((rows * 10) / total) > Math.floor(((rows - 1) * 10) / total))
        process.stderr.write(`${String(rows)} of ${String(total)} rows\n`);
    },
    bad({ row, reason }) {
      bad += 1;
      if (bad <= badRowsShown) process.stderr.write(`${bar ? '\n' : ''}${file}: row ${String(row)} skipped: ${reason}\n`);
      if (bad === badRowsShown + 1) process.stderr.write(`${file}: further rows are skipped and only counted\n`);
    },
    end() {
      bar?.stop();
    },
  };
}

try {
  command.parse();
  const [file = ''] = command.args;
  await run(file, command.opts<Options>());
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof PlantFileError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
