/**
 * A real browser, as people have it before them, and the device that stands behind a line.
 * Comes in: a running product. Goes out: pages that note every request and every complaint of the browser, and devices
 * that publish. It never lets a page reach past the product unseen: what a page asked for is there to be looked at.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import mqtt from 'mqtt';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import type { LiveRecord } from '../contract/live.ts';
import { adminPassword, type Client, type Product } from './product.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long a page may take for anything, on a busy machine. */
export const patienceMs = 20_000;

/** Where this machine has Chromium; null where it has none. */
export const chromiumPath: string | null =
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find(isExecutable) ?? null;

/** What the group of browser tests is called: it says why, where they are skipped. */
export const inBrowser = chromiumPath === null ? 'in a real browser (skipped: no chromium on the PATH)' : 'in a real browser';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `textPx`: the size of text its owner has set. */
export async function openBrowser(textPx = 16): Promise<Browser> {
  if (chromiumPath === null) throw new Error('there is no Chromium');
  return chromium.launch({ executablePath: chromiumPath, args: [...flags, `--blink-settings=defaultFontSize=${String(textPx)}`] });
}

export interface Visit {
  readonly page: Page;
  /** Addresses of everything the page asked for, sockets included. */
  readonly requests: readonly string[];
  /** Errors on the console, uncaught exceptions and violations of the content security policy. */
  readonly complaints: readonly string[];
}

/** A browser of somebody's own, on the product's first page; signed in already where there is a client to be. */
export async function visit(
  browser: Browser,
  product: Product,
  wishes: BrowserContextOptions & { as?: Client; path?: string } = {},
): Promise<Visit> {
  const { as, path = '/', ...options } = wishes;
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(patienceMs);
  if (as) {
    const cookies = as.cookie.split('; ').map((pair) => pair.split('='));
    await context.addCookies(cookies.map(([name = '', value = '']) => ({ name, value, url: product.http, httpOnly: true })));
  }
  const requests: string[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    // The browser itself reports the answer that says nobody is signed in yet.
    const isAsking = message.location().url.endsWith('/api/v1/session') && message.text().includes('401');
    if (message.type() === 'error' && !isAsking) complaints.push(message.text());
  });
  const page = await context.newPage();
  page.on('websocket', (socket) => requests.push(socket.url()));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`content security policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  await page.goto(`${product.http}${path}`);
  return { page, requests, complaints };
}

/** Fills in the sign-in as a person would. */
export async function signIn(page: Page, username = 'admin', password = adminPassword): Promise<void> {
  await page.locator('input[autocomplete=username]').fill(username);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
}

export function tile(page: Page, line: string): Locator {
  return page.locator(`a[data-line="${line}"]`);
}

/** Lines in the order of the screen, as far as it shows them. */
export function tiles(page: Page): Promise<string[]> {
  return page.locator('a[data-line]').evaluateAll((found) => found.map((one) => one.getAttribute('data-line') ?? ''));
}

/** What axe finds serious or critical on the page as it is, in words. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}\n${failureSummary}`));
}

/** By how many pixels the page, or what scrolls in it, is wider than the screen. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const boxes = [document.documentElement, ...document.querySelectorAll('main, main .scroller')];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
  });
}

export interface Lettering {
  /** The sizes of all words and signs in sight, in pixels, each once, the smallest first. */
  readonly words: number[];
  readonly signs: number[];
  /** Words that stick out of their box or off the screen, where there is neither a sign of it (…) nor a way to them (scrolling). */
  readonly cut: string[];
}

export async function lettering(page: Page): Promise<Lettering> {
  return page.evaluate(() => {
    const seen = [...document.querySelectorAll('body *')].filter((one) => one.checkVisibility({ visibilityProperty: true }));
    const worded = seen.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.nodeValue?.trim() !== ''));
    const sorted = (sizes: number[]): number[] => [...new Set(sizes)].sort((a, b) => a - b);
    const isMeant = (one: Element): boolean => {
      for (let box: Element | null = one; box !== null; box = box.parentElement) {
        const { textOverflow, overflowX, clipPath } = getComputedStyle(box);
        const scrolls = (overflowX === 'auto' || overflowX === 'scroll') && box.scrollWidth > box.clientWidth;
        if (textOverflow === 'ellipsis' || clipPath !== 'none' || scrolls) return true;
      }
      return false;
    };
    const sticksOut = (one: Element): boolean => {
      const { left, right } = one.getBoundingClientRect();
      return right > window.innerWidth + 1 || left < -1 || (one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1);
    };
    return {
      words: sorted(worded.map((one) => Number.parseFloat(getComputedStyle(one).fontSize))),
      signs: sorted(seen.filter((one) => one.matches('svg[width]')).map((one) => one.getBoundingClientRect().width)),
      cut: worded
        .filter((one) => sticksOut(one) && !isMeant(one))
        .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 40)}`),
    };
  });
}

export interface Device {
  /** Publishes readings at QoS 1; resolves with the PUBACK, which may be after a reconnect. */
  publish(...readings: object[]): Promise<void>;
  end(): Promise<void>;
}

/** The line's device, with an account of its own; it comes back by itself when the product does. */
export async function connectDevice(product: Product, admin: Client, line: string): Promise<Device> {
  const { park, firm, workshop } = await admin.get<LiveRecord>(`/lines/${line}`);
  const topic = `bobbin/v1/${park}/${firm}/${workshop}/${line}/telemetry`;
  const { username, password } = await admin.issue(line);
  const url = `mqtt://127.0.0.1:${String(product.mqttPort)}`;
  const client = await mqtt.connectAsync(url, { clientId: username, username, password, reconnectPeriod: 200 });
  client.on('error', () => {
    // A refused reconnect is retried; what matters is that the publish is acknowledged in the end.
  });
  return {
    publish: async (...readings) => {
      await client.publishAsync(topic, JSON.stringify(readings), { qos: 1 });
    },
    end: () => client.endAsync(true),
  };
}
