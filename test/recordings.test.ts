/**
 * A real tablet press, replayed over MQTT into an empty data folder: its batch records are the figures its owners published.
 * An excerpt runs always; the full recordings run where BOBBIN_RECORDINGS names their folder.
 */
import { parse } from 'csv-parse/sync';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchRecord, StateSpan } from '../contract/figures.ts';
import { systemClock } from '../contract/clock.ts';
import type { IssuedDevice } from '../contract/devices.ts';
import type { LiveRecord } from '../contract/live.ts';
import { loadPlant } from '../plants/loader.ts';
import { replayFile, type ReplayOptions } from '../simulators/replay.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';
import { testedStores, type ReadyStore } from './stores.ts';

const root = join(import.meta.dirname, '..');
const plant = loadPlant({ plantFile: join(root, 'test', 'plants', 'always.yaml'), equipmentFolder: join(root, 'equipment') });
const excerpt = join(root, 'test', 'cases', 'recordings', 'press-118.csv');
const recordings = process.env.BOBBIN_RECORDINGS;

interface ExpectedBatch {
  batch: string;
  product: string;
  firstTs: number;
  running: number;
  stopped: number;
  total: number;
  waste: number;
  produced: number;
  runningMs: number;
  stoppedMs: number;
  meanRunningSpeed: number | null;
}

const expected = (JSON.parse(readFileSync(excerpt.replace('.csv', '.expected.json'), 'utf8')) as { batches: ExpectedBatch[] }).batches;

/** What of a record the excerpt's figures speak of. */
function excerptFigures(records: readonly BatchRecord[]): object[] {
  return records
    .toSorted((a, b) => a.from - b.from)
    .map(({ batch, product: code, from, readings, counters, runningSeconds, stoppedSeconds, metrics }) => ({
      batch,
      product: code,
      firstTs: from,
      running: readings.running,
      stopped: readings.stopped,
      total: readings.total,
      waste: counters.waste,
      produced: counters.produced,
      runningMs: Math.round(runningSeconds * 1000),
      stoppedMs: Math.round(stoppedSeconds * 1000),
      meanRunningSpeed: metrics.tbl_speed?.meanRunning?.toFixed(5) ?? null,
    }));
}

const excerptExpected = expected.map(
  ({ batch, product: code, firstTs, running, stopped, total, waste, produced, runningMs, stoppedMs, meanRunningSpeed }) => ({
    ...{ batch, product: code, firstTs, running, stopped, total, waste, produced, runningMs, stoppedMs },
    meanRunningSpeed: meanRunningSpeed?.toFixed(5) ?? null,
  }),
);

interface Published {
  batch: string;
  product: string;
  tbl_speed_mean: string;
  zero_speed_readings: string;
  total_waste: string;
}

