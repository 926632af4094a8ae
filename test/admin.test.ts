/**
 * The pages that keep the system, in a real browser: an account from its making to its own password, devices of many lines, a device that is being
 * connected, calendars. Every page is held to axe, and to a phone's width.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDeviceAccounts } from '../broker/devices.ts';
import { systemClock } from '../contract/clock.ts';
import { barriers, chromiumPath, inBrowser, overflow, patienceMs, signIn } from './browser.ts';
import { Floor } from './floor.ts';

const patience = { timeout: patienceMs, interval: 50 };
const pages = ['/admin', '/users', '/devices', '/devices/emb-0001', '/calendars', '/screens', '/audit', '/system', '/account'];

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let floor: Floor;

  beforeAll(async () => {
    floor = await Floor.open({ lines: ['emb-0001'] });
    await floor.publish('emb-0001', { state: 'running', m: { speed: 700 } });
  });

  afterAll(() => floor.close());

  afterEach(async () => {
    expect(await floor.leave()).toEqual([]);
  });

  async function open(path: string, wishes: BrowserContextOptions = {}): Promise<Page> {
    return (await floor.visit({ as: floor.admin, path, ...wishes })).page;
  }

  /** The page's own heading is there, and nothing on it is still on its way. */
  async function arrived(page: Page): Promise<void> {
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(() => page.locator('[aria-busy=true], .awaited').count(), patience).toBe(0);
  }

  test('an account is made with a place, opened once with the password shown, and has a password of its own from then on', async () => {
    const page = await open('/users');
    await page.getByRole('button', { name: 'New account' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User name').fill('Wang Wu');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').getByText('A user name has lower-case letters').waitFor();
    await dialog.getByLabel('User name').fill('wangwu');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').getByText('Choose at least one place').waitFor();
    await dialog.getByRole('searchbox').fill('test embroidery');
    await dialog.getByRole('checkbox', { name: 'Test Embroidery' }).first().check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    const password = await page.getByRole('dialog', { name: 'wangwu' }).locator('code').innerText();
    await page.getByRole('button', { name: 'Close' }).click();
    const row = page.getByRole('button', { name: /^wangwu/ });
    expect(await row.innerText()).toMatch(/One-time password[^]*Supervisor[^]*Test Embroidery/);

    const own = await floor.visit();
    await signIn(own.page, 'wangwu', password);
    await own.page.getByLabel('One-time password').fill(password);
    await own.page.getByLabel(/^New password(?! again)/).fill('a good one of my own');
    await own.page.getByLabel('New password again').fill('a good one of my own');
    await own.page.getByRole('button', { name: 'Set the password' }).click();
    await own.page.getByRole('link', { name: 'My account' }).click();
    await own.page.getByText('Test Embroidery').first().waitFor();
    await own.page.context().close();

    // A slip is taken back by one click; what cannot be taken back asks first.
    await page.reload();
    await row.click();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('wangwu is disabled').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('wangwu is as before').waitFor();
    await row.click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page
      .getByRole('alertdialog', { name: /^Delete wangwu/ })
      .getByRole('button', { name: 'Delete' })
      .click();
    await row.waitFor({ state: 'detached' });
    expect((await floor.admin.get<{ username: string }[]>('/users')).map(({ username }) => username)).toEqual(['admin']);
  });

  test('nobody takes their own rights away by a slip', async () => {
    const page = await open('/users');
    await page.getByRole('button', { name: /^admin/ }).click();
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).count()).toBe(0);
    await page.getByText('Your own role and scope are changed by another administrator.').waitFor();
  });

  test('accounts of many lines are issued at once, taken along as a table, and revoked', async () => {
    const page = await open('/admin');
    await page.getByRole('main').getByRole('link', { name: 'Devices' }).click();
    await page.getByLabel('Find line by id or name').fill('emb-000');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: 'Issue accounts' }).click();
    // One of the five has an account, and its device would be cut off.
    await page.getByRole('heading', { name: '1 of them has an account already' }).waitFor();
    await page.getByRole('button', { name: 'Only the 4 without one' }).click();
    await page.getByRole('heading', { name: '4 accounts issued' }).waitFor();
    // Nobody leaves with nothing in hand by a slip.
    const question = page.getByRole('alertdialog', { name: /have not been downloaded or printed/ });
    await page.getByRole('link', { name: 'Users' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await page.goBack();
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Leave this page');
    await page.getByRole('heading', { name: '4 accounts issued' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/devices');
    const arriving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const table: string[][] = parse(readFileSync(await (await arriving).path(), 'utf8'), { bom: true });
    const rows = table.slice(1);
    expect(rows.map(([line]) => line)).toEqual(['emb-0002', 'emb-0003', 'emb-0004', 'emb-0005']);
    const [, , , , , broker, username, password = '', topic] = rows[0] ?? [];
    expect([broker, username, topic]).toEqual([
      `mqtt://127.0.0.1:${String(floor.product.mqttPort)}`,
      'emb-0002',
      'bobbin/v1/emb/f001/w1/emb-0002/telemetry',
    ]);
    await page.getByText(password).waitFor();
    expect(await page.getByRole('img', { name: /^QR code of emb-/ }).count()).toBe(4);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('checkbox', { name: 'emb-0002' }).check();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('1 account revoked').waitFor();
    expect((await floor.admin.get<{ line: string }[]>('/devices')).map(({ line }) => line)).not.toContain('emb-0002');
  });

  test('the account of a line that is not in the plant any more is shown, and can be revoked', async () => {
    const accounts = openDeviceAccounts(join(floor.folder.path, 'devices.db'), systemClock);
    accounts.issueAll(['sold-0001']);
    const page = await open('/devices');
    const card = page.locator('section', { hasText: 'not in the plant file any more' });
    await card.getByText('sold-0001').waitFor();
    await card.getByRole('button', { name: 'Revoke' }).click();
    await card.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await card.waitFor({ state: 'detached' });
    expect(accounts.list().map(({ line }) => line)).toEqual(expect.not.arrayContaining(['sold-0001']));
    accounts.close();
  });

  test('a device that is being connected is told what is wrong with what it sends, and when all is well', async () => {
    const page = await open('/devices/emb-0001');
    const step = (name: string) => page.getByRole('listitem').filter({ has: page.locator('b', { hasText: name }) });
    await step('Connection').getByText('the device does not say that it is there').waitFor();
    await step('State').getByText('It is now: Running.').waitFor();
    await floor.publish('emb-0001', { state: 'runing' });
    await step('Rejections').getByText('There is no state "runing".').waitFor();
    await floor.publish('emb-0001', { ts: 1_763_971_200 });
    await step('Rejections').getByText('Seconds instead of milliseconds, perhaps').waitFor();
    await page.getByText('{"ts":1763971200}').waitFor();
    await floor.publish('emb-0001', { state: 'running', m: { speed: 710, ownTemperature: 41.5 } });
    await page.getByRole('row', { name: /ownTemperature.*undeclared.*41\.5/ }).waitFor();
  });

  test('calendars are drawn with their shifts, and say who follows them', async () => {
    const page = await open('/calendars');
    const card = page.getByRole('region', { name: 'always' });
    await card.waitFor();
    expect(await card.getByRole('img', { name: /00:00–24:00/ }).count()).toBe(7);
    await card.getByText('Embroidery park').waitFor();
  });

  test.each(['light', 'dark'] as const)('axe finds nothing serious on any of them, and nothing is too wide, %s', async (colorScheme) => {
    const page = await open('/', { colorScheme, reducedMotion: 'reduce', viewport: { width: 720, height: 450 } });
    for (const path of pages) {
      await page.goto(floor.product.http + path);
      await arrived(page);
      expect([path, await barriers(page)]).toEqual([path, []]);
      for (const width of [320, 390, 720]) {
        await page.setViewportSize({ width, height: 844 });
        expect([path, width, await overflow(page)]).toEqual([path, width, expect.closeTo(0, 0)]);
      }
    }
  });
});
