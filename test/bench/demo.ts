/**
 * Section `demo`: the whole demo zone, every line at one reading a second, and one page that shows the board.
 * Comes in: the zone's simulators, run beside the product as `npm start` runs them, only faster than most types' own
 * interval. Goes out: what server and simulators take, and how long a state change takes from the device to the tile.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { LiveRecord } from '../../contract/live.ts';
import { connectDevice, openBrowser, tile, visit, type Device } from '../browser.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import { root } from '../sources.ts';
import { percentile, type Findings } from './figures.ts';
import { pidOf, watch } from './usage.ts';

const warmMs = 60_000;
const changes = 120;
/** The first of its place, so that it stays at the top of the board. */
const watchedLine = 'emb-0001';
const plantFile = join(root, 'plants', 'ruzhou.yaml');

export async function demo(seconds: number): Promise<Findings> {
  const folder = dataFolder();
  try {
    await issueAccounts(folder.path);
    const product = await startProduct(folder.path, { BOBBIN_PLANT: plantFile });
    const simulators = simulate(product, join(folder.path, 'devices.csv'));
    try {
      return await measure(product, simulators, seconds);
    } finally {
      simulators.kill('SIGTERM');
      await once(simulators, 'exit');
      await product.stop();
    }
  } finally {
    folder.remove();
  }
}

/** One short start with the demo's own simulators leaves an account for every line behind. */
async function issueAccounts(folder: string): Promise<void> {
  const product = await startProduct(folder, { BOBBIN_PLANT: plantFile, BOBBIN_SIMULATE: '1' });
  await product.stop();
}

function simulate({ mqttPort }: Product, accounts: string): ChildProcess {
  const options = ['--broker', `mqtt://127.0.0.1:${String(mqttPort)}`, '--plant', plantFile, '--accounts', accounts, '--interval', '1'];
  return spawn(process.execPath, ['--import', 'tsx', 'simulators/main.ts', ...options, '--log-level', 'warn'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function measure(product: Product, simulators: ChildProcess, seconds: number): Promise<Findings> {
  const admin = await new Client(product).signIn();
  const lines = await allConnected(admin);
  await pause(warmMs);
  const pids = { server: pidOf(product.process), simulators: pidOf(simulators) };
  const before = (await admin.health()).readings.received;
  const finish = watch(pids);
  await pause(seconds * 1000);
  const { cpuSeconds, peakBytes, otherCores, seconds: took } = finish();
  const received = (await admin.health()).readings.received - before;
  const finishWatched = watch(pids);
  const delays = await delaysOf(product, admin);
  const watched = finishWatched();
  const { latencyMs } = await admin.health();
  return {
    conditions: `${String(lines)} simulated lines at one reading a second, for ${String(seconds)} s after a warm-up, then ${String(changes)} changes of one line seen by Chromium on the board of all lines`,
    otherCores,
    figures: [
      { name: 'received', value: received / took, unit: 'readings/s' },
      { name: 'server', value: (cpuSeconds.server ?? 0) / took, unit: 'cores', digits: 2, atMost: 0.5 },
      { name: 'server while the board is watched', value: (watched.cpuSeconds.server ?? 0) / watched.seconds, unit: 'cores', digits: 2 },
      { name: 'server, peak resident memory', value: (peakBytes.server ?? 0) / 1e6, unit: 'MB', atMost: 600 },
      { name: 'simulators', value: (cpuSeconds.simulators ?? 0) / took, unit: 'cores', digits: 2 },
      { name: 'from receipt to live record, p99', value: latencyMs.p99, unit: 'ms', digits: 1 },
      { name: 'from publishing a change to its tile, p50', value: percentile(delays, 50), unit: 'ms' },
      { name: 'from publishing a change to its tile, p95', value: percentile(delays, 95), unit: 'ms' },
      { name: 'from publishing a change to its tile, p99', value: percentile(delays, 99), unit: 'ms', atMost: 250 },
    ],
  };
}

/** How many lines there are, once all of them are connected. */
async function allConnected(admin: Client): Promise<number> {
  for (;;) {
    const lines = await admin.get<LiveRecord[]>('/lines');
    if (lines.every(({ connected }) => connected)) return lines.length;
    await pause(2000);
  }
}

/** Milliseconds from publishing to the tile's DOM, by the machine's one clock. */
async function delaysOf(product: Product, admin: Client): Promise<number[]> {
  const browser = await openBrowser();
  try {
    const { page } = await visit(browser, product, { as: admin, path: '/?order=place' });
    await tile(page, watchedLine).waitFor();
    const device = await connectDevice(product, admin, watchedLine);
    try {
      return await alternate(page, device);
    } finally {
      await device.end();
    }
  } finally {
    await browser.close();
  }
}

async function alternate(page: Page, device: Device): Promise<number[]> {
  let seen: (at: number) => void = () => undefined;
  let expected = '';
  await page.exposeFunction('tileShows', (classes: string, at: number) => {
    if (classes.split(' ').includes(expected)) seen(at);
  });
  await observe(page);
  const delays: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    const shown = new Promise<number>((resolve) => (seen = resolve));
    const reading = change % 2 === 0 ? { state: 'fault', stop: 'machine-error', hold: 60 } : { state: 'running', hold: 60 };
    expected = reading.state;
    const publishedAt = Date.now();
    const published = device.publish({ ts: publishedAt, ...reading });
    delays.push((await shown) - publishedAt);
    await published;
    // Not in step with anything that beats in the product.
    await pause(200 + ((change * 137) % 400));
  }
  return delays;
}

/** Tells of every change to the line's tile, also where the tile is made anew. */
function observe(page: Page): Promise<void> {
  return page.evaluate((line) => {
    const { tileShows } = globalThis as unknown as { tileShows: (classes: string, at: number) => Promise<void> };
    let before = '';
    new MutationObserver(() => {
      const at = Date.now();
      const classes = document.querySelector(`a[data-line="${line}"]`)?.className ?? '';
      if (classes === before) return;
      before = classes;
      void tileShows(classes, at);
    }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['class'] });
  }, watchedLine);
}
