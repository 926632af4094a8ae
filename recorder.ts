/**
 * The recorder thread: wires collector, store and history, so that neither commits nor queries hold up the broker.
 * Comes in: the settings it needs and three ports to the main thread. Goes out: history and health, on request.
 */
import { workerData, type MessagePort } from 'node:worker_threads';
import { join } from 'node:path';
import { pino } from 'pino';
import { askBus, askJournal, serve } from './bridge.ts';
import { startCollector, type CollectorHealth } from './collector/pipeline.ts';
import { systemClock } from './contract/clock.ts';
import type { History } from './contract/history.ts';
import { loadPlant } from './plants/loader.ts';
import { openDuckdbStore } from './store/duckdb.ts';
import { createHistory } from './store/history.ts';
import type { Retention } from './store/store.ts';

export interface RecorderData {
  readonly dataFolder: string;
  readonly plantFile: string;
  readonly equipmentFolder: string;
  readonly retention: Retention;
  readonly logLevel: string;
  readonly ports: { readonly api: MessagePort; readonly journal: MessagePort; readonly bus: MessagePort };
}

/** What the main thread may ask of the recorder. */
export interface Recorder extends History {
  health(): Promise<CollectorHealth>;
  /** Resolves once everything taken in is stored and the store is closed. */
  close(): Promise<void>;
}

const { dataFolder, plantFile, equipmentFolder, retention, logLevel, ports } = workerData as RecorderData;
const clock = systemClock;
const log = pino({ level: logLevel });
const plant = loadPlant({ plantFile, equipmentFolder });
const store = await openDuckdbStore({ folder: join(dataFolder, 'store'), plant, retention, clock, log });
const collector = await startCollector({ journal: askJournal(ports.journal), store, bus: askBus(ports.bus), plant, clock, log });

const history = createHistory({ store, plant, clock });
/** A finished batch's record is saved when it is asked for; asking twice a day keeps it from going with its readings. */
const stopKeeping = clock.every(12 * 3_600_000, () => {
  keepBatches().catch((error: unknown) => {
    log.error({ err: error }, 'records of finished batches could not be kept; they are tried again later');
  });
});

async function keepBatches(): Promise<void> {
  for (const line of plant.lines.keys()) await history.batches(line);
}

const recorder: Recorder = {
  ...history,
  health: () => collector.health(),
  async close() {
    stopKeeping();
    await collector.close();
    await store.close();
  },
};
serve(ports.api, recorder);
