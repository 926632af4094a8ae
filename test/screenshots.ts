/**
 * Makes the pictures of docs/screenshots/ from the running product: `npm run screenshots`.
 * Comes in: the demo zone on a data folder of its own, played for a few minutes. Goes out: PNG files, Chinese and English.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { LiveRecord } from '../contract/live.ts';
import type { Language } from '../contract/api.ts';
import { adminPassword, Client, dataFolder, startProduct, type Product } from './product.ts';
import { root } from './sources.ts';

const pictures = join(root, 'docs', 'screenshots');
/** Long enough for strips to hold more than one colour. */
const playedMs = 4 * 60_000;
const patienceMs = 120_000;
const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };

const folder = dataFolder();
const product = await startProduct(folder.path, { BOBBIN_SIMULATE: '1', BOBBIN_PLANT: join(root, 'plants', 'ruzhou.yaml') });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--lang=zh-CN'] });
try {
  mkdirSync(pictures, { recursive: true });
  const line = await liveLine(product);
  const page = await signedIn(browser, product, 'zh');
  await page.waitForTimeout(playedMs);
  await page.context().close();
  for (const language of ['zh', 'en'] as const) await picturesIn(language, line);
} finally {
  await browser.close();
  await product.stop();
  folder.remove();
}

async function picturesIn(language: Language, line: string): Promise<void> {
  const page = await signedIn(browser, product, language);
  const take = async (path: string, name: string): Promise<void> => {
    await page.goto(`${product.http}${path}`);
    await page.getByRole('main').waitFor({ timeout: patienceMs });
    // Charts and fonts come in after the page itself; a picture, unlike a test, may simply wait for them.
    await page.waitForTimeout(3000);
    await page.screenshot({ path: join(pictures, `${name}-${language}.png`) });
  };
  await take('/', 'board');
  await take('/?layout=mosaic', 'mosaic');
  await take(`/lines/${line}`, 'line');
  await page.context().close();
}

/** A page of that language, past the sign-in, with the board on it. */
async function signedIn(from: Browser, { http }: Product, language: Language): Promise<Page> {
  const context = await from.newContext({ locale: locales[language], viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 });
  const page = await context.newPage();
  await page.goto(http);
  await page.locator('input[autocomplete=username]').fill('admin');
  await page.locator('input[type=password]').fill(adminPassword);
  await page.locator('button[type=submit]').click();
  await page.getByRole('main').waitFor({ timeout: patienceMs });
  return page;
}

/** An embroidery line that runs, once one does. */
async function liveLine(from: Product): Promise<string> {
  const admin = await new Client(from).signIn();
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    const lines = await admin.get<LiveRecord[]>('/lines?park=emb');
    const running = lines.find((one) => one.state === 'running');
    if (running) return running.id;
  }
  throw new Error('no line runs');
}
