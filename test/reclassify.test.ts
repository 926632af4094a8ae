/**
 * A supervisor says afterwards what a stop really was, in a real Chromium: strip, log, Pareto and the shift's figures follow, the original stays in
 * sight and comes back with one click, the audit trail has it, and nobody else's lines are touched.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AuditAnswer } from '../contract/api.ts';
import type { StateSpan } from '../contract/figures.ts';
import type { LiveRecord } from '../contract/live.ts';
import type { Reclassification } from '../contract/reclassification.ts';
import { barriers, chromiumPath, inBrowser, overflow, patienceMs } from './browser.ts';
import { Floor } from './floor.ts';
import type { Client } from './product.ts';

const patience = { timeout: patienceMs, interval: 50 };
const minuteMs = 60_000;
const line = 'emb-0001';
const path = `/lines/${line}?period=day`;

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  const begin = Math.floor(Date.now() / 1000) * 1000 - 30 * minuteMs;
  const stop = { from: begin + 10 * minuteMs, to: begin + 15 * minuteMs };
  let floor: Floor;

  const spans = (client: Client): Promise<StateSpan[]> =>
    client.get(`/lines/${line}/states?from=${String(begin)}&to=${String(begin + 20 * minuteMs)}`);
  const said = (): Promise<Reclassification[]> =>
    floor.admin.get(`/lines/${line}/reclassifications?from=${String(begin)}&to=${String(begin + 30 * minuteMs)}`);

  beforeAll(async () => {
    floor = await Floor.open({
      people: [
        { username: 'wang', role: 'supervisor', scope: { firms: ['f001'] }, language: 'en' },
        { username: 'zhao', role: 'supervisor', scope: { firms: ['f002'] }, language: 'en' },
        { username: 'chen', role: 'maintenance', scope: { firms: ['f001'] }, language: 'en' },
      ],
      lines: [line],
    });
    await floor.publish(
      line,
      { ts: begin, state: 'running', hold: 600, m: {} },
      { ts: stop.from, stop: 'thread-break', hold: 600, m: {} },
      { ts: stop.to, state: 'running', hold: 7200, m: {} },
    );
    await floor.settled();
  });

  afterAll(async () => {
    await floor.close();
  });

  afterEach(async () => {
    expect(await floor.leave()).toEqual([]);
  });

  test('a supervisor corrects the reason from the event log; everything on the page follows, and the original stays in sight', async () => {
    const { page } = await floor.visit({ as: floor.as('wang'), path });
    await page.getByRole('button', { name: /^Correct the reason: Thread break/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Thread break').waitFor();
    expect(await dialog.getByRole('button', { name: 'Correct', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Find a reason').fill('bobbin');
    await dialog.getByRole('radio').check();
    await dialog.getByLabel('Why it is changed').fill('the operator changed the bobbin');
    expect(await barriers(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Correct', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });

    const log = page.getByRole('region', { name: 'Event log' });
    await log.getByText('Bobbin change').waitFor();
    await log.getByText('Originally: Thread break').waitFor();
    await expect
      .poll(async () => (await floor.admin.get<LiveRecord>(`/lines/${line}`)).shift?.stops, patience)
      .toEqual({
        'bobbin-change': { count: 1, seconds: 300 },
      });
    await expect
      .poll(() => page.locator('.card', { has: page.getByRole('heading', { name: 'Reasons for stops' }) }).innerText(), patience)
      .toMatch(/Bobbin change/);
    expect((await spans(floor.admin))[1]).toEqual({
      ...stop,
      state: 'stopped',
      stop: 'bobbin-change',
      original: { state: 'stopped', stop: 'thread-break' },
    });
    const trail = await floor.admin.get<AuditAnswer[]>('/audit');
    const entry = trail.find(({ action }) => action === 'reclassify');
    expect(entry).toMatchObject({ who: 'wang', subject: line });
    expect(entry?.detail).toMatch(/thread-break to bobbin-change, why "the operator changed the bobbin"/);
  });

  test('who said what is told, and the original comes back with one click, on the strip as in the log', async () => {
    const { page } = await floor.visit({ as: floor.as('wang'), path });
    await page.getByRole('button', { name: /^Correct the reason: Bobbin change/ }).waitFor();
    const strip = page.getByRole('img', { name: /^Strip of states/ });
    await strip.focus();
    await strip.press('ArrowLeft');
    await strip.press('ArrowLeft');
    await page.getByText('Click to correct the reason').waitFor();
    await strip.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Thread break → Bobbin change').waitFor();
    await dialog.getByText(/^wang · .*the operator changed the bobbin/).waitFor();
    await dialog.getByRole('button', { name: 'Back to the original' }).click();
    await page.getByRole('button', { name: /^Correct the reason: Thread break/ }).waitFor();
    expect((await spans(floor.admin))[1]).toEqual({ ...stop, state: 'stopped', stop: 'thread-break' });
    expect((await said()).map(({ who, before, stop: code }) => [who, before.stop, code])).toEqual([
      ['wang', 'thread-break', 'bobbin-change'],
      ['wang', 'bobbin-change', null],
    ]);
  });

  test('on a phone the sheet fits; maintenance sees the reasons and is offered no change; other firms are out of reach', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { page } = await floor.visit({ as: floor.as('wang'), path, ...phone });
    await page.getByRole('button', { name: /^Correct the reason/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Correct', exact: true }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);

    const other = await floor.visit({ as: floor.as('chen'), path });
    await other.page.getByRole('region', { name: 'Event log' }).getByText('Thread break').waitFor();
    expect(await other.page.getByRole('button', { name: /^Correct the reason/ }).count()).toBe(0);
    const body = { ...stop, stop: 'needle-break', why: 'not mine' };
    expect((await floor.as('chen').send('POST', `/lines/${line}/reclassify`, body)).status).toBe(403);
    expect((await floor.as('zhao').send('POST', `/lines/${line}/reclassify`, body)).status).toBe(404);
    expect(await said()).toHaveLength(2);
  });
});
