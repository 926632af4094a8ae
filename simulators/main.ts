/**
 * `npm run simulate`: the devices of a plant against any broker, with scenarios on request.
 * Comes in: the command line. Goes out: MQTT, until Ctrl-C. Only this file wires the room together.
 */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import pino from 'pino';
import { systemClock } from '../contract/clock.ts';
import type { Line } from '../contract/plant.ts';
import { loadPlant, PlantFileError } from '../plants/loader.ts';
import { readAccounts, UsageError } from './accounts.ts';
import { Fleet } from './fleet.ts';
import { Random } from './random.ts';
import { demonstration, incidentKinds, incidentOf, parseWish, type Appointment, type Wish } from './scenario.ts';
import { selectLines } from './selection.ts';
import { Stage } from './stage.ts';

interface Options {
  readonly broker: string;
  readonly plant: string;
  readonly equipment: string;
  readonly accounts: string;
  readonly seed: string;
  readonly lines?: string;
  readonly interval?: number;
  readonly pastDays?: number;
  readonly pastEnd?: number;
  readonly pastExcept?: string;
  readonly pastOnRequest?: boolean;
  readonly scenario: readonly string[];
  readonly logLevel: string;
}

/** How long after the start a scenario that was asked for begins: the lines are all connected by then. */
const scenarioDelaySeconds = 20;

const command = new Command('simulate')
  .description('Runs the devices of a plant: one MQTT connection a line, readings as real machines send them. Ctrl-C ends it.')
  .option('--broker <url>', 'the broker, as mqtt://host:port (mqtts, ws and wss too)', brokerUrl, 'mqtt://127.0.0.1:1883')
  .option('--plant <file>', 'the plant file', 'plants/ruzhou.yaml')
  .option('--equipment <folder>', 'the folder of equipment types', 'equipment')
  .option(
    '--accounts <file>',
    "the lines' accounts, CSV line,username,password; the server writes it into its data folder",
    'data/devices.csv',
  )
  .option('--seed <text>', 'the same seed tells the same story', 'ruzhou')
  .option('--lines <filter>', 'only these: ids of parks, firms, firm/workshop or lines, with commas between; or how many')
  .option('--interval <seconds>', "seconds between readings, for all lines; default: each type's own", positive)
  .option('--past-days <days>', 'each line also tells what it did in the days before, marked by orders named demo-…', days)
  .option(
    '--past-end <ms>',
    'when those days end, as milliseconds since 1970; default: now. The same end tells the same past again',
    instant,
  )
  .option('--past-except <file>', 'lines that have told it already: a JSON file with their ids under "stored"')
  .option('--past-on-request', 'as a child process: only as many lines tell it as messages `{ tell: <number> }` ask for')
  .option('--scenario <name...>', `demo (something every few minutes), none, or one or more of ${incidentKinds.join(', ')}`, ['demo'])
  .addOption(
    new Option('--log-level <level>', 'what is logged')
      .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info'),
  )
  .addHelpText(
    'after',
    `
Scenarios begin ${String(scenarioDelaySeconds)} seconds after the start, each may name its target:
  power-loss[:building]   the building's lines fall silent without a goodbye, and come back one by one
  gateway-cut[:firm]      the firm's lines are cut off for 10 minutes, measure on, and deliver late
  chatter[:line]          a loose contact reports a fault and takes it back, for two minutes
  morning-reconnect       all lines lose their connection and reconnect at once`,
  );

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0.05 || value > 86_400)
    throw new InvalidArgumentError('It must be a number of seconds from 0.05 to 86400.');
  return value;
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 366)
    throw new InvalidArgumentError('It must be a whole number of days from 1 to 366.');
  return value;
}

function instant(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be whole milliseconds since 1970.');
  return value;
}

function brokerUrl(text: string): string {
  if (!/^(mqtts?|wss?):\/\/[^/]+/.test(text)) throw new InvalidArgumentError('It must look like mqtt://127.0.0.1:1883.');
  return text;
}

function wishOf(text: string): Wish {
  const wish = parseWish(text);
  if (wish === null) throw new UsageError(`--scenario ${text}: it must be demo, none, or one of ${incidentKinds.join(', ')}`);
  return wish;
}

function meantLines(filter: string | undefined, lines: readonly Line[]): readonly Line[] {
  if (filter === undefined) return lines;
  const selection = selectLines(filter, lines);
  if (selection.lines === null)
    throw new UsageError(`--lines ${filter}: the plant has no park, firm, workshop or line "${selection.unknown}"`);
  return selection.lines;
}

