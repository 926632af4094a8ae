/**
 * The dashboard as a process of its own: live records and reports come over MQTT, history out of InfluxDB.
 * Comes in: settings. Goes out: page, API and live sockets on its port. It writes nothing but accounts, sessions and the audit
 * trail, into the data folder that it shares with the broker.
 */
import { systemClock as clock } from '../contract/clock.ts';
import { live, type Life } from '../lifecycle.ts';
import { loadSettings } from '../settings.ts';
import { createHistory } from '../store/history.ts';
import {
  dataFolderOf,
  devicesOf,
  dutyOf,
  joinBus,
  openStore,
  plantOf,
  sharedOf,
  signInLines,
  tlsOf,
  version,
  webFolder,
} from '../wiring.ts';
import { startDashboard } from './server/dashboard.ts';
import { listenElsewhere } from './server/elsewhere.ts';

const settings = loadSettings();
await live(settings, clock, start);

async function start({ log, onStop }: Life): Promise<void> {
  const { systemPassword } = sharedOf(settings, ['store']);
  const plant = plantOf(settings);
  const devices = devicesOf(settings, clock);
  onStop(() => {
    devices.close();
  });
  const store = await openStore(settings, plant, { clock, log }, true);
  onStop(() => store.close());
  const bus = joinBus(settings, 'system-dashboard', systemPassword, log);
  onStop(() => bus.close());
  const elsewhere = await listenElsewhere(bus, version(), clock);
  const dashboard = await startDashboard({
    http: settings.http,
    tls: tlsOf(settings),
    metrics: settings.metrics,
    webFolder,
    plant,
    history: createHistory({ store, plant, clock }),
    bus,
    devices,
    mqtt: { port: settings.mqtt.port, tls: settings.tls !== null },
    duty: dutyOf(settings, plant),
    health: elsewhere.health,
    channels: elsewhere.channels,
    isCurrent: elsewhere.isCurrent,
    dataFolder: dataFolderOf(settings),
    adminPassword: settings.adminPassword,
    demo: settings.simulate,
    version: version(),
    clock,
    log,
  });
  onStop(() => dashboard.close());
  const scheme = settings.tls ? 'https' : 'http';
  const lines = [`Bobbin ${version()}: the dashboard is at ${scheme}://${dashboard.address}`, ...signInLines(dashboard)];
  process.stdout.write(`${lines.join('\n')}\n`);
}
