/**
 * Officials and walls, in a real Chromium: the overview with its plan, by keyboard and to axe's liking; a wall screen from the admin's
 * link to the moment it is revoked, through a server that dies and comes back.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { barriers, chromiumPath, inBrowser, overflow, patienceMs } from './browser.ts';
import { Floor } from './floor.ts';

const patience = { timeout: patienceMs, interval: 50 };
const sizes = [
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
];

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let floor: Floor;
  const device = 'emb-0001';
  /** The link of the screen, as the admin's page shows it once. */
  let link = '';

  beforeAll(async () => {
    floor = await Floor.open({ people: [{ username: 'committee', role: 'official', scope: {}, language: 'en' }], lines: [device] });
    const now = Date.now();
    await floor.publish(
      device,
      { ts: now - 600_000, state: 'running', hold: 600, m: {} },
      { ts: now, state: 'running', hold: 3600, m: {} },
    );
    await floor.settled();
  });

  afterAll(async () => {
    await floor.close();
  });

  afterEach(async () => {
    // The browser itself reports a server that is not there, and a screen that was revoked.
    expect((await floor.leave()).filter((complaint) => !/ERR_CONNECTION|401/.test(complaint))).toEqual([]);
  });

  test('an official sees how the zone does, building by building, and comes to its report in one click', async () => {
    const { page } = await floor.visit({ as: floor.as('committee') });
    await page.getByText('Lines running').first().waitFor();
    await page.locator('.lines').getByText('/ 211').waitFor();
    await expect.poll(() => page.locator('.lines .huge b').innerText(), patience).toBe('1');
    await page.getByRole('heading', { name: /Embroidery park · utilization today of 2 buildings/ }).waitFor();

    const plan = page.getByRole('group', { name: 'Plan of buildings; arrow keys move' });
    await plan.getByRole('button', { name: /^1 / }).focus();
    const detail = page.locator('#plan-detail');
    await detail.getByText('Test Embroidery').waitFor();
    await detail.getByText('1 / 5 running').waitFor();
    await page.keyboard.press('ArrowRight');
    await detail.getByText('A single line; not shown on its own').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('emb-0001');

    await page.getByRole('link', { name: 'Pharma park' }).click();
    await page.getByRole('heading', { level: 1, name: /Pharma park/ }).waitFor();
    expect(new URL(page.url()).search).toBe('?park=pharma');
    await page.getByRole('link', { name: 'Reports' }).last().click();
    await page.waitForURL((url) => url.pathname === '/reports' && url.searchParams.get('id') === 'pharma');
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious on the overview and the screens page, %s', async (colorScheme) => {
    for (const path of ['/zone', '/screens']) {
      const { page } = await floor.visit({ as: floor.admin, path, colorScheme, reducedMotion: 'reduce' });
      await page
        .locator(path === '/zone' ? '.plan button' : 'form button')
        .first()
        .waitFor();
      expect(await barriers(page), path).toEqual([]);
    }
  });

  test('on a phone nothing of the overview is wider than the screen', async () => {
    const { page } = await floor.visit({
      ...{ as: floor.as('committee'), path: '/zone', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    });
    await page.locator('.plan button').first().waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test('an admin makes a screen and is given its link once', async () => {
    const { page } = await floor.visit({ as: floor.admin, path: '/screens' });
    await page.getByLabel('Name').fill('Committee hall');
    await page.getByLabel('Shows').selectOption('zone');
    await page.getByLabel('Language').selectOption('en');
    await page.getByRole('button', { name: 'New screen' }).click();
    link = await page.getByRole('dialog').locator('code').innerText();
    expect(link).toMatch(/\/wall#token=[\w-]{43}$/);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByText('Never opened').waitFor();
    expect(await page.content()).not.toContain(link.split('=')[1]);
  });

  test.each(sizes)('the wall opens with the link, forgets it, and shows what is live without scrolling: %j', async (viewport) => {
    const { page, requests } = await openWall(viewport);
    await clockOf(page).waitFor();
    expect(page.url()).toBe(`${floor.product.http}/wall?views=overview`);
    const token = link.split('=')[1] ?? '';
    expect(requests.filter((url) => url.includes(token))).toEqual([]);
    expect(await page.evaluate(() => JSON.stringify(window.history.state))).not.toContain(token);
    await page.getByText('/ 211').waitFor();
    const runs = await page.locator('.wall-number').first().innerText();
    expect(runs).toMatch(/^1\b/);
    await floor.publish(device, { ts: Date.now(), state: 'idle', hold: 3600, m: {} });
    await expect.poll(() => page.locator('.wall-number').first().innerText(), patience).toMatch(/^0\b/);
    await floor.publish(device, { ts: Date.now(), state: 'running', hold: 3600, m: {} });
    await expect.poll(() => page.locator('.wall-number').first().innerText(), patience).toMatch(/^1\b/);
    const [wide, high] = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return [scrollWidth - window.innerWidth, scrollHeight - window.innerHeight];
    });
    expect([wide, high]).toEqual([0, 0]);
    expect(await page.locator('.wall-card').evaluateAll(cut)).toEqual([]);
  });

  test('a page that hangs is covered without any script: the cover is put off only for as long as the page lives', async () => {
    const { page } = await openWall();
    await clockOf(page).waitFor();
    const cover = page.locator('.frozen');
    expect(await cover.evaluate((element) => getComputedStyle(element).opacity)).toBe('0');
    const first = await cover.evaluate(animationName);
    await expect.poll(() => cover.evaluate(animationName), patience).not.toBe(first);
    // The script stands still for longer than the cover waits; what the browser shows by then is the cover.
    const seen = await page.evaluate(() => {
      const element = document.querySelector('.frozen');
      const end = performance.now() + 5000;
      while (performance.now() < end);
      return element?.getAnimations().map(({ currentTime }) => Number(currentTime) >= 0) ?? [];
    });
    expect(seen).toEqual([true]);
    await expect.poll(() => cover.evaluate((element) => getComputedStyle(element).opacity), patience).toBe('0');
  });

  test('a wall whose server dies is red within 3 s and right again by itself; revoked, it is cut off', async () => {
    const { page } = await openWall();
    await page.locator('[data-as-of]:not(.stale)').waitFor();
    await page.getByText('/ 211').waitFor();
    await page.evaluate('window.stillHere = true');
    const stale = page.getByRole('alert').getByText('This picture is not live');
    expect(await stale.count()).toBe(0);
    const asOf = page.locator('[data-as-of]');
    const fresh = await asOf.evaluate((element) => getComputedStyle(element).color);

    await floor.product.kill();
    const killedAt = Date.now();
    await stale.waitFor();
    expect(Date.now() - killedAt).toBeLessThan(3_000);
    expect(await asOf.evaluate((element) => getComputedStyle(element).color)).not.toBe(fresh);
    const stood = await asOf.getAttribute('data-as-of');
    const clock = await clockOf(page).innerText();
    await expect.poll(() => clockOf(page).innerText(), patience).not.toBe(clock);
    expect(await asOf.getAttribute('data-as-of')).toBe(stood);

    await floor.resume();
    await stale.waitFor({ state: 'hidden' });
    await page.getByText('/ 211').waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);

    const { page: screens } = await floor.visit({ as: floor.admin, path: '/screens' });
    await screens.getByText('Last seen').waitFor();
    await screens.getByRole('button', { name: 'Revoke' }).click();
    await screens.getByRole('button', { name: 'Revoke', exact: true }).first().click();
    await page.getByRole('heading', { name: 'This screen has been revoked' }).waitFor();
    await screens.getByText('No wall screens yet.').waitFor();
    const { page: again } = await openWall();
    await again.getByRole('heading', { name: 'This screen has been revoked' }).waitFor();
    expect(new URL(again.url()).hash).toBe('');
  });

  function openWall(viewport = sizes[0] ?? { width: 1920, height: 1080 }) {
    return floor.visit({ path: `/wall?views=overview${new URL(link).hash}`, viewport });
  }
});

function clockOf(page: Page) {
  return page.locator('time.clock');
}

function animationName(element: Element): string {
  return getComputedStyle(element).animationName;
}

/** What is cut off in its card, by more than a pixel of rounding. */
function cut(cards: Element[]): string[] {
  return cards
    .filter(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) => scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1)
    .map(
      (card) =>
        `${card.className}: ${String(card.scrollHeight)} > ${String(card.clientHeight)}, ${String(card.scrollWidth)} > ${String(card.clientWidth)}`,
    );
}
