/**
 * The page as people see it: a real Chromium, the real product, devices that publish over MQTT.
 * Every page is held to this besides: no error on its console, no breach of its security policy, no request to anybody
 * but the product.
 */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BatchRecord } from '../contract/figures.ts';
import {
  barriers,
  chromiumPath,
  inBrowser,
  lettering,
  openBrowser,
  overflow,
  patienceMs,
  signIn,
  tile,
  tiles,
  visit,
  type Visit,
} from './browser.ts';
import { Floor, plantText } from './floor.ts';
import { zoneAtMidday } from './midday.ts';
import type { Client } from './product.ts';

const minute = 60_000;
const patience = { timeout: patienceMs, interval: 50 };
const phone = { width: 390, height: 844 };
const pages = [
  ...['/', '/?layout=mosaic', '/?layout=rows', '/lines/emb-0001', '/lines/press-01', '/zone', '/handover', '/reports'],
  ...['/faults', '/faults/history', '/faults/figures', '/faults/rules', '/admin', '/users', '/devices', '/devices/emb-0001'],
  ...['/calendars', '/screens', '/audit', '/system', '/account'],
];

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  const visits: Visit[] = [];
  let floor: Floor;
  /** The last whole second before the tests; every reading is at a time before it. */
  let base: number;

  beforeAll(async () => {
    floor = await Floor.open({
      // No line here is near the end of its shift, at whatever hour this runs.
      plant: plantText().replace('Asia/Shanghai', zoneAtMidday()),
      lines: ['emb-0001', 'emb-0002', 'emb-0004', 'emb-0101', 'press-01'],
    });
    base = Math.floor(Date.now() / 1000) * 1000;
    await floor.publish('emb-0001', ...embroideryStory(base));
    await floor.publish('emb-0002', { ts: base - 5_000, state: 'stopped', stop: 'bobbin-change', hold: 3600, m: {} });
    await floor.publish('press-01', ...pressStory(base));
    await floor.settled();
  });

  afterAll(() => floor.close());

  afterEach(async () => {
    const asked = visits.splice(0).flatMap(({ requests }) => requests);
    expect(await floor.leave()).toEqual([]);
    const hosts = asked.filter((url) => !/^(data|blob):/.test(url)).map((url) => new URL(url).host);
    expect(new Set(hosts)).toEqual(new Set([new URL(floor.product.http).host]));
  });

  async function open(wishes: BrowserContextOptions & { as?: Client; path?: string } = {}): Promise<Page> {
    const one = await floor.visit(wishes);
    visits.push(one);
    return one.page;
  }

  test('sign-in says in words what is wrong, and leads to the board', async () => {
    const page = await open({ locale: 'zh-CN' });
    await page.getByRole('button', { name: '登录' }).waitFor();
    await signIn(page, 'admin', 'not the password');
    await page.getByRole('alert').getByText('用户名或密码不对。').waitFor();
    await signIn(page);
    await page.getByRole('heading', { level: 1, name: '测试区' }).waitFor();
    await tile(page, 'emb-0001').waitFor();
  });

  test('the language is the browser’s until somebody chooses; the choice is remembered', async () => {
    const page = await open({ locale: 'en-GB' });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('button', { name: '登录' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: '登录' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await signIn(page);
    await tile(page, 'emb-0001').getByRole('img', { name: '运行' }).waitFor();
  });

  test('the board groups lines by park, firm and workshop, worst first, and shows a change without a reload', async () => {
    const page = await open({ as: floor.admin });
    const headings = page.getByRole('heading', { level: 2 });
    for (const name of ['Embroidery park', 'Test Embroidery', 'Workshop 1']) await headings.getByText(name, { exact: true }).waitFor();
    const running = tile(page, 'emb-0001');
    await running.getByRole('img', { name: 'Running' }).waitFor();
    await tile(page, 'emb-0002').getByText('Bobbin change').waitFor();
    await page.evaluate('window.stillHere = true');

    await floor.publish('emb-0004', { ts: Date.now(), stop: 'machine-error', hold: 3600, m: {} });
    const faulty = tile(page, 'emb-0004');
    await faulty.getByRole('img', { name: 'Fault' }).waitFor();
    await faulty.getByText('Machine error').waitFor();
    // Fault, then lost, then briefly stopped, then running.
    await shows(page, ['emb-0004', 'emb-0003', 'emb-0002', 'emb-0001']);
    expect(await page.evaluate('window.stillHere')).toBe(true);
    await floor.publish('emb-0004', { ts: Date.now(), state: 'running', hold: 3600, m: {} });
    await faulty.getByRole('img', { name: 'Running' }).waitFor();
  });

  test('search and filters narrow the board; the address keeps how it is looked at', async () => {
    const page = await open({ as: floor.admin });
    await tile(page, 'emb-0001').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('peony');
    await shows(page, ['emb-0001']);
    await page.waitForURL(/q=peony$/);
    await page.reload();
    await shows(page, ['emb-0001']);
    expect(await page.getByRole('searchbox').inputValue()).toBe('peony');
    await page.getByRole('searchbox').press('Escape');
    await page.getByRole('list', { name: 'Filter by state' }).getByRole('button', { name: 'Stopped' }).click();
    await shows(page, ['emb-0002']);
    await page.reload();
    await shows(page, ['emb-0002']);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Embroidery park' }).click();
    await page.getByRole('link', { name: 'Another Embroidery' }).click();
    await shows(page, ['emb-0101']);
    await page.reload();
    await shows(page, ['emb-0101']);
  });

  test('one click from the board: the shift as it was published, and the course of a metric', async () => {
    const page = await open({ as: floor.admin });
    await tile(page, 'emb-0001').click();
    await page.getByRole('heading', { name: 'States this shift' }).waitFor();
    const strip = page.getByRole('img', { name: 'Strip of states' });
    const legend = page.getByRole('list', { name: 'Legend' });
    for (const state of ['Running', 'Stopped', 'Unknown']) await legend.getByText(state).waitFor();
    const spans: string[] = [];
    await strip.focus();
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press('ArrowRight');
      spans.push(await page.getByRole('status').first().innerText());
    }
    const [unknown, first, stop, second] = spans;
    expect(unknown).toContain('Unknown');
    expect(first).toMatch(/Running[^]*· 10:00/);
    expect(stop).toMatch(/Stopped · Thread break[^]*· 2:00/);
    expect(second).toContain('Running');

    const chart = page.locator('figure', { hasText: 'Main-shaft speed' }).locator('canvas');
    await expect.poll(() => chart.evaluate(colouredPixels), patience).toBeGreaterThan(200);
  });

  test('a press shows its batches with the figures of their records', async () => {
    const record = await vi.waitFor(() => floor.admin.get<BatchRecord>('/lines/press-01/batches/118'), 10_000);
    expect(record.readings).toEqual({ running: 30, stopped: 6, total: 36 });
    const page = await open({ as: floor.admin, path: '/lines/press-01' });
    await page.getByRole('button', { name: 'Show the record of batch 118' }).click();
    const rows = page.getByRole('row');
    await rows.filter({ has: page.getByRole('cell', { name: '118', exact: true }) }).waitFor();
    const speed = await rows
      .filter({ hasText: /^Tablet speed/ })
      .getByRole('cell')
      .allInnerTexts();
    const { meanRunning, min, max, maxRunning } = record.metrics.tbl_speed ?? {};
    expect(speed.slice(2)).toEqual([meanRunning, min, max, maxRunning].map(String));
    expect([meanRunning, min, max, maxRunning]).toEqual([115.5, 0, 130, 130]);
    const waste = rows.locator('dl > div', { hasText: 'Waste' });
    expect(await waste.getByRole('definition').innerText()).toBe(String(record.counters.waste));
  });

  test.each(['/', '/lines/emb-0001', '/lines/press-01'])('on a phone nothing of %s is wider than the screen', async (path) => {
    const page = await open({ as: floor.admin, path, viewport: phone, hasTouch: true, isMobile: true });
    await page
      .locator(path === '/' ? 'a[data-line]' : 'figure canvas')
      .first()
      .waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test('on a phone nothing of the sign-in is wider than the screen', async () => {
    const page = await open({ viewport: phone, hasTouch: true, isMobile: true });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious on sign-in, board and line, %s', async (colorScheme) => {
    const look = { colorScheme, reducedMotion: 'reduce' } as const;
    const signInPage = await open(look);
    await signInPage.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await barriers(signInPage)).toEqual([]);
    const board = await open({ ...look, as: floor.admin });
    await tile(board, 'emb-0001').waitFor();
    expect(await barriers(board)).toEqual([]);
    const line = await open({ ...look, as: floor.admin, path: '/lines/press-01' });
    await line.getByRole('button', { name: 'Show the record of batch 118' }).click();
    await line.locator('figure canvas').first().waitFor();
    expect(await barriers(line)).toEqual([]);
  });

  test('to whoever has set text of twice the size everything is twice as large, as if zoomed, and nothing is cut off', async () => {
    const asked = { as: floor.admin, reducedMotion: 'reduce' } as const;
    // Half a screen is what page zoom to 200 % leaves.
    const usual = await open({ ...asked, viewport: { width: 720, height: 450 } });
    const large = await openBrowser(32);
    const { page } = await visit(large, floor.product, asked);
    try {
      for (const path of pages) {
        await Promise.all([go(usual, path), go(page, path)]);
        // What is told of by and by, an alarm's count among it, is not there on both at once.
        await vi.waitFor(async () => {
          const [{ words, signs }, enlarged] = await Promise.all([lettering(usual), lettering(page)]);
          const doubled = { words: words.map((size) => 2 * size), signs: signs.map((size) => 2 * size), cut: [] };
          expect({ path, ...enlarged }).toEqual({ path, ...doubled });
        }, patience);
        expect([path, await overflow(page)]).toEqual([path, expect.closeTo(0, 0)]);
      }
      await page.setViewportSize(phone);
      for (const path of pages) {
        await go(page, path);
        expect({ path, cut: (await lettering(page)).cut }).toEqual({ path, cut: [] });
        expect([path, await overflow(page)]).toEqual([path, expect.closeTo(0, 0)]);
      }
    } finally {
      await large.close();
    }
  });

  test('a screen whose server dies says so within 3 s, and is right again by itself when it is back', async () => {
    // By place: worst first, a line that is heard of again may go out of sight, behind a workshop with lost ones.
    const page = await open({ as: floor.admin, path: '/?order=place' });
    await tile(page, 'emb-0101').waitFor();
    await page.evaluate('window.stillHere = true');
    const stale = page.getByRole('alert').getByText('Data is stale');
    expect(await stale.count()).toBe(0);

    await floor.product.kill();
    const killedAt = Date.now();
    await stale.waitFor();
    expect(Date.now() - killedAt).toBeLessThan(3_000);

    const acknowledged = floor.publish('emb-0101', { ts: Date.now(), stop: 'needle-break', hold: 3600, m: {} });
    await floor.resume();
    await acknowledged;
    await stale.waitFor({ state: 'hidden' });
    await tile(page, 'emb-0101').getByText('Needle break').waitFor();
    await tile(page, 'emb-0001').getByRole('img', { name: 'Running' }).waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);
    // The browser itself reports a server that is not there.
    expect((await floor.leave()).filter((complaint) => !complaint.includes('ERR_CONNECTION'))).toEqual([]);
  });
});

