/**
 * Sections `intake` and `puback`: the product under 200 publishing devices, as fast as it acknowledges or at a fixed rate.
 * The load comes from a process of its own on the same machine. Besides speed each run shows that the books are right:
 * everything acknowledged is stored, once, and nothing was rejected.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { HealthAnswer } from '../../contract/api.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { topicOf } from '../../contract/topics.ts';
import type { LoadFigures, LoadJob, LoadReport } from '../load/main.ts';
import { balanced } from '../books.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import { root } from '../sources.ts';
import type { Figure, Findings } from './figures.ts';
import { pidOf, watch, type Usage } from './usage.ts';

const connections = 200;
const ratePerSecond = 3500;
export const warmSeconds = 10;
/** What is loaded: lines of this firm of the plant of the tests. */
export const loadedFirm = 'load';
const drainWithinMs = 300_000;

/** What else takes part. */
export interface Surroundings {
  readonly warmSeconds?: number;
  /** Of the product, beside those of every test. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Processes whose use is measured too. */
  readonly beside?: Readonly<Record<string, number>>;
  /** Goes on beside the load from its first reading on. */
  readonly meanwhile?: (product: Product, admin: Client) => Promise<void>;
}

export interface Outcome {
  readonly load: LoadFigures;
  /** Readings acknowledged, those while warming up among them. */
  readonly acked: number;
  /** Acknowledged in each second. */
  readonly perSecond: readonly number[];
  readonly usage: Usage;
  /** As it was when the last reading had just been acknowledged. */
  readonly health: HealthAnswer;
  readonly drainMs: number;
}

export async function intake(seconds: number): Promise<Findings> {
  const { load, perSecond, usage, health, drainMs } = await underLoad({ inFlight: 10, seconds });
  return {
    conditions: `${String(connections)} connections with 10 readings in flight each, for ${String(seconds)} s, load generator on the same machine`,
    otherCores: usage.otherCores,
    figures: [
      { name: 'acknowledged and stored', value: (load.acked * 1000) / load.elapsedMs, unit: 'readings/s', atLeast: 20_000 },
      { name: 'the slowest ten seconds of it', value: slowest(perSecond, 10), unit: 'readings/s' },
      { name: 'from sending to PUBACK, p50', value: load.latencyMs.p50, unit: 'ms', digits: 1 },
      { name: 'from sending to PUBACK, p99', value: load.latencyMs.p99, unit: 'ms', digits: 1 },
      ...serverFigures(usage, load),
      { name: 'readings not yet stored at the end', value: health.readings.pending, unit: 'readings' },
      { name: 'until everything was stored', value: drainMs / 1000, unit: 's', digits: 1 },
    ],
  };
}

export async function puback(seconds: number): Promise<Findings> {
  const { load, usage, health } = await underLoad({ inFlight: 1000, seconds, ratePerSecond }, { warmSeconds });
  return {
    conditions: `${String(ratePerSecond)} readings/s from ${String(connections)} connections for ${String(seconds)} s, times from when a reading was due`,
    otherCores: usage.otherCores,
    figures: [
      { name: 'acknowledged', value: (load.acked * 1000) / load.elapsedMs, unit: 'readings/s' },
      { name: 'to PUBACK, p50', value: load.latencyMs.p50, unit: 'ms', digits: 1 },
      { name: 'to PUBACK, p95', value: load.latencyMs.p95, unit: 'ms', digits: 1 },
      { name: 'to PUBACK, p99', value: load.latencyMs.p99, unit: 'ms', digits: 1, atMost: 50 },
      { name: 'from receipt to live record, p50', value: health.latencyMs.p50, unit: 'ms', digits: 1 },
      { name: 'from receipt to live record, p99', value: health.latencyMs.p99, unit: 'ms', digits: 1 },
      ...serverFigures(usage, load),
    ],
  };
}

export function serverFigures({ cpuSeconds, peakBytes, seconds }: Usage, { acked, cpuMs }: LoadFigures): Figure[] {
  return [
    { name: 'server, processor time a reading', value: ((cpuSeconds.server ?? 0) * 1e6) / acked, unit: 'µs', digits: 1 },
    { name: 'server, cores', value: (cpuSeconds.server ?? 0) / seconds, unit: 'cores', digits: 2 },
    { name: 'load generator, cores', value: cpuMs / 1000 / seconds, unit: 'cores', digits: 2 },
    { name: 'server, peak resident memory', value: (peakBytes.server ?? 0) / 1e6, unit: 'MB' },
  ];
}

