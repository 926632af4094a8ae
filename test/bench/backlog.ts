/**
 * Section `backlog`: a hundred lines deliver a month that they had kept while a hundred others go on, live.
 * Comes in: how many readings were kept, how long the quiet stretch before it is measured, and which end comes first. Goes out:
 * what is stored a second, how long live readings take to their live record beside the same without a backlog, and when figures
 * are right. The run fails where a reading is lost or doubled, or a figure is not right in the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { AggregateAnswer } from '../../contract/api.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { topicOf } from '../../contract/topics.ts';
import type { ClientAccount } from '../load/client.ts';
import { openPublishers, type Publishers } from '../load/publisher.ts';
import { readingSource } from '../load/readings.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import type { Findings } from './figures.ts';
import { settled } from './load.ts';
import { pidOf, watch } from './usage.ts';

const linesEach = 100;
const perPacket = 1000;
const livePerSecond = 100;
const monthMs = 30 * 86_400_000;
const stitchesEach = 13;
const lookMs = 1000;
const patienceMs = 3_600_000;

export interface BacklogOptions {
  readonly readings: number;
  readonly newestFirst: boolean;
}

interface Lags {
  readonly p50: number;
  readonly p99: number;
  /** The largest p99 of any look. */
  readonly worst: number;
}

export async function backlog(seconds: number, { readings, newestFirst }: BacklogOptions): Promise<Findings> {
  const folder = dataFolder();
  const product = await startProduct(folder.path);
  try {
    const admin = await new Client(product).signIn();
    const accounts = await accountsOf(admin);
    const live = await publishersTo(product, accounts.slice(linesEach), { ratePerSecond: livePerSecond, nextPayload: liveSource() });
    live.start();
    await pause(5 * lookMs);
    const before = await lagsWhile(admin, () => Promise.resolve(false), seconds);
    const finish = watch({ server: pidOf(product.process) });
    const outcome = await deliver(product, admin, accounts.slice(0, linesEach), { readings, newestFirst });
    const usage = finish();
    await live.stop();
    live.close();
    await settled(admin, outcome.delivered + live.acked);
    const { lags } = outcome;
    return {
      conditions: `${String(linesEach)} lines deliver ${String(outcome.delivered)} readings of a month, ${String(perPacket)} a packet, ${newestFirst ? 'newest' : 'oldest'} first, while ${String(linesEach)} others send ${String(livePerSecond)} readings/s`,
      otherCores: usage.otherCores,
      figures: [
        { name: 'delivered', value: outcome.delivered / outcome.deliveredSeconds, unit: 'readings/s' },
        { name: 'stored', value: outcome.delivered / outcome.storedSeconds, unit: 'readings/s' },
        { name: 'processor time a reading', value: ((usage.cpuSeconds.server ?? 0) * 1e6) / outcome.delivered, unit: 'µs', digits: 1 },
        { name: 'from receipt to live record before, p50', value: before.p50, unit: 'ms' },
        { name: 'from receipt to live record before, p99', value: before.p99, unit: 'ms' },
        { name: 'from receipt to live record meanwhile, p50', value: lags.p50, unit: 'ms' },
        { name: 'from receipt to live record meanwhile, p99', value: lags.p99, unit: 'ms' },
        { name: 'from receipt to live record meanwhile, worst p99 of a minute', value: lags.worst, unit: 'ms', atMost: 1000 },
        { name: 'from the last PUBACK until figures were right', value: outcome.rightSeconds, unit: 's', digits: 1 },
        { name: 'server, peak resident memory', value: (usage.peakBytes.server ?? 0) / 1e6, unit: 'MB' },
      ],
    };
  } finally {
    await product.stop();
    folder.remove();
  }
}

interface Delivery {
  readonly delivered: number;
  readonly deliveredSeconds: number;
  readonly storedSeconds: number;
  readonly rightSeconds: number;
  readonly lags: Lags;
}