/** To another page without loading the app again, and until all of it has come. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    window.history.pushState(null, '', to);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expect.poll(() => page.locator('[aria-busy=true], .awaited').count(), patience).toBe(0);
}

/** These are the lines on screen; of four and more, the first. */
async function shows(page: Page, lines: readonly string[]): Promise<void> {
  await expect.poll(async () => (await tiles(page)).slice(0, 4), patience).toEqual(lines);
}

/** Ten minutes of running, two of a thread break, then running on. */
function embroideryStory(base: number): object[] {
  const from = base - 20 * minute;
  const at = (second: number): number => from + second * 1000;
  return Array.from({ length: 110 }, (_, index) => {
    const second = index * 10;
    const broken = second >= 600 && second < 720;
    const state = broken ? { stop: 'thread-break' } : { state: 'running' };
    return {
      ts: at(second),
      ...state,
      hold: index === 109 ? 3600 : 15,
      design: 'peony-5',
      m: { speed: broken ? 0 : 650 + (index % 20) * 10, stitches: second * 11 },
    };
  });
}

/** A batch of six minutes: five of them running at 101 to 130 k/h, one standing. */
function pressStory(base: number): object[] {
  const from = base - 8 * minute;
  return Array.from({ length: 36 }, (_, index) => ({
    ts: from + index * 10_000,
    batch: '118',
    product: '7',
    m: { tbl_speed: index < 30 ? 101 + index : 0, produced: index, waste: index * 3, SREL: 4 },
  }));
}

/** How many pixels of a canvas have a colour rather than a grey: the curve, not the grid. */
function colouredPixels(canvas: HTMLCanvasElement | SVGElement | HTMLElement): number {
  if (!(canvas instanceof HTMLCanvasElement)) return 0;
  const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4);
    if (alpha > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) count += 1;
  }
  return count;
}
