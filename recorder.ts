/**
 * The recorder thread: wires collector, store and history, so that neither commits nor queries hold up the broker.
 * Comes in: the settings it needs and three ports to the main thread, in a message once the data folder is this process's own. Goes out: history and health, on request.
 */
import { once } from 'node:events';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { pino } from 'pino';
import { askBus, askJournal, serve } from './bridge.ts';
import { keepBatches } from './collector/keeping.ts';
import { startCollector, type Collector, type CollectorHealth } from './collector/pipeline.ts';
import { systemClock } from './contract/clock.ts';
import type { History } from './contract/history.ts';
import type { ChannelHealth } from './contract/notify.ts';
import { untilThere } from './lifecycle.ts';
import type { Settings } from './settings.ts';
import { createHistory } from './store/history.ts';
import { notifierOf, openStore, plantOf } from './wiring.ts';

export interface RecorderData {
  readonly settings: Pick<Settings, 'dataFolder' | 'plantFile' | 'notifyFile' | 'publicUrl' | 'retention' | 'store' | 'logLevel'>;
  readonly ports: { readonly api: MessagePort; readonly journal: MessagePort; readonly bus: MessagePort };
}

/** What the main thread may ask of the recorder. */
export interface Recorder extends History {
  health(): Promise<CollectorHealth>;
  /** How the notification channels do. */
  channels(): Promise<ChannelHealth[]>;
  /** Copies the embedded store into the folder and gives its bytes; null where the store has other tools for that. */
  copyStore(folder: string): Promise<number | null>;
  /** Resolves once everything taken in is stored and the store is closed. */
  close(): Promise<void>;
}

if (parentPort === null) throw new Error('recorder.ts runs in a thread of main.ts');
const [{ settings, ports }] = (await once(parentPort, 'message')) as [RecorderData];
const clock = systemClock;
const log = pino({ level: settings.logLevel });
const plant = plantOf(settings);
const store = await openStore(settings, plant, { clock, log });
const journal = askJournal(ports.journal);
const bus = askBus(ports.bus);
const openNotifier = notifierOf(settings, plant, store, { clock, log });
const start = (): Promise<Collector> => startCollector({ journal, store, bus, plant, clock, log, openNotifier });
const collector = await untilThere('start the collector', start, clock, log);
const history = createHistory({ store, plant, clock });
const stopKeeping = keepBatches({ history, plant, clock, log });

const recorder: Recorder = {
  ...history,
  health: () => collector.health(),
  channels: () => Promise.resolve(collector.channels()),
  copyStore: (folder) => store.copy?.(folder) ?? Promise.resolve(null),
  async close() {
    stopKeeping();
    await collector.close();
    await store.close();
  },
};
serve(ports.api, recorder);