for (const store of testedStores)
  describe.skipIf(store.isMissing)(store.name, () => {
    let folder: ReturnType<typeof dataFolder>;
    let product: Product;
    let admin: Client;
    let used: ReadyStore;
    let received = 0;
    const accounts = new Map<string, IssuedDevice>();

    beforeAll(async () => {
      folder = dataFolder();
      used = await store.open();
      product = await startProduct(folder.path, used.settings);
      admin = await new Client(product).signIn();
    }, 60_000);

    afterAll(async () => {
      await product.stop();
      await used.remove();
      folder.remove();
    });

    async function replay(file: string, lineId: string, how: Partial<ReplayOptions> = {}): Promise<number> {
      const line = plant.lines.get(lineId);
      if (!line) throw new Error(`no such line: ${lineId}`);
      const account = accounts.get(lineId) ?? (await admin.issue(lineId));
      accounts.set(lineId, account);
      const broker = `mqtt://127.0.0.1:${String(product.mqttPort)}`;
      const result = await replayFile({ file, line, timezone: 'Asia/Shanghai', broker, account, clock: systemClock, ...how });
      expect(result.skipped).toBe(0);
      received += result.readings;
      return result.readings;
    }

    /** The line's batch records once everything is stored and every correction is through: `expected` of the figures. */
    async function batchesOnce(line: string, condition: (records: BatchRecord[]) => boolean): Promise<BatchRecord[]> {
      await admin.settled(received, 120_000);
      let records: BatchRecord[] = [];
      await expect
        .poll(
          async () => {
            records = await admin.get<BatchRecord[]>(`/lines/${line}/batches`);
            return condition(records);
          },
          { timeout: 60_000, interval: 200 },
        )
        .toBe(true);
      return records;
    }

    test('an excerpt in order, again, shuffled, and doubled: the same records, and duplicates counted', async () => {
      const count = await replay(excerpt, 'press-01');
      const matches = (records: BatchRecord[]): boolean => JSON.stringify(excerptFigures(records)) === JSON.stringify(excerptExpected);
      expect(excerptFigures(await batchesOnce('press-01', matches))).toEqual(excerptExpected);

      await replay(excerpt, 'press-01');
      expect(excerptFigures(await batchesOnce('press-01', matches))).toEqual(excerptExpected);
      expect((await admin.settled(received)).readings).toMatchObject({ stored: count, duplicate: count });

      await replay(excerpt, 'press-02', { shuffle: 'any order', twice: true });
      const shuffled = await batchesOnce('press-02', matches);
      expect(excerptFigures(shuffled)).toEqual(excerptExpected);
      expect((await admin.settled(received)).readings).toMatchObject({ stored: 2 * count, duplicate: 2 * count });

      const [from, to] = [shuffled[0]?.from ?? 0, shuffled[0]?.to ?? 0];
      const spans = (line: string): Promise<StateSpan[]> =>
        admin.get<StateSpan[]>(`/lines/${line}/states?from=${String(from)}&to=${String(to)}`);
      expect(await spans('press-02')).toEqual(await spans('press-01'));
      const live = await admin.get<LiveRecord>('/lines/press-02');
      expect(live).toMatchObject({ batch: '119', product: '7', state: 'unknown', ts: (await admin.get<LiveRecord>('/lines/press-01')).ts });
    }, 120_000);

    describe.skipIf(recordings === undefined || !existsSync(join(recordings, 'published.csv')))(
      'the full recordings (BOBBIN_RECORDINGS)',
      () => {
        const load = (): Published[] => parse(readFileSync(join(recordings ?? '', 'published.csv')), { columns: true });

        /** Every figure the authors give, in their own form; what they leave out is left out here too. */
        function asPublished(records: readonly BatchRecord[], published: readonly Published[]): Published[] {
          return published.flatMap((row) => {
            const record = records.find(({ batch }) => batch === row.batch);
            if (!record) return [];
            const decimals = row.tbl_speed_mean.split('.')[1]?.length ?? 0;
            return [
              {
                batch: record.batch,
                product: record.product ?? '',
                tbl_speed_mean: Number(record.metrics.tbl_speed?.meanRunning?.toFixed(decimals)).toString(),
                zero_speed_readings: row.zero_speed_readings === '' ? '' : String(record.readings.stopped),
                total_waste: String(record.counters.waste),
              },
            ];
          });
        }

        test.each([
          ['process-6.csv', 'press-03', '6', {}],
          ['process-7.csv', 'press-04', '7', {}],
          ['process-6.csv', 'press-03', '6', { shuffle: 'again', twice: true }],
        ])(
          '%s on %s comes out as published',
          async (file, line, code, how) => {
            const published = load().filter((row) => row.product === code);
            await replay(join(recordings ?? '', file), line, how);
            const complete = (records: BatchRecord[]): boolean =>
              JSON.stringify(asPublished(records, published)) === JSON.stringify(published);
            const records = await batchesOnce(line, complete);
            expect(asPublished(records, published)).toEqual(published);
            expect(records).toHaveLength(published.length);
          },
          300_000,
        );

        test('shuffled into an empty line it comes out the same', async () => {
          const published = load().filter((row) => row.product === '7');
          const press = 'press-05';
          await replay(join(recordings ?? '', 'process-7.csv'), press, { shuffle: 'from the start' });
          const complete = (records: BatchRecord[]): boolean =>
            JSON.stringify(asPublished(records, published)) === JSON.stringify(published);
          expect(asPublished(await batchesOnce(press, complete), published)).toEqual(published);
          expect(await admin.get<BatchRecord[]>(`/lines/${press}/batches`)).toEqual(
            (await admin.get<BatchRecord[]>('/lines/press-04/batches')).map((record) => ({ ...record, line: press })),
          );
        }, 300_000);
      },
    );
  });