function run(options: Options): void {
  const clock = systemClock;
  const log = pino({ level: options.logLevel, base: { room: 'simulators' } });
  const plant = loadPlant({ plantFile: options.plant, equipmentFolder: options.equipment });
  const accounts = readAccounts(options.accounts);
  const meant = meantLines(options.lines, [...plant.lines.values()]);
  const lines = meant.filter(({ id }) => accounts.has(id));
  const [without] = meant.filter(({ id }) => !accounts.has(id));
  if (lines.length === 0) throw new UsageError(`${options.accounts} has no account for any of the ${String(meant.length)} lines`);
  if (without)
    log.warn({ lines: meant.length - lines.length }, `lines without an account in ${options.accounts} stay away, ${without.id} for one`);

  const { broker, seed } = options;
  const intervalMs = options.interval === undefined ? null : Math.round(options.interval * 1000);
  const end = options.pastEnd ?? clock.now();
  const told: string[] = [];
  const past =
    options.pastDays === undefined
      ? null
      : {
          from: end - options.pastDays * 86_400_000,
          to: end,
          except: toldLines(options.pastExcept),
          onRequest: options.pastOnRequest === true,
          onTold: (line: string) => {
            told.push(line);
          },
        };
  const fleet = new Fleet({ plant, lines, accounts, broker, seed, intervalMs, past, clock, log });
  const script = scriptOf(options.scenario, seed);
  log.info({ broker, lines: lines.length }, `${String(lines.length)} lines connect to ${broker}`);
  fleet.start();
  const random = new Random(`${seed}/scenarios`);
  play(script, lines, random, new Stage(fleet.devices, clock, random, log), log);
  clock.every(60_000, () => {
    log.debug(fleet.counts, 'counts');
  });
  if (past) tellProgress(fleet, told, log);
  process.on('message', ({ tell }: { readonly tell: number }) => {
    fleet.tell(tell);
  });
  endWith(fleet, log);
}

function toldLines(file: string | undefined): ReadonlySet<string> {
  return new Set(file === undefined ? [] : (JSON.parse(readFileSync(file, 'utf8')) as { stored: string[] }).stored);
}

/** Says which lines have told their past, to whoever started this as a child, and when all have. */
function tellProgress(fleet: Fleet, lines: string[], log: pino.Logger): void {
  const begun = systemClock.now();
  const stop = systemClock.every(500, () => {
    const { told, delivered } = fleet.counts;
    if (lines.length > 0 && process.connected) process.send?.({ told: lines.splice(0) });
    if (told < fleet.devices.size) return;
    stop();
    log.info({ readings: delivered, seconds: (systemClock.now() - begun) / 1000 }, 'all lines have told their past');
  });
}

/** What is to happen and when, all of it or the beginning of what never ends. */
function scriptOf(words: readonly string[], seed: string): Iterator<Appointment, void> {
  const wishes = words.filter((word) => word !== 'demo' && word !== 'none').map(wishOf);
  return (function* script(): Generator<Appointment, void> {
    yield* wishes.map((wish, index) => ({ ...wish, afterSeconds: index === 0 ? scenarioDelaySeconds : 0 }));
    if (words.includes('demo')) yield* demonstration(new Random(`${seed}/demo`));
  })();
}

/** Keeps one appointment, then the next. */
function play(script: Iterator<Appointment, void>, lines: readonly Line[], random: Random, stage: Stage, log: pino.Logger): void {
  const next = script.next();
  if (next.done) return;
  const appointment = next.value;
  systemClock.after(appointment.afterSeconds * 1000, () => {
    const incident = incidentOf(appointment, lines, random);
    if (incident === null) log.warn(`scenario ${appointment.kind}: no line of this run stands at ${appointment.target ?? 'such a place'}`);
    else stage.play(incident);
    play(script, lines, random, stage, log);
  });
}

function endWith(fleet: Fleet, log: pino.Logger): void {
  let ending = false;
  // One Ctrl-C may come as several signals, from the terminal and from whoever started this; the goodbye is short anyway.
  const end = (): void => {
    if (ending) return;
    ending = true;
    void fleet.stop().then(() => {
      log.info(fleet.counts, 'all lines said goodbye');
      process.exit(0);
    });
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

try {
  command.parse();
  run(command.opts<Options>());
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof PlantFileError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