async function deliver(
  product: Product,
  admin: Client,
  clients: readonly ClientAccount[],
  { readings, newestFirst }: BacklogOptions,
): Promise<Delivery> {
  const packets = Math.ceil(readings / clients.length / perPacket);
  const delivered = packets * clients.length * perPacket;
  const stepMs = Math.floor(monthMs / (packets * perPacket));
  const from = Math.floor((Date.now() - monthMs - 3_600_000) / 60_000) * 60_000;
  const source = readingSource({ from, stepMs }, Date.now);
  const payload = (client: number, n: number): string => {
    const place = newestFirst ? packets - 1 - n : n;
    const some = Array.from({ length: perPacket }, (_, index) => source(client, place * perPacket + index));
    return `[${some.join(',')}]`;
  };
  const begun = performance.now();
  const since = (at: number): number => (performance.now() - at) / 1000;
  let acked = 0;
  let ackedAt = begun;
  const stored = (await admin.health()).readings.stored;
  const publishers = await publishersTo(product, clients, {
    nextPayload: payload,
    limit: packets,
    onAck: () => {
      acked += 1;
      ackedAt = performance.now();
    },
  });
  publishers.start();
  const storedSeconds = { value: 0 };
  const expected = clients.length * (packets * perPacket - 1) * stitchesEach;
  const lags = await lagsWhile(admin, async () => {
    const { readings: counts } = await admin.health();
    if (acked < packets * clients.length || counts.stored < stored + delivered) return true;
    storedSeconds.value ||= since(begun);
    return (await outputOf(admin, from, from + monthMs + 120_000)) !== expected;
  });
  const rightSeconds = since(ackedAt);
  publishers.close();
  return { delivered, deliveredSeconds: (ackedAt - begun) / 1000, storedSeconds: storedSeconds.value, rightSeconds, lags };
}

/** What the lines made in the month, summed over their firm. */
async function outputOf(admin: Client, from: number, to: number): Promise<number> {
  const window = `from=${String(from)}&to=${String(Math.ceil(to / 60_000) * 60_000)}`;
  const [sum] = await admin.get<AggregateAnswer[]>(`/utilization?by=firm&id=load&${window}`);
  return sum?.output ?? 0;
}

/** Looks at health every second while `goesOn`, or for so many seconds. */
async function lagsWhile(admin: Client, goesOn: () => Promise<boolean>, seconds = 0): Promise<Lags> {
  const begun = performance.now();
  let lags: Lags = { p50: 0, p99: 0, worst: 0 };
  while (performance.now() - begun < seconds * 1000 || (await goesOn())) {
    if (performance.now() - begun > patienceMs) throw new Error('the figures did not become right');
    await pause(lookMs);
    const { p50, p99 } = (await admin.health()).latencyMs;
    lags = { p50, p99, worst: Math.max(lags.worst, p99) };
  }
  return lags;
}

async function accountsOf(admin: Client): Promise<ClientAccount[]> {
  const lines = (await admin.get<LiveRecord[]>('/lines?firm=load')).slice(0, 2 * linesEach);
  const accounts: ClientAccount[] = [];
  for (const { id, park, firm, workshop } of lines) {
    const { username, password } = await admin.issue(id);
    accounts.push({ username, password, topic: topicOf({ park, firm, workshop, line: id }, 'telemetry') });
  }
  return accounts;
}

function liveSource(): (client: number, n: number) => string {
  const source = readingSource('now', Date.now);
  // Live lines stand still, so that what the firm made is the backlog's alone.
  return (client, n) => source(client, n).replace(/"stitches":\d+/, '"stitches":0');
}

interface Sending {
  readonly nextPayload: (client: number, n: number) => string;
  readonly ratePerSecond?: number;
  /** Messages of each client; absent: until stopped. */
  readonly limit?: number;
  readonly onAck?: () => void;
}

function publishersTo({ mqttPort }: Product, clients: readonly ClientAccount[], sending: Sending): Promise<Publishers> {
  return openPublishers({ host: '127.0.0.1', port: mqttPort, clients, inFlight: sending.ratePerSecond ? 1000 : 1, ...sending });
}
