/**
 * The broker as a process of its own: devices, collector and dashboard connect to it, the journal is a Redis.
 * Comes in: settings. Goes out: MQTT on its port, records in the journal, reports on how it is. Where BOBBIN_SIMULATE says so it
 * issues an account for every line, for simulators that run elsewhere; it starts none itself.
 */
import { systemClock as clock } from '../contract/clock.ts';
import type { BrokerReport } from '../contract/system.ts';
import { issueAccounts } from '../demo.ts';
import { live, type Life } from '../lifecycle.ts';
import { serveHealth, startReports } from '../presence.ts';
import { loadSettings } from '../settings.ts';
import { devicesOf, openJournal, openWarning, plantOf, sharedOf, tlsOf, version } from '../wiring.ts';
import { startBroker } from './broker.ts';

const settings = loadSettings();
await live(settings, clock, start);

async function start({ log, onStop }: Life): Promise<void> {
  const { systemPassword } = sharedOf(settings, ['journal']);
  const plant = plantOf(settings);
  const tls = tlsOf(settings) ?? undefined;
  const devices = devicesOf(settings, clock);
  onStop(() => {
    devices.close();
  });
  if (settings.simulate) issueAccounts(settings, devices, plant);
  const journal = await openJournal(settings, { clock, log });
  onStop(() => journal.close());
  const { mqtt: tcp, mqttWs: ws, mqttOpen: isOpen } = settings;
  const broker = await startBroker({ tcp, ws: ws ?? undefined, tls, devices, systemPassword, isOpen, journal, plant, clock, log });
  onStop(() => broker.close());
  const gather = async (): Promise<Omit<BrokerReport, 'at'>> => {
    const { sizeBytes, limitBytes, withheld } = await journal.health();
    return { journal: { sizeBytes, limitBytes, withheld }, ...(isOpen && { mqttOpen: true }) };
  };
  onStop(await startReports({ bus: broker.bus, reporter: 'broker', gather, clock }));
  onStop(await serveHealth(settings.http));
  if (isOpen) process.stdout.write(`${openWarning}\n`);
  process.stdout.write(`Bobbin ${version()}: the broker listens on ${tcp.host}:${String(broker.address.port)}\n`);
}
