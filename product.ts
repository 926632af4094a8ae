/**
 * The product in one process: wires the rooms together, starts them in order and stops them in the opposite one.
 * Comes in: settings, a thread for the recorder. Goes out: broker and dashboard on their ports, the recorder beside them in a thread of its own, the
 * demo zone's simulators in a process of their own, and a few lines that tell a person where to look.
 */
import { MessageChannel, type Worker } from 'node:worker_threads';
import type { Remote } from 'comlink';
import type { Logger } from 'pino';
import { startBroker, type Broker } from './broker/broker.ts';
import { ask, serveBus, serveJournal } from './bridge.ts';
import type { HealthAnswer } from './contract/api.ts';
import type { Bus } from './contract/bus.ts';
import { systemClock } from './contract/clock.ts';
import { serveControl } from './control.ts';
import { conditionOf } from './dashboard/server/condition.ts';
import { startDashboard, type Dashboard } from './dashboard/server/dashboard.ts';
import { startDemo } from './demo.ts';
import { DemoPast } from './past.ts';
import type { Journal } from './journal/journal.ts';
import { live, type Life } from './lifecycle.ts';
import type { Recorder, RecorderData } from './recorder.ts';
import { loadSettings, type Settings } from './settings.ts';
import { copyOf, devicesOf, dutyOf, openJournal, openWarning, plantOf, signInLines, tlsOf, version, webFolder } from './wiring.ts';

const clock = systemClock;

/** Runs until a signal; `thread` has loaded recorder.ts, or is at it. */
export async function run(thread: Worker): Promise<void> {
  const settings = loadSettings();
  await live(settings, clock, (life) => start(settings, thread, life));
}

async function start(settings: Settings, thread: Worker, { log, onStop }: Life): Promise<void> {
  const begun = clock.now();
  const past = DemoPast.open(settings, begun);
  const plant = plantOf(settings);
  // Read again by the recorder, whose thread it is used in: a mistake in it is told before anything runs.
  const duty = dutyOf(settings, plant);
  const tls = tlsOf(settings);
  const devices = devicesOf(settings, clock);
  onStop(() => {
    devices.close();
  });
  const journal = await openJournal(settings, { clock, log });
  onStop(() => journal.close());
  const { mqtt: tcp, mqttWs: ws, systemPassword } = settings;
  const broker = await startBroker({
    tcp,
    ws: ws ?? undefined,
    tls: tls ?? undefined,
    devices,
    systemPassword,
    isOpen: settings.mqttOpen,
    journal,
    plant,
    clock,
    log,
  });
  const recorder = await startRecorder(thread, settings, { journal, bus: broker.bus }, log);
  onStop(() => recorder.close());
  onStop(() => broker.close());
  const dashboard = await startDashboard({
    http: settings.http,
    tls,
    metrics: settings.metrics,
    webFolder,
    plant,
    history: recorder,
    bus: broker.bus,
    devices,
    mqtt: { port: broker.address.port, tls: tls !== null },
    duty,
    health: () => health(recorder, journal, { begun, isOpen: settings.mqttOpen }),
    channels: () => recorder.channels(),
    dataFolder: settings.dataFolder,
    adminPassword: settings.adminPassword,
    demo: settings.simulate,
    demoPast: () => past?.share(plant.lines.size) ?? null,
    version: version(),
    clock,
    log,
  });
  onStop(() => dashboard.close());
  onStop(await serveControl(settings.dataFolder, (folder) => copyOf(journal, (store) => recorder.copyStore(store), folder), log));
  if (settings.simulate) onStop(startDemo({ settings, devices, plant, port: broker.address.port, past, log }));
  if (past) {
    const onFinished = (): void => {
      log.info({ seconds: (clock.now() - begun) / 1000 }, 'the past of the demo zone is stored');
    };
    onStop(past.follow(plant.lines.size, () => recorder.health(), clock, onFinished));
  }
  announce(settings, dashboard, broker);
}

/** Lets the recorder begin; resolves once every line is back to where it was. */
async function startRecorder(
  thread: Worker,
  { dataFolder, plantFile, notifyFile, publicUrl, retention, store, logLevel }: Settings,
  { journal, bus }: { journal: Journal; bus: Bus },
  log: Logger,
): Promise<Remote<Recorder>> {
  const channels = { api: new MessageChannel(), journal: new MessageChannel(), bus: new MessageChannel() };
  const ports = { api: channels.api.port2, journal: channels.journal.port2, bus: channels.bus.port2 };
  serveJournal(channels.journal.port1, journal);
  serveBus(channels.bus.port1, bus);
  const own = { dataFolder, plantFile, notifyFile, publicUrl, retention, store, logLevel };
  thread.postMessage({ settings: own, ports } satisfies RecorderData, Object.values(ports));
  const recorder = ask<Recorder>(channels.api.port1);
  thread.on('error', (error) => {
    if (error.name === 'StoreFileError') process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, 'the recorder failed');
    process.exit(1);
  });
  await recorder.health();
  return recorder;
}

async function health(
  recorder: Remote<Recorder>,
  journal: Journal,
  { begun, isOpen }: { begun: number; isOpen: boolean },
): Promise<HealthAnswer> {
  const [parts, { sizeBytes, limitBytes, withheld, damagedRecords }] = await Promise.all([recorder.health(), journal.health()]);
  const uptimeSeconds = (clock.now() - begun) / 1000;
  return conditionOf({
    ...parts,
    version: version(),
    uptimeSeconds,
    journal: { sizeBytes, limitBytes, withheld, damagedRecords },
    ...(isOpen && { mqttOpen: true }),
  });
}

function announce(settings: Settings, dashboard: Dashboard, broker: Broker): void {
  const scheme = settings.tls ? 's' : '';
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  say(`\n  Bobbin ${version()}`);
  say(`  Dashboard   http${scheme}://${dashboard.address}`);
  say(`  MQTT        mqtt${scheme}://${settings.mqtt.host}:${String(broker.address.port)}`);
  if (settings.mqttOpen) say(openWarning);
  for (const line of signInLines(dashboard)) say(line);
  say('  Ctrl-C stops everything.\n');
}
