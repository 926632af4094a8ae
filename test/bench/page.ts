/**
 * Section `page`: the board of 3,500 lines, every one of them live at one reading a second, in a real Chromium that is traced.
 * Comes in: readings made here, folded by the collector's own live half and sent by the real dashboard server over real sockets.
 * Goes out: what the page costs: its longest task, its share of a core, its heap, what it loads first, when it can be used. Tasks and
 * shares are CPU time, so that neighbours on the machine do not count.
 */
import { join } from 'node:path';
import pino from 'pino';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openDeviceAccounts } from '../../broker/devices.ts';
import { createLive } from '../../collector/live.ts';
import { systemClock } from '../../contract/clock.ts';
import type { DeviceAccounts } from '../../contract/devices.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { topicOf } from '../../contract/topics.ts';
import { startDashboard, type Dashboard } from '../../dashboard/server/dashboard.ts';
import { Past } from '../../dashboard/server/past.suite.ts';
import { LocalBus, wellBeing } from '../../dashboard/server/stage.suite.ts';
import { createSchedules } from '../../kpi/calendar.ts';
import { grouped } from '../../kpi/grouping.ts';
import { loadPlant } from '../../plants/loader.ts';
import { openBrowser } from '../browser.ts';
import { adminPassword, dataFolder } from '../product.ts';
import { root } from '../sources.ts';
import { median, percentile, type Findings } from './figures.ts';
import { watch } from './usage.ts';

const plantFile = join(root, 'plants', 'ruzhou-3500.yaml');
const loads = 3;
const warmMs = 5000;
/** No longer: a trace of an hour would not fit into memory. What the heap grows by is measured over all of the time. */
const longestTraceSeconds = 60;
/** So many parts of a second in which lines take their turn to report. */
const beats = 10;
const breakShare = 0.003;

export async function page(seconds: number): Promise<Findings> {
  const folder = dataFolder();
  const plant = loadPlant({ plantFile, equipmentFolder: join(root, 'equipment') });
  const bus = new LocalBus();
  const devices = openDeviceAccounts(join(folder.path, 'devices.db'), systemClock);
  const dashboard = await serve(folder.path, plant, bus, devices);
  const stop = report(plant, bus);
  const browser = await openBrowser();
  try {
    return await measure(browser, `http://${dashboard.address}`, plant.lines.size, seconds);
  } finally {
    stop();
    await browser.close();
    await dashboard.close();
    devices.close();
    folder.remove();
  }
}

function serve(folder: string, plant: Plant, bus: LocalBus, devices: DeviceAccounts): Promise<Dashboard> {
  return startDashboard({
    ...{ http: { host: '127.0.0.1', port: 0 }, tls: null, metrics: null, webFolder: join(root, 'dashboard', 'web', 'dist') },
    ...{ plant, bus, history: new Past(plant), devices, mqtt: { port: 1883, tls: false }, duty: null },
    ...{ health: () => Promise.resolve(wellBeing), channels: () => Promise.resolve([]) },
    ...{ dataFolder: folder, adminPassword, demo: false, version: '0.0.0', clock: systemClock, log: pino({ level: 'silent' }) },
  });
}

/** Every line says something once a second; some break a thread for a while. What is due goes out as the collector sends it. */
function report(plant: Plant, bus: LocalBus): () => void {
  const live = createLive(plant, createSchedules(plant.calendars, plant.timezone));
  const lines = [...plant.lines.values()];
  const broken = new Map<string, number>();
  let beat = 0;
  for (const line of lines) live.connected(line.id, true);
  return systemClock.every(1000 / beats, () => {
    const ts = systemClock.now();
    for (let index = beat % beats; index < lines.length; index += beats) {
      const line = lines[index];
      if (line) live.take(readingOf(line, index, ts, broken));
    }
    beat += 1;
    for (const record of live.due(ts)) {
      const line = plant.lines.get(record.id);
      if (line) bus.publish(topicOf(line, 'live'), JSON.stringify(record), { retain: true });
    }
  });
}

function readingOf(line: Line, index: number, ts: number, broken: Map<string, number>): Reading {
  const until = broken.get(line.id) ?? 0;
  if (until < ts && Math.random() < breakShare) broken.set(line.id, ts + 60_000);
  const isBroken = (broken.get(line.id) ?? 0) > ts;
  const metrics: Record<string, number> = {};
  for (const [name, { kind }] of Object.entries(line.type.metrics)) {
    if (kind === 'counter') metrics[name] = Math.floor(ts / 100) + index;
    if (kind === 'gauge') metrics[name] = Math.round(Math.random() * 800);
  }
  const state = isBroken ? ({ state: 'stopped', stop: 'thread-break' } as const) : ({ state: 'running' } as const);
  return { line: line.id, ts, receivedAt: ts, ...state, design: `peony-${String(index % 40)}`, metrics };
}

