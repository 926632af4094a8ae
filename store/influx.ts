/**
 * The store on InfluxDB: one code for versions 1, 2 and 3, for as many processes as like to read, and one that writes.
 * Comes in: what the collector writes. Goes out: what history asks for. There are no transactions, no deleting and no server-side
 * tasks in it: a point with the same series and time takes the place of the one before, and docs/influxdb.md says how
 * that is enough. Each part of it is a file in influx/; here they are only put together.
 */
import type { Logger } from 'pino';
import type { Clock } from '../contract/clock.ts';
import type { Plant } from '../contract/plant.ts';
import type { AlarmBook } from './alarmbook.ts';
import { InfluxAlarmBook } from './influx/alarmbook.ts';
import { SavedBatches } from './influx/batches.ts';
import { Derived } from './influx/derived.ts';
import { Figures } from './influx/figures.ts';
import { Intake } from './influx/intake.ts';
import { Readings } from './influx/readings.ts';
import { Reclassifications } from './influx/reclassifications.ts';
import { daily, hourly, Rollup } from './influx/rollup.ts';
import { Server, type Access } from './influx/server.ts';
import { setUp } from './influx/setup.ts';
import { Upkeep } from './influx/upkeep.ts';
import { Writer } from './influx/writer.ts';
import type { Retention, Store } from './store.ts';

