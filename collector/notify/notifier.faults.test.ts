/** The notifier with more to tell than it may hold, and with the book of the embedded store: what was sent stays sent, whatever ends in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../../contract/clock.ts';
import { openDuckdbStore } from '../../store/duckdb.ts';
import type { Store } from '../../store/store.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { DrivenClock, dutyOf, hook, kept, StageBook, stagePlant, told, Vendor } from './stage.suite.ts';

test('10,500 announcements while a channel is away', async () => {
  const away = await new Vendor(() => ({ status: 500 })).open();
  const book = new StageBook();
  const notifier = createNotifier({
    duty: dutyOf({ channels: [hook('sms', away.url())] }),
    plant: stagePlant(),
    publicUrl: 'https://bobbin.example.com',
    book,
    clock: new DrivenClock(),
    log: pino({ level: 'silent' }),
    onDelivered: () => undefined,
    onChannel: () => undefined,
  });
  const list = Array.from({ length: 10_500 }, (_, index) => told({ id: `a${String(index)}`, priority: index < 500 ? 'critical' : 'low' }));
  const began = performance.now();
  notifier.take(list);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(notifier.health()[0]?.waiting).toBe(10_000);
  await kept();
  const given = book.list().filter(({ failedAt }) => failedAt !== null);
  expect(given).toHaveLength(500);
  expect(given.every(({ announcement }) => Number(/^a(\d+)/.exec(announcement)?.[1]) >= 500)).toBe(true);
  await notifier.close();
  await away.close();
});

test('messages go on after a restart on the embedded store, within a second, and none twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-notify-'));
  const plant = stagePlant();
  const log = pino({ level: 'silent' });
  let works = true;
  const sms = await new Vendor(() => ({ status: works ? 200 : 500 })).open();
  const start = async (): Promise<{ store: Store; notifier: Notifier }> => {
    const retention = { rawDays: 14, rawBytes: 1e9, minuteYears: 5 };
    const store = await openDuckdbStore({ folder, plant, retention, clock: systemClock, log });
    const nothing = (): void => undefined;
    const duty = dutyOf({ channels: [hook('sms', sms.url())] });
    const parts = { duty, plant, publicUrl: 'https://bobbin.example.com', book: store.alarms, clock: systemClock, log };
    return { store, notifier: createNotifier({ ...parts, onDelivered: nothing, onChannel: nothing }) };
  };
  const stop = async ({ store, notifier }: { store: Store; notifier: Notifier }): Promise<void> => {
    await notifier.close();
    await store.close();
  };
  const now = systemClock.now();
  const list = ['a1', 'a2', 'a3'].map((id) => told({ id, raisedAt: now }));
  const [first, second, third] = list;
  if (!first || !second || !third) throw new Error('too few');

  const before = await start();
  await before.store.alarms.enter({
    ...{ snapshot: null, incidents: [], steps: [], overrides: [] },
    records: list.flatMap(({ records }) => records),
    announcements: list.map(({ announcement }) => announcement),
  });
  const began = performance.now();
  before.notifier.take([first]);
  await sms.has(1);
  expect(performance.now() - began).toBeLessThan(1000);
  works = false;
  before.notifier.take([second]);
  await sms.has(2);
  await stop(before);

  works = true;
  const after = await start();
  // The second had failed; the third was written down and never handed over.
  await sms.has(4);
  await stop(after);
  expect(sms.requests.map(({ json }) => String(json.id).slice(0, 2)).sort()).toEqual(['a1', 'a2', 'a2', 'a3']);
  const last = await start();
  const kept = await last.store.alarms.deliveries(now);
  expect(kept.map(({ id, deliveredAt }) => [id.slice(0, 2), deliveredAt !== null]).sort()).toEqual([
    ['a1', true],
    ['a2', true],
    ['a3', true],
  ]);
  await stop(last);
  expect(sms.requests).toHaveLength(4);
  await sms.close();
  rmSync(folder, { recursive: true });
});
