/**
 * The collector as a process of its own: reads the journal on Redis, writes to InfluxDB, publishes live records over MQTT.
 * Comes in: settings. Goes out: stored readings, live records, reports on how it is. There is one collector: a second one
 * would fold the same readings again.
 */
import { systemClock as clock } from '../contract/clock.ts';
import type { CollectorReport } from '../contract/system.ts';
import { live, untilThere, type Life } from '../lifecycle.ts';
import { serveHealth, startReports } from '../presence.ts';
import { loadSettings } from '../settings.ts';
import { createHistory } from '../store/history.ts';
import { joinBus, notifierOf, openJournal, openStore, plantOf, sharedOf, version } from '../wiring.ts';
import { keepBatches } from './keeping.ts';
import { startCollector, type Collector } from './pipeline.ts';

const settings = loadSettings();
await live(settings, clock, start);

async function start({ log, onStop }: Life): Promise<void> {
  const { systemPassword } = sharedOf(settings, ['journal', 'store']);
  const plant = plantOf(settings);
  const journal = await openJournal(settings, { clock, log });
  onStop(() => journal.close());
  const store = await openStore(settings, plant, { clock, log });
  onStop(() => store.close());
  const bus = joinBus(settings, 'system-collector', systemPassword, log);
  onStop(() => bus.close());
  let running: Collector | null = null;
  // A connection that is there before the collector is: then everything is due to be published anyway.
  bus.onConnect(() => running?.renew());
  const openNotifier = notifierOf(settings, plant, store, { clock, log });
  const hearsDevices = (): boolean => bus.isConnected();
  const parts = { journal, store, bus, plant, clock, log, openNotifier, hearsDevices };
  const collector = await untilThere('start the collector', () => startCollector(parts), clock, log);
  running = collector;
  onStop(() => collector.close());
  const gather = async (): Promise<Omit<CollectorReport, 'at'>> => {
    const [parts, { damagedRecords }] = await Promise.all([collector.health(), journal.health()]);
    return { ...parts, damagedRecords, channels: collector.channels() };
  };
  onStop(await startReports({ bus, reporter: 'collector', gather, clock }));
  onStop(keepBatches({ history: createHistory({ store, plant, clock }), plant, clock, log }));
  onStop(await serveHealth(settings.http));
  process.stdout.write(`Bobbin ${version()}: the collector runs\n`);
}
