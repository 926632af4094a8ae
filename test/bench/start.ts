/**
 * Section `start`: how long `npm start` takes where everything is installed and built, on an empty data folder.
 * Comes in: nothing. Goes out: the medians of a few starts, each until health answers and until a browser, already
 * open and signed in, shows a first tile with a known state.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import { adminPassword, dataFolder } from '../product.ts';
import { root } from '../sources.ts';
import { median, type Findings } from './figures.ts';
import { watch } from './usage.ts';

const starts = 3;
const patienceMs = 120_000;
const ambientMs = 5000;

interface Times {
  readonly healthMs: number;
  readonly tileMs: number;
}

export async function start(): Promise<Findings> {
  const browser = await openBrowser();
  try {
    // The first start installs and builds what has changed since; it does not count.
    await startOnce(browser);
    const otherCores = await ambient();
    const times: Times[] = [];
    for (let count = 0; count < starts; count += 1) times.push(await startOnce(browser));
    return {
      conditions: `npm start with the demo zone on an empty data folder, median of ${String(starts)}`,
      otherCores,
      figures: [
        { name: 'until health answers', value: median(times.map(({ healthMs }) => healthMs)) / 1000, unit: 's', digits: 1 },
        {
          name: 'until the first live tile is on the screen',
          value: median(times.map(({ tileMs }) => tileMs)) / 1000,
          unit: 's',
          digits: 1,
          atMost: 10,
        },
      ],
    };
  } finally {
    await browser.close();
  }
}

/** Cores that are busy while nothing is being measured. */
async function ambient(): Promise<number> {
  const finish = watch({});
  await pause(ambientMs);
  return finish().otherCores;
}

async function startOnce(browser: Browser): Promise<Times> {
  const folder = dataFolder();
  const begun = Date.now();
  const product = spawn('npm', ['start'], {
    cwd: root,
    env: {
      ...process.env,
      BOBBIN_DATA: folder.path,
      BOBBIN_HTTP: '127.0.0.1:0',
      BOBBIN_MQTT: '127.0.0.1:0',
      BOBBIN_ADMIN_PASSWORD: adminPassword,
      BOBBIN_LOG: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(product, 'exit');
  try {
    const address = await addressIn(product.stdout);
    const health = await fetch(`${address}/api/v1/health`);
    if (health.status !== 200) throw new Error(`health answered ${String(health.status)}`);
    const healthMs = Date.now() - begun;
    return { healthMs, tileMs: (await firstTile(browser, address)) - begun };
  } finally {
    product.kill('SIGINT');
    await gone;
    folder.remove();
  }
}

/** Where it says the dashboard is. */
async function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const address = /Dashboard\s+(https?:\/\/\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    // Nobody reads on, but the product must not wait for a reader.
    output.resume();
    return address;
  }
  throw new Error('npm start ended without saying where the dashboard is');
}

/** When a tile with a known state was in the page. */
async function firstTile(browser: Browser, address: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const data = { username: 'admin', password: adminPassword };
    const answer = await context.request.post(`${address}/api/v1/session`, { data, headers: { origin: address } });
    if (!answer.ok()) throw new Error(`sign-in answered ${String(answer.status())}`);
    const page = await context.newPage();
    await page.goto(address);
    await page.locator('a[data-line]:not(.unknown)').first().waitFor({ timeout: patienceMs });
    return Date.now();
  } finally {
    await context.close();
  }
}
