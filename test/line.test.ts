/**
 * The board and a line's page in a real Chromium: late readings on the strip, order held under the pointer, zoom, breaks by head,
 * files, a batch on paper, the handover, and everything by keyboard, at 200 % and in both themes.
 */
import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { barriers, chromiumPath, inBrowser, overflow, patienceMs, tile, tiles } from './browser.ts';
import { Floor, plantText } from './floor.ts';
import { zoneAtMidday } from './midday.ts';

const minute = 60_000;
const patience = { timeout: patienceMs, interval: 50 };
/** What the page promises of readings that come late. */
const correctedMs = 5000;

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let floor: Floor;
  let base: number;

  beforeAll(async () => {
    floor = await Floor.open({
      plant: plantText().replace('Asia/Shanghai', zoneAtMidday()),
      lines: ['emb-0001', 'emb-0002', 'emb-0003', 'emb-0004', 'press-01'],
    });
    base = Math.floor(Date.now() / 1000) * 1000;
    await floor.publish('emb-0002', ...brokenHeads(base), running(base - 10_000));
    for (const line of ['emb-0001', 'emb-0003', 'emb-0004']) await floor.publish(line, running(base - 10_000));
    await floor.publish('press-01', ...batchStory(base));
    await floor.settled();
  });

  afterAll(async () => {
    await floor.close();
  });

  afterEach(async () => {
    expect(await floor.leave()).toEqual([]);
  });

  async function open(path: string, wishes: BrowserContextOptions = {}): Promise<Page> {
    return (await floor.visit({ as: floor.admin, path, ...wishes })).page;
  }

  test('readings that come late are on the strip within 5 s of their arrival, and marked', async () => {
    const page = await open('/lines/emb-0001');
    const legend = page.getByRole('list', { name: 'Legend' });
    await legend.getByText('Running').waitFor();
    expect(await legend.getByText('Backfilled').count()).toBe(0);

    // What a gateway kept while its network was away.
    await floor.publish('emb-0001', ...stretch(base - 20 * minute, 9));
    const arrivedAt = Date.now();
    await legend.getByText('Backfilled').waitFor();
    expect(Date.now() - arrivedAt).toBeLessThan(correctedMs);
    await page.getByText('Utilization before backfill').waitFor();
    await page.getByRole('region', { name: 'Event log' }).getByText('Backfilled').waitFor();
  });

  test('nothing moves under the pointer: the order is held, says so, and is renewed on request', async () => {
    const page = await open('/?park=emb&firm=f001&workshop=w1');
    // The line with the breaks runs least.
    await expect.poll(async () => (await tiles(page))[0], patience).toBe('emb-0002');
    const before = await tiles(page);
    await tile(page, 'emb-0002').hover();
    await floor.publish('emb-0004', { ts: Date.now(), stop: 'machine-error', hold: 3600, m: {} });
    await tile(page, 'emb-0004').getByRole('img', { name: 'Fault' }).waitFor();
    const chip = page.getByRole('button', { name: 'Order has changed' });
    await chip.waitFor();
    expect(await tiles(page)).toEqual(before);
    await chip.click();
    await expect.poll(() => tiles(page), patience).toEqual(['emb-0004', ...before.filter((line) => line !== 'emb-0004')]);
    await chip.waitFor({ state: 'hidden' });
    await floor.publish('emb-0004', running(Date.now()));
  });

  test('the keyboard unfolds a shift, the address keeps it, and one key leads to the line', async () => {
    const page = await open('/?park=emb&firm=f001&workshop=w1&order=place&layout=rows');
    await tile(page, 'emb-0002').focus();
    await page.keyboard.press('Space');
    await page.getByRole('region', { name: 'Shift of' }).getByRole('img', { name: 'Strip of states' }).waitFor();
    expect(page.url()).toContain('open=emb-0002');
    await page.reload();
    await page.getByRole('region', { name: 'Shift of' }).waitFor();
    await tile(page, 'emb-0002').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'States this shift' }).waitFor();
  });

  test('the strip comes closer and goes back; the charts follow it', async () => {
    const page = await open('/lines/emb-0002');
    const strip = page.getByRole('img', { name: 'Strip of states' });
    await strip.focus();
    await page.keyboard.press('+');
    const whole = page.getByRole('button', { name: 'All', exact: true }).first();
    await page.getByText('As the strip above').waitFor();
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('0');
    await page.getByText('As the strip above').waitFor({ state: 'hidden' });
    const box = await strip.boundingBox();
    if (!box) throw new Error('no strip');
    await page.mouse.move(box.x + box.width * 0.2, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.getByText('As the strip above').waitFor();
    await whole.click();
    await page.getByText('As the strip above').waitFor({ state: 'hidden' });
  });

  test('breaks by head: counted once, split by thread, and the head that stands out is named', async () => {
    const page = await open('/lines/emb-0002');
    await page.getByText('Head 7 breaks far more often than the others').waitFor();
    const map = page.getByRole('region', { name: 'Thread breaks by head' });
    const sum = map.getByRole('rowgroup').last().getByRole('cell');
    await expect.poll(async () => (await sum.allInnerTexts()).filter((text) => text !== ''), patience).toEqual(['1', '4']);
    await page.getByRole('group', { name: 'Upper or bobbin thread' }).getByRole('button', { name: 'Bobbin' }).click();
    await expect.poll(async () => (await sum.allInnerTexts()).filter((text) => text !== ''), patience).toEqual(['1']);
    const stops = page.getByRole('row').filter({ hasText: 'Thread break' });
    expect(await stops.first().innerText()).toMatch(/5×/);
  });

  test('the states of the shift are a file that a spreadsheet opens', async () => {
    const page = await open('/lines/emb-0002');
    const saved = page.waitForEvent('download');
    await page.getByRole('group', { name: 'Export' }).getByRole('link', { name: 'States' }).click();
    const file = readFileSync(await (await saved).path(), 'utf8');
    const [headings, ...rows] = file.trimEnd().split('\r\n');
    expect(headings).toMatch(/^\uFEFFFrom \(Etc/);
    expect(rows.filter((row) => row.includes('thread-break'))).toHaveLength(5);
  });

  test('a batch prints on A4: who, when, limits, excursions, coverage, and no more than it may say', async () => {
    const page = await open('/lines/press-01');
    await page.getByRole('button', { name: 'Show the record of batch 118' }).click();
    await page.getByRole('link', { name: 'View and print' }).click();
    const sheet = page.getByRole('article');
    await sheet.getByRole('heading', { name: 'Batch record · 118' }).waitFor();
    const excursion = sheet.getByRole('row').filter({ hasText: 'Action limit ≥ 12' });
    await excursion.waitFor();
    expect(await excursion.innerText()).toMatch(/1 min[^]*15/);
    expect(await sheet.innerText()).toContain('designed to support');
    expect(await sheet.innerText()).not.toMatch(/complian/i);
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation', { name: 'Main navigation' }).isVisible()).toBe(false);
    const paper = (await page.pdf({ format: 'A4' })).toString('latin1');
    expect(paper.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  });

  test('the handover says what there is to say of each line, and copies it as text', async () => {
    const page = await open('/handover?park=emb&firm=f001&workshop=w1', { permissions: ['clipboard-read', 'clipboard-write'] });
    const rows = page.getByRole('article').getByRole('row');
    await expect.poll(() => rows.count(), patience).toBe(5);
    expect(await rows.filter({ has: page.locator('a[href="/lines/emb-0002"]') }).innerText()).toMatch(/5×/);
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    // A heading, the whole, a gap, and each line.
    expect(text.split('\n')).toHaveLength(7);
    expect(text).toMatch(/5×/);
  });

  const pages = ['/?layout=rows&open=emb-0002', '/lines/emb-0002', '/handover?park=emb&firm=f001', '/lines/press-01/batches/118'];

  test.each(['light', 'dark'] as const)('axe finds nothing serious, and nothing is too wide at twice the size, %s', async (colorScheme) => {
    const page = await open('/', { colorScheme, reducedMotion: 'reduce', viewport: { width: 720, height: 450 } });
    for (const path of pages) {
      await page.goto(floor.product.http + path);
      await page.locator('article, figure canvas, a[data-line]').first().waitFor();
      await expect.poll(() => page.locator('[aria-busy=true]').count(), patience).toBe(0);
      expect([path, await barriers(page)]).toEqual([path, []]);
      expect([path, await overflow(page)]).toEqual([path, expect.closeTo(0, 0)]);
    }
  });
});

function running(ts: number): object {
  return {
    ts,
    state: 'running',
    hold: 3600,
    design: 'peony-5',
    m: { speed: 700, stitchIndex: 400, designStitches: 1000, headsActive: 12 },
  };
}

/** So many minutes of running from then on. */
function stretch(from: number, minutes: number): object[] {
  return Array.from({ length: minutes * 6 }, (_, index) => ({ ts: from + index * 10_000, state: 'running', hold: 15, m: { speed: 700 } }));
}

/** Four breaks on head 7, one of them of the bobbin thread, told twice each; one on head 2. */
function brokenHeads(base: number): object[] {
  const from = base - 20 * minute;
  const heads = [7, 7, 2, 7, 7];
  return heads.flatMap((breakHead, index) => {
    const ts = from + index * 3 * minute;
    const m = { speed: 0, breakHead, breakSide: index === 4 ? 'bobbin' : 'upper', headsActive: 12 };
    return [
      { ts, stop: 'thread-break', hold: 30, m },
      { ts: ts + 20_000, stop: 'thread-break', hold: 60, m },
      { ts: ts + 60_000, state: 'running', hold: 150, m: { speed: 700 } },
    ];
  });
}

/** Six minutes of a batch; force deviation is over its action limit for one of them, long after the start. */
function batchStory(base: number): object[] {
  const from = base - 8 * minute;
  return Array.from({ length: 36 }, (_, index) => ({
    ts: from + index * 10_000,
    batch: index < 35 ? '118' : null,
    product: '7',
    m: { tbl_speed: 120, produced: index, waste: index * 3, SREL: index >= 24 && index < 30 ? 15 : 4 },
  }));
}