/** Runs the product on an empty folder under that load; throws where a reading was lost, doubled or rejected. */
export async function underLoad(job: Omit<LoadJob, 'port' | 'clients'>, surroundings: Surroundings = {}): Promise<Outcome> {
  const { warmSeconds = 0, settings = {}, beside = {}, meanwhile } = surroundings;
  const folder = dataFolder();
  const product = await startProduct(folder.path, settings);
  try {
    const admin = await new Client(product).signIn();
    const clients = await accounts(admin);
    let acked = 0;
    if (warmSeconds > 0) acked += (await generate({ ...job, clients, seconds: warmSeconds, port: product.mqttPort }).done).load.acked;
    const generator = generate({ ...job, clients, port: product.mqttPort });
    await generator.ready;
    const finish = watch({ server: pidOf(product.process), generator: generator.pid, ...beside });
    const other = meanwhile?.(product, admin);
    const beforeEnd = generator.ending.then(finish);
    const { load, perSecond } = await generator.done;
    await other;
    const health = await admin.health();
    const usage = await beforeEnd;
    acked += load.acked;
    const endedAt = performance.now();
    await settled(admin, acked);
    return { load, acked, perSecond, usage, health, drainMs: performance.now() - endedAt };
  } finally {
    await product.stop();
    folder.remove();
  }
}

async function accounts(admin: Client): Promise<LoadJob['clients']> {
  const lines = (await admin.get<LiveRecord[]>(`/lines?firm=${loadedFirm}`)).slice(0, connections);
  if (lines.length < connections) throw new Error(`the plant has only ${String(lines.length)} lines to load`);
  const clients: LoadJob['clients'] = [];
  for (const { id, park, firm, workshop } of lines) {
    const { username, password } = await admin.issue(id);
    clients.push({ username, password, topic: topicOf({ park, firm, workshop, line: id }, 'telemetry') });
  }
  return clients;
}

interface Generator {
  readonly pid: number;
  readonly ready: Promise<void>;
  /** It has said its last word, but its process has not ended. */
  readonly ending: Promise<void>;
  readonly done: Promise<Pick<Outcome, 'load' | 'perSecond'>>;
}

/** The load generator, beside the product. A connection that breaks is a failure. */
export function generate(job: LoadJob): Generator {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'test', 'load', 'main.ts')], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const [ready, ending] = [deferred(), deferred()];
  const listen = async (): Promise<Pick<Outcome, 'load' | 'perSecond'>> => {
    const perSecond: number[] = [];
    let [before, load] = [0, null as LoadFigures | null];
    for await (const line of createInterface(child.stdout)) {
      const report = JSON.parse(line) as LoadReport;
      if (report.kind === 'ready') ready.resolve();
      else if (report.kind === 'broken') throw new Error(`connection ${String(report.client)} broke: ${report.reason ?? 'closed'}`);
      else if (report.kind === 'done') load = report;
      else {
        perSecond.push(report.acked - before);
        before = report.acked;
      }
      if (load) ending.resolve();
    }
    await exit;
    if (!load) throw new Error('the load generator ended without a result');
    if (load.acked !== load.sent || load.resent > 0) throw new Error(`not everything was acknowledged: ${JSON.stringify(load)}`);
    return { load, perSecond };
  };
  const done = listen();
  done.catch((error: unknown) => {
    child.kill();
    ready.reject(error);
    ending.reject(error);
  });
  child.stdin.write(`${JSON.stringify(job)}\n`);
  return { pid: pidOf(child), ready: ready.promise, ending: ending.promise, done };
}

/** Waits until nothing is pending; throws where the books are off at any look, or in the end not what they must be. */
export async function settled(admin: Client, acked: number): Promise<void> {
  const until = performance.now() + drainWithinMs;
  for (;;) {
    const books = balanced(await admin.health());
    const told = JSON.stringify({ acked, ...books });
    if (books.pending === 0) {
      if (books.stored !== acked || books.received !== acked) throw new Error(`stored is not what was acknowledged: ${told}`);
      return;
    }
    if (performance.now() > until) throw new Error(`still pending after ${String(drainWithinMs)} ms: ${told}`);
    await pause(50);
  }
}

/** The lowest mean over so many seconds in a row; over all of them where there are fewer. */
function slowest(perSecond: readonly number[], seconds: number): number {
  const width = Math.min(seconds, perSecond.length);
  const windows = perSecond.slice(0, perSecond.length - width + 1).map((_, start) => perSecond.slice(start, start + width));
  return Math.min(...windows.map((window) => window.reduce((sum, count) => sum + count, 0) / width));
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
