/**
 * The stores that everything about figures is tested on. Comes in: whether `influxd` is there. Goes out: each store's name, and
 * a way to have it ready: settings that make a product use it, and what takes it away afterwards. InfluxDB is a real one, and empty.
 */
import { reasonAgainstInflux, startInflux } from './influx.ts';

export interface ReadyStore {
  /** For startProduct. */
  readonly settings: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export interface TestedStore {
  /** With the reason, where it has to be skipped. */
  readonly name: string;
  readonly isMissing: boolean;
  open(): Promise<ReadyStore>;
}

/** Old readings are kept: an InfluxDB goes by a reading's own time. */
const keepAll = { BOBBIN_RAW_DAYS: '3650', BOBBIN_MINUTE_YEARS: '100' };

export const embedded: TestedStore = {
  name: 'the embedded store',
  isMissing: false,
  open: () => Promise.resolve({ settings: keepAll, remove: () => Promise.resolve() }),
};

const reason = reasonAgainstInflux();

export const influxdb: TestedStore = {
  name: `InfluxDB${reason}`,
  isMissing: reason !== '',
  async open() {
    const influx = await startInflux();
    return { settings: { ...keepAll, BOBBIN_STORE: influx.url }, remove: () => influx.remove() };
  },
};

export const testedStores: readonly TestedStore[] = [embedded, influxdb];
