/**
 * The monthly report of readings that came in by the front door: its figures, its files as a spreadsheet reads them, who may
 * have it, and the one sheet of paper it is printed on.
 */
import { parse } from 'csv-parse/sync';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ReportAnswer } from '../contract/report.ts';
import { workbookOf } from '../dashboard/server/reports/workbook.suite.ts';
import { barriers, chromiumPath, connectDevice, inBrowser, openBrowser, overflow, visit } from './browser.ts';
import { Client, dataFolder, signInPeople, startProduct, type Person, type Product } from './product.ts';
import { embedded, testedStores, type ReadyStore } from './stores.ts';

const hourMs = 3_600_000;
const people: Person[] = [
  { username: 'boss', role: 'supervisor', scope: { firms: ['f001'] }, language: 'en' },
  { username: 'fitter', role: 'maintenance', scope: { firms: ['f001'] }, language: 'en' },
  { username: 'committee', role: 'official', scope: {}, language: 'zh' },
];
/** Last month in the zone, which is eight hours ahead of UTC. */
const today = new Date(Date.now() + 8 * hourMs);
const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
const begin = (monthsBack: number): number => Date.UTC(year, month - monthsBack, 1) - 8 * hourMs;
const nameOf = (monthsBack: number): string => new Date(begin(monthsBack) + 8 * hourMs).toISOString().slice(0, 7);

/** An hour running with 1,000 stitches, then half an hour of a thread break, from that moment on. */
const shift = (at: number, stitches: number): object[] => [
  { ts: at, stop: 'running', hold: 3600, m: { stitches: 0 } },
  { ts: at + hourMs, stop: 'thread-break', hold: 1800, m: { stitches } },
];