async function measure(browser: Browser, address: string, lines: number, seconds: number): Promise<Findings> {
  const first: FirstLoad[] = [];
  for (let count = 0; count < loads; count += 1) first.push(await loadOnce(browser, address));
  const { page: board, close } = await signedIn(browser, address);
  await board.goto(address);
  await firstTile(board);
  await board.waitForTimeout(warmMs);
  const cdp = await board.context().newCDPSession(board);
  const heapBefore = await heapOf(cdp);
  const finish = watch({});
  const tracedSeconds = Math.min(seconds, longestTraceSeconds);
  const trace = await traced(browser, board, tracedSeconds);
  await board.waitForTimeout((seconds - tracedSeconds) * 1000);
  const { otherCores } = finish();
  const heapAfter = await heapOf(cdp);
  await close();
  return {
    conditions: `${String(lines)} lines at one reading a second on the board in headless Chromium, 1440 × 900, for ${String(seconds)} s, ${String(tracedSeconds)} s of them traced; tasks and shares in CPU time`,
    otherCores,
    figures: [
      { name: 'longest main-thread task', value: Math.max(...trace.tasksMs), unit: 'ms', digits: 1, atMost: 50 },
      { name: 'main-thread tasks, p99', value: percentile(trace.tasksMs, 99), unit: 'ms', digits: 1 },
      { name: "main thread's share of a core", value: trace.busy * 100, unit: '%', digits: 1, atMost: 20 },
      { name: 'heap after a collection', value: heapAfter / 1e6, unit: 'MB', digits: 1 },
      { name: 'heap grown meanwhile', value: (heapAfter - heapBefore) / 1e6, unit: 'MB', digits: 1, atMost: 5 },
      {
        name: 'first load, JavaScript compressed',
        value: median(first.map(({ scriptBytes }) => scriptBytes)) / 1000,
        unit: 'kB',
        atMost: 200,
      },
      { name: 'main thread until the board can be used', value: median(first.map(({ cpuMs }) => cpuMs)), unit: 'ms' },
      { name: 'until the board can be used', value: median(first.map(({ usableMs }) => usableMs)), unit: 'ms', atMost: 1500 },
    ],
  };
}

interface SignedIn {
  readonly page: Page;
  readonly close: () => Promise<void>;
}

async function signedIn(browser: Browser, address: string): Promise<SignedIn> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const data = { username: 'admin', password: adminPassword };
  const answer = await context.request.post(`${address}/api/v1/session`, { data, headers: { origin: address } });
  if (!answer.ok()) throw new Error(`sign-in answered ${String(answer.status())}`);
  return { page: await context.newPage(), close: () => context.close() };
}

interface FirstLoad {
  readonly usableMs: number;
  /** What the main thread worked for it. */
  readonly cpuMs: number;
  readonly scriptBytes: number;
}

/** Nothing cached: how long until a tile with a known state is there, and how much script came over the wire for it. */
async function loadOnce(browser: Browser, address: string): Promise<FirstLoad> {
  const { page: fresh, close } = await signedIn(browser, address);
  const cdp = await fresh.context().newCDPSession(fresh);
  const scripts = new Set<string>();
  let scriptBytes = 0;
  cdp.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength;
  });
  await cdp.send('Network.enable');
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await fresh.goto(address);
  await firstTile(fresh);
  const usableMs = await fresh.evaluate(() => performance.now());
  const { metrics } = await cdp.send('Performance.getMetrics');
  const cpuMs = (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  await close();
  return { usableMs, cpuMs, scriptBytes };
}

async function firstTile(board: Page): Promise<void> {
  await board.locator('a[data-line]:not(.unknown)').first().waitFor({ timeout: 60_000 });
}

async function heapOf(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs of wall time, and of CPU time of its thread. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** CPU times of the tasks of the page's main thread, and how busy they kept it. */
async function traced(browser: Browser, board: Page, seconds: number): Promise<{ tasksMs: number[]; busy: number }> {
  await browser.startTracing(board, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  const begun = performance.now();
  await board.waitForTimeout(seconds * 1000);
  const elapsedMs = performance.now() - begun;
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const tasks = traceEvents.filter(
    ({ name, ph, tdur }) => ph === 'X' && tdur !== undefined && /^(RunTask|ThreadControllerImpl::RunTask)$/.test(name),
  );
  const mains = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf));
  const byThread = [...grouped(tasks, threadOf)].filter(([thread]) => mains.has(thread));
  // Other pages may be about; the board is the busiest.
  const main = byThread.sort(([, a], [, b]) => total(b) - total(a))[0]?.[1] ?? [];
  if (main.length === 0) throw new Error('the trace has no tasks of a page in it');
  return { tasksMs: main.map(({ tdur = 0 }) => tdur / 1000), busy: total(main) / 1000 / elapsedMs };
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${String(pid)} ${String(tid)}`;
}

function total(tasks: readonly TraceEvent[]): number {
  return tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0);
}
