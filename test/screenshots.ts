/**
 * Makes the pictures of docs/screenshots/ from the running product: `npm run screenshots`.
 * Comes in: the demo zone on a data folder of its own, played for a few minutes. Goes out: PNG files, Chinese and English.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Language } from '../contract/api.ts';
import { systemClock } from '../contract/clock.ts';
import type { LiveRecord } from '../contract/live.ts';
import { openBrowser, visit } from './browser.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';
import { root } from './sources.ts';

const folder = join(root, 'docs', 'screenshots');
/** Long enough for strips to hold more than one colour. */
const playedMs = 4 * 60_000;
/** Charts and fonts come in after the page itself; a picture, unlike a test, may simply wait for them. */
const settledMs = 4000;
const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };

const data = dataFolder();
const product = await startProduct(data.path, { BOBBIN_SIMULATE: '1', BOBBIN_PLANT: join(root, 'plants', 'ruzhou.yaml') });
const browser = await openBrowser();
try {
  mkdirSync(folder, { recursive: true });
  await new Promise<void>((resolve) => {
    systemClock.after(playedMs, resolve);
  });
  await takeAll(browser, product, await new Client(product).signIn());
} finally {
  await browser.close();
  await product.stop();
  data.remove();
}

async function takeAll(from: Browser, of: Product, as: Client): Promise<void> {
  const lines = await as.get<LiveRecord[]>('/lines?park=emb');
  const line = lines.find((one) => one.state === 'running');
  if (!line) throw new Error('no line runs');
  const paths = {
    board: '/',
    mosaic: '/?layout=mosaic',
    line: `/lines/${line.id}`,
    zone: '/zone',
    screens: '/screens',
    users: '/users',
    devices: '/devices',
    selftest: `/devices/${line.id}`,
    calendars: '/calendars',
    system: '/system',
    faults: '/faults',
    repairs: '/faults/figures',
  };
  const walls = {
    wall: '/wall?views=overview',
    'wall-plan': '/wall?views=plan',
    'wall-board': `/wall?workshop=${line.firm}/${line.workshop}`,
  };
  for (const language of ['zh', 'en'] as const) {
    for (const [name, path] of Object.entries(paths)) {
      const { page } = await visit(from, of, { as, path, locale: locales[language] });
      await page.waitForTimeout(settledMs);
      await page.screenshot({ path: join(folder, `${name}-${language}.png`) });
      await page.context().close();
    }
    const { page: small } = await visit(from, of, {
      as,
      path: '/faults',
      locale: locales[language],
      viewport: { width: 390, height: 844 },
    });
    await small.waitForTimeout(settledMs);
    await small.screenshot({ path: join(folder, `faults-phone-${language}.png`) });
    await small.context().close();
    for (const [name, path] of Object.entries(walls)) {
      const { page } = await visit(from, of, { as, path, locale: locales[language], viewport: { width: 1920, height: 1080 } });
      await page.waitForTimeout(settledMs);
      await page.screenshot({ path: join(folder, `${name}-${language}.png`) });
      await page.context().close();
    }
  }
}
