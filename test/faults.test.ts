/**
 * From a fault published over MQTT to its repair, on the pages of those who repair: a phone, a second person, a desk.
 * Every page is held to what browser.test.ts holds pages to: no error on its console but those that are expected.
 */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { priorities, type AlarmRecord } from '../contract/alarm.ts';
import { barriers, chromiumPath, inBrowser, overflow, patienceMs, signIn, tile } from './browser.ts';
import { Floor, plantText } from './floor.ts';
import { peoplesPassword, type Client, type Person } from './product.ts';

const patience = { timeout: patienceMs, interval: 50 };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const people: Person[] = [
  { username: 'wang', role: 'maintenance', scope: { firms: ['f001', 'press'] }, language: 'en' },
  { username: 'zhang', role: 'maintenance', scope: { firms: ['f001'] }, language: 'en' },
  { username: 'chief', role: 'supervisor', scope: { firms: ['f001'] }, language: 'en' },
  { username: 'committee', role: 'official', scope: {}, language: 'en' },
];

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let floor: Floor;

  beforeAll(async () => {
    floor = await Floor.open({
      // Devices here say something only when there is something to say.
      plant: `${plantText()}\nalarms: [{ rule: silence, enabled: false, why: silent devices are not the matter here }]\n`,
      people,
      lines: ['emb-0001', 'emb-0002', 'emb-0003', 'emb-0004', 'emb-0005', 'press-01'],
    });
  });

  afterAll(async () => {
    await floor.close();
  });

  afterEach(async () => {
    // The browser itself reports answers that tell who was first and what is not there, and a network that is cut.
    expect((await floor.leave()).filter((complaint) => !/404|409|ERR_INTERNET_DISCONNECTED/.test(complaint))).toEqual([]);
  });

  async function open(wishes: BrowserContextOptions & { as?: Client; path?: string } = {}): Promise<Page> {
    return (await floor.visit(wishes)).page;
  }

  async function publish(line: string, reading: object): Promise<void> {
    await floor.publish(line, { ts: Date.now(), hold: 3600, m: {}, ...reading });
  }

  /** Of a page that is live: one that is stale is faint on purpose, and axe itself may hold a page up for so long that it seems stale. */
  async function barriersOf(page: Page): Promise<string[]> {
    let found: string[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await page.locator('.shell:not(.stale)').waitFor();
      found = await barriers(page);
      if (found.length === 0) break;
    }
    return found;
  }

  const card = (page: Page, text: string): Locator => page.locator('article', { hasText: text });

  async function alarmsOf(line: string): Promise<AlarmRecord[]> {
    return floor.admin.get<AlarmRecord[]>(`/alarms?line=${line}`);
  }

  test('a fault is on the phone of who repairs, and is acknowledged, arrived at and resolved by one thumb; the second person is told', async () => {
    const page = await open(phone);
    await signIn(page, 'wang', peoplesPassword);
    await page.getByRole('heading', { name: 'No open alarms' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/faults');
    const second = await open({ as: floor.as('zhang'), path: '/faults', ...phone });
    await second.getByRole('heading', { name: 'No open alarms' }).waitFor();

    await publish('emb-0004', { stop: 'machine-error' });
    const mine = card(page, 'Machine error');
    await mine.getByText('Line 4').waitFor();
    await mine.getByText('High', { exact: true }).waitFor();
    await page.getByRole('status').getByRole('link', { name: 'Machine error' }).waitFor();
    await expect.poll(() => page.title(), patience).toMatch(/^\(1\) /);
    expect(await overflow(page)).toBeLessThanOrEqual(0);

    // The second person's tap is on its way while the first one's arrives.
    let letThrough: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await second.route('**/acknowledge', async (route) => {
      await first;
      await route.continue();
    });
    await card(second, 'Machine error').getByRole('button', { name: 'Acknowledge' }).tap();
    await mine.getByRole('button', { name: 'Acknowledge' }).tap();
    await vi.waitFor(async () => {
      expect(await alarmsOf('emb-0004')).toMatchObject([{ state: 'acknowledged', acknowledgedBy: 'wang' }]);
    }, patienceMs);
    letThrough();
    await second.getByText(/wang acknowledged this at \d\d:\d\d:\d\d/).waitFor();
    await card(second, 'Machine error')
      .getByText(/Acknowledged by wang/)
      .waitFor();

    await mine.getByRole('button', { name: 'I am on site' }).tap();
    await mine.getByRole('button', { name: 'Resolve' }).tap();
    const sheet = page.getByRole('dialog', { name: 'Resolve' });
    expect(await sheet.getByRole('button', { name: 'Choose a cause first' }).isDisabled()).toBe(true);
    await sheet.getByText('Wear', { exact: true }).tap();
    await sheet.getByText('Replaced a part').tap();
    await sheet.getByRole('button', { name: 'Resolve' }).tap();
    await mine.getByText(/Resolved by wang/).waitFor();
    expect(await alarmsOf('emb-0004')).toMatchObject([{ arrivedBy: 'wang', resolvedBy: 'wang', cause: 'wear', remedy: 'replaced' }]);

    await publish('emb-0004', { state: 'running' });
    await page.getByRole('heading', { name: 'No open alarms' }).waitFor();
    await expect.poll(() => page.title(), patience).not.toMatch(/^\(/);
  });

  test('its page tells its steps in order, and a link to it opens it', async () => {
    const records = await vi.waitFor(async () => {
      const found = await floor.admin.get<AlarmRecord[]>(
        `/alarms?state=normal&line=emb-0004&from=${String(Date.now() - 3_600_000)}&to=${String(Date.now())}`,
      );
      expect(found).toHaveLength(1);
      return found;
    }, patienceMs);
    const page = await open({ as: floor.as('wang'), path: `/faults/${records[0]?.id ?? ''}`, ...phone });
    await page.getByRole('heading', { name: 'Machine error' }).waitFor();
    const steps = page.getByRole('region', { name: 'Alarm' }).locator('section li b');
    await expect.poll(() => steps.allInnerTexts(), patience).toEqual(['Raised', 'Acknowledged', 'Arrived', 'Resolved', 'Cleared']);
    await page.getByText('Wear · Replaced a part').waitFor();
    const other = await open({ as: floor.as('zhang'), path: '/faults/nosuch-alarm' });
    await other.getByText('There is no such alarm').waitFor();
  });

  test('lines of one building that lose power are one entry, acknowledged as one; a shelved alarm is undone by one tap', async () => {
    const page = await open({ as: floor.as('wang'), path: '/faults', ...phone });
    await page.getByRole('heading', { name: 'No open alarms' }).waitFor();
    for (const line of ['emb-0001', 'emb-0002', 'emb-0003']) await publish(line, { stop: 'power-loss' });
    const incident = card(page, '3 lines');
    await incident.getByText('Power loss').waitFor();
    await incident.getByText('Critical', { exact: true }).waitFor();
    expect(await page.locator('article').count()).toBe(1);
    await incident.getByRole('button', { name: /Acknowledge · 3/ }).tap();
    await incident.getByText('3 of 3 taken up').waitFor();
    for (const line of ['emb-0001', 'emb-0002', 'emb-0003']) await publish(line, { state: 'running' });
    await vi.waitFor(async () => {
      expect(await floor.admin.get<AlarmRecord[]>('/alarms')).toEqual([]);
    }, patienceMs);

    await publish('emb-0005', { stop: 'emergency-stop' });
    const stop = card(page, 'Emergency stop');
    await stop.getByRole('button', { name: 'More actions' }).tap();
    await page.getByRole('dialog').getByRole('button', { name: 'Shelve' }).tap();
    const sheet = page.getByRole('dialog', { name: 'Shelve' });
    await sheet.getByText('Waiting for parts').tap();
    await sheet.getByRole('button', { name: /Shelve until/ }).tap();
    await stop.getByText(/Shelved by wang until/).waitFor();
    await page.getByRole('button', { name: 'Undo' }).tap();
    await vi.waitFor(async () => {
      expect(await alarmsOf('emb-0005')).toMatchObject([{ state: 'unacknowledged', shelvedUntil: null }]);
    }, patienceMs);
  });

  test('board and line page tell of it; a supervisor sees how many wait, an official nothing of the kind', async () => {
    const page = await open({ as: floor.as('chief') });
    await tile(page, 'emb-0005').getByRole('img', { name: '1 alarm, Critical' }).waitFor();
    await page.getByRole('link', { name: /Fault centre.*1 unacknowledged/ }).waitFor();
    await tile(page, 'emb-0005').click();
    await page.getByRole('heading', { name: 'Alarms of this line' }).waitFor();
    await page.getByRole('link', { name: 'Critical Emergency stop' }).click();
    await page.getByRole('heading', { name: 'Emergency stop', level: 2 }).waitFor();

    const official = await open({ as: floor.as('committee'), path: '/faults' });
    await official.getByText('No such page').waitFor();
    expect(await official.getByRole('link', { name: /Fault centre/ }).count()).toBe(0);
  });

  test('at a desk it goes by keys: choose, acknowledge, arrive, resolve', async () => {
    const page = await open({ as: floor.as('chief'), path: '/faults' });
    await card(page, 'Emergency stop').waitFor();
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'Emergency stop', level: 2 }).waitFor();
    await page.keyboard.press('a');
    await card(page, 'Emergency stop')
      .getByText(/Acknowledged by chief/)
      .waitFor();
    await page.keyboard.press('r');
    await card(page, 'Emergency stop')
      .getByText(/chief on site since/)
      .waitFor();
    await page.keyboard.press('e');
    await page.getByRole('dialog', { name: 'Resolve' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await vi.waitFor(async () => {
      expect(await alarmsOf('emb-0005')).toMatchObject([{ state: 'acknowledged', arrivedBy: 'chief', resolvedAt: null }]);
    }, patienceMs);
  });

  test('opened by itself it hears of the server all the time, so that it is never stale by mistake', async () => {
    const page = await open({ as: floor.as('wang'), ...phone });
    let heard = 0;
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"delta"')) heard += 1;
      });
    });
    await page.goto(`${floor.product.http}/faults`);
    await expect.poll(() => heard, patience).toBeGreaterThan(3);
    expect(await page.getByText('Data is stale').count()).toBe(0);
  });

  test('without the server nothing can be done, and the page says so', async () => {
    const page = await open({ as: floor.as('chief'), path: '/faults', ...phone });
    await card(page, 'Emergency stop').waitFor();
    await page.context().setOffline(true);
    await card(page, 'Emergency stop').getByRole('button', { name: 'Offline: actions are not possible' }).waitFor();
    await page.context().setOffline(false);
    await card(page, 'Emergency stop').getByRole('button', { name: 'Resolve' }).waitFor();
  });

  test('ten thousand open alarms: the list is there, scrolls and is searched, with few of them on the page', async () => {
    const [one] = await alarmsOf('emb-0005');
    if (!one) throw new Error('there is one');
    const many: AlarmRecord[] = Array.from({ length: 10_000 }, (_, index) => ({
      ...one,
      ...{
        id: `many-${String(index)}`,
        state: 'unacknowledged',
        acknowledgedBy: null,
        acknowledgedAt: null,
        arrivedAt: null,
        arrivedBy: null,
      },
      line: `emb-000${String((index % 5) + 1)}`,
      priority: priorities[index % 4] ?? 'low',
      raisedAt: one.raisedAt - index * 1_000,
    }));
    const page = await open({ as: floor.as('chief'), ...phone });
    // More than any plant of a test could raise: a real record ten thousand times over, in place of the server's own answer.
    await page.route(/\/api\/v1\/alarms\?limit/, (route) => route.fulfill({ json: many }));
    await page.goto(`${floor.product.http}/faults`);
    await page.getByRole('link', { name: /Now\s*10,000/ }).waitFor();
    expect(await page.locator('article').count()).toBeLessThan(60);
    await page.evaluate(() => {
      const longest = { ms: 0 };
      Object.assign(window, { longest });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
      }).observe({ type: 'longtask' });
    });
    const list = page.getByRole('region', { name: 'Open alarms' });
    await list.evaluate((box) => {
      box.scrollTop = box.scrollHeight / 2;
    });
    await expect.poll(() => page.locator('article').first().getAttribute('data-alarm'), patience).not.toBe('many-9996');
    await page.getByRole('searchbox').fill('line 3 emergency');
    await page.getByRole('heading', { name: 'Open 2,000' }).waitFor();
    // Generous, for machines that do something else besides: a list that draws them all stalls for seconds.
    expect(await page.evaluate<number>('window.longest.ms')).toBeLessThan(1_000);
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious on any part of it, %s', async (colorScheme) => {
    const look = { colorScheme, reducedMotion: 'reduce' } as const;
    const page = await open({ ...look, as: floor.admin, path: '/faults' });
    await card(page, 'Emergency stop').waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await card(page, 'Emergency stop').getByRole('link').click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(await barriersOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Shelve' }).click();
    expect(await barriersOf(page)).toEqual([]);
    for (const [part, sign] of [
      ['history', 'Machine error'],
      ['figures', 'Repair clock'],
      ['rules?line=emb-0005', 'Emergency stop'],
    ]) {
      await page.goto(`${floor.product.http}/faults/${part ?? ''}`);
      await page
        .getByText(sign ?? '')
        .first()
        .waitFor();
      expect(await barriersOf(page)).toEqual([]);
    }
    const small = await open({ ...look, ...phone, as: floor.as('wang'), path: '/faults' });
    await card(small, 'Emergency stop').waitFor();
    expect(await barriersOf(small)).toEqual([]);
  });

  test('a rule is changed with a reason, and the change is kept', async () => {
    const page = await open({ as: floor.admin, path: '/faults/rules?line=press-01' });
    await page
      .getByRole('button', { name: /^Change: .*Force deviation.*action/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Critical', { exact: true }).click();
    expect(await dialog.getByRole('button', { name: 'Save change' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Reason (required)').fill('new punches');
    await dialog.getByRole('button', { name: 'Save change' }).click();
    await page.getByText('new punches').waitFor();
    await page.getByText('Priority default → Critical').waitFor();
  });
});