export interface InfluxOptions extends Access {
  /** Readings go to one of this name with `_raw` after it, all else to one of this name. Letters, digits, "_", "-" and ".". */
  readonly database: string;
  /** Of InfluxDB 2, where the token may see more than one. */
  readonly org?: string | undefined;
  /** True where another process writes: what it has committed is followed, and nothing is written from here. */
  readonly readsOnly?: boolean | undefined;
  readonly plant: Plant;
  /** `rawBytes` is nothing InfluxDB knows. */
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens the store, or begins one. Rejects where the server cannot be reached or will not have us; it may be tried again. */
export async function openInfluxStore(options: InfluxOptions): Promise<Store> {
  const { plant, retention, clock, org } = options;
  const log = options.log.child({ part: 'influxdb' });
  const databases = { kept: options.database, raw: `${options.database}_raw` };
  const server = new Server(options, clock);
  try {
    const generation = await setUp({ server, databases, retention, org, log });
    const writer = new Writer(server, databases.kept, log);
    const intake = new Intake({ server, writer, databases, plant });
    const hours = new Rollup(hourly, server, writer, databases.kept);
    const days = new Rollup(daily(plant.timezone), server, writer, databases.kept);
    const batches = new SavedBatches(server, writer, databases.kept);
    const alarms = new InfluxAlarmBook({ server, writer, database: databases.kept, clock });
    const upkeep = new Upkeep({ server, writer, databases, retention, hours, days, generation });
    const now = clock.now();
    await Promise.all([intake.load(), hours.load(now), days.load(now), batches.load(), upkeep.load(now), alarms.load()]);
    log.info({ generation, ...databases, position: intake.cursor.position }, 'InfluxDB is open');
    const frozenUntil = (): number => upkeep.frozenUntil();
    const derived = new Derived({ server, writer, databases, plant, intake, hours, days, batches, frozenUntil });
    const readings = new Readings(server, databases.raw, () => intake.cursor.position);
    const reclassifications = new Reclassifications({ server, database: databases.kept, position: () => intake.cursor.position });
    const figures = new Figures(server, databases, hours, days, clock);
    const store = storeOf(server, { intake, derived, readings, reclassifications, figures, batches, upkeep, alarms });
    const follow = (): Promise<unknown> => Promise.all([intake.follow(), hours.load(clock.now()), days.load(clock.now())]);
    return options.readsOnly === true ? following(store, follow, clock) : store;
  } catch (error) {
    server.close();
    throw error;
  }
}

interface Parts {
  readonly intake: Intake;
  readonly derived: Derived;
  readonly readings: Readings;
  readonly reclassifications: Reclassifications;
  readonly figures: Figures;
  readonly batches: SavedBatches;
  readonly upkeep: Upkeep;
  readonly alarms: InfluxAlarmBook;
}

function storeOf(server: Server, { intake, derived, readings, reclassifications, figures, batches, upkeep, alarms }: Parts): Store {
  const inTurn = turns();
  return {
    kind: 'influxdb',
    alarms: alarmBookOf(alarms),
    cursor: () => Promise.resolve(intake.cursor),
    write: (batch) => inTurn(() => intake.write(batch)),
    writeDerived: (patches) =>
      inTurn(async () => {
        await derived.write(patches);
        batches.editions.replace(patches);
      }),
    known: (keys) => readings.known(keys),
    heads: () => readings.heads(),
    dirty: () => Promise.resolve(intake.dirty()),
    undeclaredMetrics: () => Promise.resolve(intake.undeclared()),
    reclassifications: (lines, from, to) => reclassifications.of(lines, from, to),
    readings: (query) => readings.stream(query),
    checkpoint: (line, at) => figures.checkpoint(line, at),
    lastCheckpoints: () => figures.lastCheckpoints(),
    checkpoints: (line, from, to) => figures.checkpoints(line, from, to),
    minutes: (lines, from, to) => figures.minutes(lines, from, to),
    sums: (lines, from, to) => figures.sums(lines, from, to),
    totals: (groups, slices, part) => figures.totals(groups, slices, part),
    contexts: (line, from, to) => figures.contexts(line, from, to),
    series: (line, metric, from, to, points) => readings.series(line, metric, from, to, points),
    edition: (line) => Promise.resolve(batches.editions.of(line)),
    saveBatch: (record, edition) => inTurn(() => batches.save(record, edition)),
    savedBatches: (line) => batches.of(line),
    rejections: (line, limit) => intake.rejections(line, limit),
    maintain: (now) => inTurn(() => upkeep.run(now)),
    size: () => Promise.resolve({ sizeBytes: upkeep.sizeBytes, readings: null }),
    close: () =>
      inTurn(() => {
        server.close();
        return Promise.resolve();
      }),
  };
}

/** The engine's entries go one after the other, and beside the readings: neither waits for the other. */
function alarmBookOf(alarms: InfluxAlarmBook): AlarmBook {
  const inTurn = turns();
  return {
    snapshot: () => alarms.snapshot(),
    enter: (entry) => inTurn(() => alarms.enter(entry)),
    record: (id) => alarms.record(id),
    records: (query) => alarms.records(query),
    incidents: (from, to) => alarms.incidents(from, to),
    incident: (id) => alarms.incident(id),
    steps: (alarm) => alarms.steps(alarm),
    overrides: (limit) => alarms.overrides(limit),
    announcements: (from, to) => alarms.announcements(from, to),
    saveDeliveries: (deliveries) => alarms.saveDeliveries(deliveries),
    deliveries: (from) => alarms.deliveries(from),
    deliveriesOf: (query) => alarms.deliveriesOf(query),
  };
}

/** How soon what another process has committed is seen here. */
const followEveryMs = 400;

/** The store for who only reads. A server that does not answer is noticed by whoever asks it something. */
function following(store: Store, follow: () => Promise<unknown>, clock: Clock): Store {
  let isFollowing = false;
  const stop = clock.every(followEveryMs, () => {
    if (isFollowing) return;
    isFollowing = true;
    void follow()
      .catch(() => undefined)
      .finally(() => (isFollowing = false));
  });
  const refuse = (): Promise<never> => Promise.reject(new Error('this store only reads'));
  return {
    ...store,
    write: refuse,
    writeDerived: refuse,
    maintain: refuse,
    alarms: { ...store.alarms, enter: refuse, saveDeliveries: refuse },
    // Who writes has its own record of what is saved, and saves it in time.
    saveBatch: () => Promise.resolve(),
    close() {
      stop();
      return store.close();
    },
  };
}

/** Writes go one after the other: what one finds on the server must not change while it works out what to put there. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