for (const store of testedStores)
  describe.skipIf(store.isMissing)(store.name, () => {
    const folder = dataFolder();
    let used: ReadyStore;
    let product: Product;
    let as: (username: string) => Client;

    beforeAll(async () => {
      used = await store.open();
      product = await startProduct(folder.path, used.settings);
      const admin = await new Client(product).signIn();
      as = await signInPeople(product, admin, people);
      const [first, second] = [await connectDevice(product, admin, 'emb-0001'), await connectDevice(product, admin, 'emb-0005')];
      // Its first hour is the first of last month, and so lies in the month before in UTC.
      await first.publish(...shift(begin(1), 1000), ...shift(begin(1) + 10 * 24 * hourMs, 500));
      await second.publish(...shift(begin(1) + 5 * hourMs, 250));
      await Promise.all([first.end(), second.end()]);
      // What a line's last reading held for is given to its minutes once nothing more has come for a moment.
      await vi.waitFor(async () => {
        expect((await ask('boss', 'firm?id=f001')).whole.figures?.stoppedSeconds).toBe(1.5 * 3600);
      }, 20_000);
    });

    afterAll(async () => {
      expect(await product.stop()).toBe(0);
      await used.remove();
      folder.remove();
    });

    function ask(username: string, query: string, of = nameOf(1)): Promise<ReportAnswer> {
      return as(username).get<ReportAnswer>(`/reports/${query}${query.includes('?') ? '&' : '?'}month=${of}`);
    }

    test('a month is what its readings say, within the month of the zone', async () => {
      const report = await ask('committee', 'zone');
      expect([report.from, report.end, report.state]).toEqual([begin(1), begin(0), 'ended']);
      // Three hours of running, three half hours of stops: 3 of 4.5 hours known.
      expect(report.whole).toMatchObject({
        activeLines: 2,
        figures: {
          runningSeconds: 10_800,
          stoppedSeconds: 5400,
          utilization: 2 / 3,
          unknownSeconds: 211 * ((begin(0) - begin(1)) / 1000) - 16_200,
        },
      });
      expect(report.whole.lines).toBe(211);
      expect(report.clusters.map(({ id, activeLines, figures }) => [id, activeLines, figures === null])).toEqual([
        ['embroidery', 2, false],
        ['pharma', 0, true],
      ]);
      // Counters begin anew with 0: 1,000 and 500 of the one, 250 of the other.
      expect(report.clusters[0]?.outputs).toMatchObject([{ unit: { en: 'stitches' }, output: 1750 }]);
      expect(report.clusters[1]?.outputs).toMatchObject([{ output: null }]);
      expect(report.stops).toEqual([
        { stop: 'thread-break', name: { zh: '断线', en: 'Thread break' }, state: 'stopped', count: 3, seconds: 5400 },
      ]);
      expect(report.monthOnMonth.total.utilization).toMatchObject({ before: null, change: null, reason: 'no-earlier-data' });
      expect(report.unranked).toBeGreaterThan(0);
    });

    test('months without data, and those that have not begun, are said to be so', async () => {
      const empty = await ask('committee', 'park?id=emb', nameOf(2));
      expect([empty.state, empty.whole.figures, empty.whole.activeLines]).toEqual(['ended', null, 0]);
      const ahead = await ask('committee', 'park?id=emb', nameOf(-2));
      expect([ahead.state, ahead.whole.figures, ahead.whole.outputs[0]?.output]).toEqual(['ahead', null, null]);
    });

    test('officials have every report, a supervisor the own firm’s, maintenance none', async () => {
      const status = async (username: string, query: string): Promise<number> =>
        (await as(username).send('GET', `/reports/${query}&month=${nameOf(1)}`)).status;
      expect(await Promise.all(['zone?', 'park?id=emb', 'firm?id=f001', 'firm?id=f002'].map((query) => status('boss', query)))).toEqual([
        404, 404, 200, 404,
      ]);
      expect(await Promise.all(['zone?', 'firm?id=f001'].map((query) => status('fitter', query)))).toEqual([403, 403]);
      expect(await Promise.all(['zone?', 'firm?id=nobody', 'line?id=emb-0001'].map((query) => status('committee', query)))).toEqual([
        200, 404, 404,
      ]);
    });

    test('files open in a spreadsheet: in the language of the account, or as asked', async () => {
      const fetched = async (query: string): Promise<{ bytes: Buffer; headers: Headers }> => {
        const answer = await as('committee').send('GET', `/reports/firm?id=f001&month=${nameOf(1)}&${query}`);
        return { bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
      };
      const csv = await fetched('format=csv');
      expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="bobbin-f001-${nameOf(1)}.csv"`);
      expect(csv.bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
      const rows: string[][] = parse(csv.bytes, { bom: true, relax_column_count: true });
      expect(rows[0]?.[0]).toBe(`测试绣品 ${nameOf(1)} 生产月报`);
      expect(rows.find(([stop]) => stop === '断线')).toEqual(['断线', 'thread-break', '1.5', '3']);
      const xlsx = await fetched('format=xlsx&lang=en');
      expect(xlsx.headers.get('content-type')).toContain('spreadsheetml');
      const [overview, definitions] = workbookOf(xlsx.bytes).sheets;
      expect([overview?.name, definitions?.name]).toEqual(['Overview', 'Definitions']);
      expect(overview?.rows[3]?.slice(0, 5)).toEqual(['Firm', 'Test Embroidery', 5, 2, 2 / 3]);
      expect(overview?.rows[3]?.slice(17, 19)).toEqual([1750, 'stitches']);
    });

    // The sheet is the same whatever keeps its figures.
    if (store !== embedded) return;
    describe.skipIf(chromiumPath === null)(inBrowser, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await openBrowser();
      });
      afterAll(() => browser.close());

      test.each(['zone', 'park&id=emb', 'firm&id=f001'])('the report of %s is read on the screen, and printed on one page', async (of) => {
        const { page, complaints } = await visit(browser, product, { as: as('committee'), path: `/reports?of=${of}&month=${nameOf(1)}` });
        await page.locator('.sheet dl').waitFor();
        expect(await barriers(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        const pdf = await page.pdf({ preferCSSPageSize: true });
        expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
        await page.emulateMedia({ media: 'print' });
        for (const hidden of ['.sidebar', '.choosing', '.framed > header'])
          expect(await page.locator(hidden).isVisible(), hidden).toBe(false);
        expect(complaints).toEqual([]);
        await page.context().close();
      });

      test('place and month are chosen with the keyboard, and the address says which', async () => {
        const { page } = await visit(browser, product, { as: as('boss'), path: '/reports' });
        const [place, month] = [page.locator('select').first(), page.locator('select').nth(1)];
        await page.locator('.sheet').waitFor();
        expect(await place.locator('option').allTextContents()).toEqual(['Test Embroidery']);
        await month.focus();
        await page.keyboard.press('ArrowDown');
        await page.locator('.sheet dl').waitFor();
        expect(new URL(page.url()).search).toBe(`?of=firm&id=f001&month=${nameOf(1)}`);
        const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').first().click()]);
        expect(download.suggestedFilename()).toBe(`bobbin-f001-${nameOf(1)}.xlsx`);
        await page.context().close();
      });
    });
  });
