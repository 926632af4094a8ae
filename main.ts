/**
 * The one process: wires the rooms together, starts them in order and stops them in the opposite one.
 * Comes in: settings. Goes out: broker and dashboard on their ports, the recorder beside them in a thread of its own, the
 * demo zone's simulators in a process of their own, and a few lines that tell a person where to look.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Remote } from 'comlink';
import { pino, type Logger } from 'pino';
import { startBroker, type Broker } from './broker/broker.ts';
import { openDeviceAccounts } from './broker/devices.ts';
import { ask, serveBus, serveJournal } from './bridge.ts';
import type { HealthAnswer } from './contract/api.ts';
import type { Bus } from './contract/bus.ts';
import { systemClock } from './contract/clock.ts';
import { startDashboard, type Dashboard } from './dashboard/server/dashboard.ts';
import { startDemo } from './demo.ts';
import type { Journal } from './journal/journal.ts';
import { openLevelJournal } from './journal/level.ts';
import { loadPlant, PlantFileError } from './plants/loader.ts';
import type { Recorder, RecorderData } from './recorder.ts';
import { loadSettings, type Settings } from './settings.ts';

const folder = import.meta.dirname;
const equipmentFolder = join(folder, 'equipment');
const clock = systemClock;
/**
 * V8 lets a heap grow to four times what lives in it where it may become very large, and to about one and a half times
 * where it may not. start.js says the same of the main thread.
 */
const heapLimitMb = 768;
/** A store that is further behind than this is not well, whatever else it says. */
const behindAtMostMs = 10_000;
/** A part that does not end by itself is not waited for longer. */
const stopWithinMs = 20_000;

await run(loadSettings());

async function run(settings: Settings): Promise<void> {
  const log = pino({ level: settings.logLevel });
  const begun = clock.now();
  /** Ends what has been started, newest first. */
  const stops: (() => unknown)[] = [];
  stopOnSignals(stops, log);
  try {
    const plant = loadPlant({ plantFile: settings.plantFile, equipmentFolder });
    mkdirSync(settings.dataFolder, { recursive: true, mode: 0o700 });
    const tls = settings.tls && { cert: readFileSync(settings.tls.cert), key: readFileSync(settings.tls.key) };
    const devices = openDeviceAccounts(join(settings.dataFolder, 'devices.db'), clock);
    stops.unshift(() => {
      devices.close();
    });
    const journal = await openLevelJournal({ folder: join(settings.dataFolder, 'journal'), limitBytes: settings.journalBytes, clock, log });
    stops.unshift(() => journal.close());
    const broker = await startBroker({
      tcp: settings.mqtt,
      ws: settings.mqttWs ?? undefined,
      tls: tls ?? undefined,
      devices,
      journal,
      plant,
      clock,
      log,
    });
    const recorder = await startRecorder(settings, journal, broker.bus, log);
    stops.unshift(() => recorder.close());
    stops.unshift(() => broker.close());
    const dashboard = await startDashboard({
      http: settings.http,
      tls,
      metrics: settings.metrics,
      webFolder: join(folder, 'dashboard', 'web', 'dist'),
      plant,
      history: recorder,
      bus: broker.bus,
      devices,
      health: () => health(recorder, journal, begun),
      dataFolder: settings.dataFolder,
      adminPassword: settings.adminPassword,
      demo: settings.simulate,
      version: version(),
      clock,
      log,
    });
    stops.unshift(() => dashboard.close());
    if (settings.simulate) stops.unshift(startDemo({ settings, folder, devices, plant, port: broker.address.port, log }));
    announce(dashboard, broker, settings);
  } catch (error) {
    if (error instanceof PlantFileError) process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, 'cannot start');
    await stopAll(stops, log);
    process.exit(1);
  }
}

/** Starts the recorder thread; resolves once every line is back to where it was. */
async function startRecorder(settings: Settings, journal: Journal, bus: Bus, log: Logger): Promise<Remote<Recorder>> {
  const channels = { api: new MessageChannel(), journal: new MessageChannel(), bus: new MessageChannel() };
  const ports = { api: channels.api.port2, journal: channels.journal.port2, bus: channels.bus.port2 };
  serveJournal(channels.journal.port1, journal);
  serveBus(channels.bus.port1, bus);
  const { dataFolder, plantFile, retention, logLevel } = settings;
  const worker = new Worker(new URL('./recorder.js', import.meta.url), {
    workerData: { dataFolder, plantFile, equipmentFolder, retention, logLevel, ports } satisfies RecorderData,
    transferList: Object.values(ports),
    resourceLimits: { maxOldGenerationSizeMb: heapLimitMb },
  });
  const recorder = ask<Recorder>(channels.api.port1);
  worker.on('error', (error) => {
    log.fatal({ err: error }, 'the recorder failed');
    process.exit(1);
  });
  await recorder.health();
  return recorder;
}

async function health(recorder: Remote<Recorder>, journal: Journal, begun: number): Promise<HealthAnswer> {
  const [parts, { sizeBytes, limitBytes, withheld, damagedRecords }] = await Promise.all([recorder.health(), journal.health()]);
  return {
    status: parts.store.ok && parts.store.behindMs < behindAtMostMs && !withheld ? 'ok' : 'degraded',
    version: version(),
    uptimeSeconds: (clock.now() - begun) / 1000,
    ...parts,
    journal: { sizeBytes, limitBytes, withheld, damagedRecords },
  };
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return text;
}

function announce(dashboard: Dashboard, broker: Broker, settings: Settings): void {
  const scheme = settings.tls ? 's' : '';
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  say(`\n  Bobbin ${version()}`);
  say(`  Dashboard   http${scheme}://${dashboard.address}`);
  say(`  MQTT        mqtt${scheme}://${settings.mqtt.host}:${String(broker.address.port)}`);
  if (dashboard.firstPassword !== null) say(`  Sign in     admin / ${dashboard.firstPassword}   (shown only this once)`);
  else say('  Sign in     admin, with the password set at the first start');
  for (const { username, password } of dashboard.demoAccounts) say(`  Demo        ${username} / ${password}`);
  say('  Ctrl-C stops everything.\n');
}

function stopOnSignals(stops: readonly (() => unknown)[], log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      clock.after(stopWithinMs, () => {
        log.error('something did not end in time; leaving anyway');
        process.exit(1);
      });
      void stopAll(stops, log).then(() => process.exit(0));
    });
  }
}

async function stopAll(stops: readonly (() => unknown)[], log: Logger): Promise<void> {
  for (const stop of stops) {
    try {
      await stop();
    } catch (error) {
      log.error({ err: error }, 'a part did not stop cleanly');
    }
  }
}
