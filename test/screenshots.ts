/**
 * Makes docs/screens.md and its pictures from the running product: `npm run screenshots`. Comes in: the demo zone on a data folder of its own, once its
 * past is stored and it has been played for a few minutes. Goes out: PNG files, Chinese and English, and the page that shows all of them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import type { AlarmRecord } from '../contract/alarm.ts';
import type { DemoAnswer, Language } from '../contract/api.ts';
import type { BatchRecord } from '../contract/figures.ts';
import type { LiveRecord } from '../contract/live.ts';
import { openBrowser, visit } from './browser.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';
import { root } from './sources.ts';
import { until } from './until.ts';

const docs = join(root, 'docs');
const folder = join(docs, 'screenshots');
const pastWithinMs = 1_800_000;
/** Long enough for strips to hold more than one colour. */
const playedMs = 4 * 60_000;
/** Charts and fonts come in after the page itself; a picture, unlike a test, may simply wait for them. */
const settledMs = 2000;
const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const wall: BrowserContextOptions = { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' };

interface Screen {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly options?: BrowserContextOptions;
  /** As somebody who has not signed in. */
  readonly isStranger?: boolean;
}

const data = dataFolder();
const product = await startProduct(data.path, { BOBBIN_SIMULATE: '1', BOBBIN_PLANT: join(root, 'plants', 'ruzhou.yaml') });
const browser = await openBrowser();
try {
  const admin = await new Client(product).signIn();
  const begun = performance.now();
  await until('the past', async () => ((await admin.get<DemoAnswer>('/demo')).past === null ? true : null), pastWithinMs);
  await pause(begun + playedMs - performance.now());
  const screens = await screensOf(admin);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const screen of screens) for (const language of ['zh', 'en'] as const) await take(browser, product, admin, screen, language);
  writeFileSync(join(docs, 'screens.md'), pageOf(screens));
} finally {
  await browser.close();
  await product.stop();
  data.remove();
}

async function screensOf(admin: Client): Promise<Screen[]> {
  const lines = await admin.get<LiveRecord[]>('/lines');
  const [line, press] = [runningOf(lines, 'embroidery-multihead'), runningOf(lines, 'tablet-press')];
  const [batch] = await admin.get<BatchRecord[]>(`/lines/${press.id}/batches`);
  const alarms = await admin.get<AlarmRecord[]>('/alarms');
  const alarm = alarms.find(({ rule }) => rule.startsWith('stop:') || rule.startsWith('breaks:')) ?? alarms[0];
  if (!batch || !alarm) throw new Error('no batch, or no alarm');
  const workshop = `${line.firm}/${line.workshop}`;
  return [
    { name: 'sign-in', title: 'Sign-in', path: '/', isStranger: true },
    { name: 'board', title: 'The board: which line needs somebody now', path: '/' },
    { name: 'rows', title: 'The board, a row a line', path: '/?layout=rows' },
    { name: 'mosaic', title: 'The board, every line at once', path: '/?layout=mosaic' },
    { name: 'board-phone', title: 'The board on a phone', path: '/', options: phone },
    { name: 'board-dark', title: 'The board at night', path: '/', options: { colorScheme: 'dark' } },
    {
      name: 'handover',
      title: 'The sheet for the next shift',
      path: `/handover?park=${line.park}&firm=${line.firm}&workshop=${line.workshop}`,
    },
    { name: 'line', title: "An embroidery line's page", path: `/lines/${line.id}` },
    { name: 'press', title: "A tablet press's page", path: `/lines/${press.id}?period=day` },
    { name: 'batch', title: "A batch's sheet", path: `/lines/${press.id}/batches/${batch.batch}` },
    { name: 'faults', title: 'The fault centre', path: '/faults' },
    { name: 'fault', title: 'One fault, from its beginning', path: `/faults/${alarm.id}` },
    { name: 'faults-phone', title: 'The fault centre on a phone', path: '/faults', options: phone },
    { name: 'history', title: 'What was wrong before', path: '/faults/history' },
    { name: 'repairs', title: 'How long repairs take, and why they are needed', path: '/faults/figures' },
    { name: 'rules', title: 'What raises an alarm', path: '/faults/rules' },
    { name: 'zone', title: 'The zone, for officials', path: '/zone' },
    { name: 'park', title: 'One park', path: '/zone?park=emb' },
    { name: 'report', title: 'The monthly report', path: '/reports' },
    { name: 'wall', title: 'A wall screen: the zone', path: '/wall?views=overview', options: wall },
    { name: 'wall-plan', title: "A wall screen: a park's buildings", path: '/wall?views=plan', options: wall },
    { name: 'wall-board', title: 'A wall screen: a workshop', path: `/wall?workshop=${workshop}`, options: wall },
    { name: 'devices', title: 'Devices of all lines', path: '/devices' },
    { name: 'selftest', title: 'The self-test of a device being connected', path: `/devices/${line.id}` },
    { name: 'users', title: 'Who may see and do what', path: '/users' },
    { name: 'calendars', title: 'Shifts, breaks and holidays', path: '/calendars' },
    { name: 'screens', title: 'Links for wall screens', path: '/screens' },
    { name: 'audit', title: 'Who did what', path: '/audit' },
    { name: 'system', title: 'How the system itself does', path: '/system' },
    { name: 'account', title: "One's own account", path: '/account' },
  ];
}

function runningOf(lines: readonly LiveRecord[], type: string): LiveRecord {
  const line = lines.find((one) => one.type === type && one.state === 'running');
  if (!line) throw new Error(`no ${type} runs`);
  return line;
}

async function take(from: Browser, of: Product, as: Client, screen: Screen, language: Language): Promise<void> {
  const { path, options = {}, isStranger = false } = screen;
  const { page } = await visit(from, of, { ...(!isStranger && { as }), path, locale: locales[language], ...options });
  const waiting = page.locator('[aria-busy=true], .awaited').or(page.getByText(/^(正在载入|Loading)/));
  await until(`all of ${path}`, async () => ((await waiting.count()) === 0 ? true : null));
  await pause(settledMs);
  await page.screenshot({ path: join(folder, pictureOf(screen, language)) });
  await page.context().close();
}

function pictureOf({ name }: Screen, language: Language): string {
  return `${name}-${language}.png`;
}

function pageOf(screens: readonly Screen[]): string {
  const rows = screens.map((screen) => {
    const [zh, en] = (['zh', 'en'] as const).map((language) => `![${screen.title}](screenshots/${pictureOf(screen, language)})`);
    return `## ${screen.title}\n\n| 中文 | English |\n| --- | --- |\n| ${String(zh)} | ${String(en)} |\n`;
  });
  return `# Every page\n\nMade by \`npm run screenshots\` from the running demo zone.\n\n${rows.join('\n')}`;
}
