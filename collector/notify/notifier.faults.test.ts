/** The notifier with more to tell than it may hold: who hands it something waits for nothing, and what is given up is the least urgent. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createNotifier } from './notifier.ts';
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
