/** The notifier as its users have it, against servers on this machine: from an announcement to what people get, and what the book says of it. */
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../contract/notify.ts';
import { noLongerNeeded } from '../../contract/notify.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import {
  DrivenClock,
  dutyOf,
  hook,
  hourMs,
  kept,
  local,
  minuteMs,
  monday,
  recordOf,
  StageBook,
  stagePlant,
  told,
  toldIncident,
  Vendor,
} from './stage.suite.ts';

const plant = stagePlant();
const closing: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function vendor(reply?: Vendor['reply']): Promise<Vendor> {
  const opened = await new Vendor(reply).open();
  closing.push(opened);
  return opened;
}

class Desk {
  readonly clock: DrivenClock;
  readonly book: StageBook;
  readonly delivered: string[] = [];
  readonly channels: [string, boolean][] = [];
  readonly notifier: Notifier;

  constructor(duty: ReturnType<typeof dutyOf>, given: { book?: StageBook; clock?: DrivenClock } = {}) {
    this.clock = given.clock ?? new DrivenClock();
    this.book = given.book ?? new StageBook();
    this.notifier = createNotifier({
      duty,
      plant,
      publicUrl: 'https://bobbin.example.com',
      book: this.book,
      clock: this.clock,
      log: pino({ level: 'silent' }),
      onDelivered: (alarm) => this.delivered.push(alarm),
      onChannel: (id, ok) => this.channels.push([id, ok]),
    });
    closing.push(this.notifier);
  }

  /** Once a delivery of that id is in the book, as a test asks for it. */
  async until(id: string, is: (delivery: Delivery) => boolean): Promise<Delivery> {
    for (;;) {
      const delivery = this.book.saved.get(id);
      if (delivery && is(delivery)) return delivery;
      await kept();
    }
  }
}

const isDelivered = ({ deliveredAt }: Delivery): boolean => deliveredAt !== null;
const heads = (server: Vendor): unknown[] => server.requests.map(({ json }) => (json.text as { zh: string }).zh);

test('an alarm reaches who is on duty, and the book and the engine hear of it', async () => {
  const sms = await vendor();
  const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
  desk.notifier.take([told()]);
  const delivery = await desk.until('a1-raised-1-sms-raised-0', isDelivered);
  expect(delivery).toMatchObject({ alarm: 'a1', to: ['王伟'], occasion: 'raised', attempts: 1, deliveredAt: monday, error: null });
  expect(heads(sms)).toEqual(['【高】emb-0007 7号线 断针']);
  expect(desk.delivered).toEqual(['a1']);
});

test('an incident of 200 lines is one message, and every one of its alarms is delivered', async () => {
  const sms = await vendor();
  const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
  desk.notifier.take([toldIncident(200)]);
  await desk.until('i1-incident-sms-raised-0', isDelivered);
  expect(heads(sms)).toEqual(['【高】12号楼 200 条线：断电']);
  expect(desk.delivered).toHaveLength(200);
});

describe('until somebody acknowledges', () => {
  test('the next level is told, then all are reminded, then nobody', async () => {
    const sms = await vendor();
    const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())], escalateMinutes: { high: 15 }, remindMinutes: { high: 40 } }));
    desk.notifier.take([told()]);
    await sms.has(1);
    await desk.until('a1-raised-1-sms-raised-0', isDelivered);
    await desk.clock.pass(15 * minuteMs);
    await desk.until('a1-raised-1-sms-escalation-1', isDelivered);
    await desk.clock.pass(15 * minuteMs);
    await desk.until('a1-raised-1-sms-escalation-2', isDelivered);
    await desk.clock.pass(10 * minuteMs);
    await desk.until('a1-raised-1-sms-reminder-1', isDelivered);
    expect(sms.requests.map(({ json }) => (json.to as { id: string }[]).map(({ id }) => id))).toEqual([
      ['wang'],
      ['li'],
      ['zhao'],
      ['wang', 'li', 'zhao'],
    ]);
    desk.notifier.changed(recordOf({ state: 'acknowledged', acknowledgedAt: desk.clock.now() }));
    await desk.clock.pass(3 * hourMs);
    expect(sms.requests).toHaveLength(4);
  });

  test('what waits for the end of quiet hours is withdrawn', async () => {
    const sms = await vendor();
    const clock = new DrivenClock(local('2026-11-23T23:00'));
    const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())], quietHours: ['22:00', '07:00'] }), { clock });
    desk.notifier.take([told({ raisedAt: clock.now() })]);
    desk.notifier.changed(recordOf({ state: 'acknowledged' }));
    const delivery = await desk.until('a1-raised-1-sms-raised-0', ({ failedAt }) => failedAt !== null);
    expect(delivery.error).toBe(noLongerNeeded);
    await clock.pass(9 * hourMs);
    expect(sms.requests).toEqual([]);
  });

  test('an incident counts as taken on with the first of its alarms', async () => {
    const sms = await vendor();
    const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
    desk.notifier.take([toldIncident(3)]);
    await desk.until('i1-incident-sms-raised-0', isDelivered);
    desk.notifier.changed(recordOf({ id: 'i1-2', group: 'i1', state: 'acknowledged' }));
    await desk.clock.pass(3 * hourMs);
    expect(sms.requests).toHaveLength(1);
  });
});

test('the end is told to those who were told of the beginning, without calling anybody', async () => {
  const sms = await vendor();
  const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
  desk.notifier.take([told()]);
  await desk.until('a1-raised-1-sms-raised-0', isDelivered);
  await desk.clock.pass(6 * minuteMs);
  const over = { state: 'returned', clearedAt: monday + 6 * minuteMs } as const;
  desk.notifier.changed(recordOf(over));
  desk.notifier.take([told(over, 'cleared', monday + 6 * minuteMs)]);
  await desk.until('a1-cleared-1-sms-cleared-0', isDelivered);
  expect(heads(sms).at(-1)).toBe('【恢复】emb-0007 7号线 断针');
});

test('a channel that hangs holds up no other, and is told of as failing', async () => {
  const stuck = await vendor(() => 'hang');
  const sms = await vendor();
  const channels = [hook('stuck', stuck.url()), hook('sms', sms.url())];
  const desk = new Desk(dutyOf({ channels, rosters: [{ where: {}, levels: [['wang']], channels: ['stuck', 'sms'] }] }));
  desk.notifier.take([told()]);
  await desk.until('a1-raised-1-sms-raised-0', isDelivered);
  while (desk.book.saved.get('a1-raised-1-stuck-raised-0')?.attempts !== 3) await desk.clock.pass(1000);
  expect(desk.channels).toEqual([['stuck', false]]);
  expect(desk.notifier.health().map(({ id, ok, error }) => [id, ok, error])).toEqual([
    ['stuck', false, 'no answer within 10 s'],
    ['sms', true, null],
  ]);
});

test('a store that is away delays what is written, never what is sent', async () => {
  const sms = await vendor();
  const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
  desk.book.down = true;
  desk.notifier.take([told()]);
  await sms.has(1);
  expect(desk.book.saved.size).toBe(0);
  desk.book.down = false;
  await desk.clock.pass(10_000);
  await desk.until('a1-raised-1-sms-raised-0', isDelivered);
});

describe('after a restart', () => {
  const duty = (sms: Vendor): ReturnType<typeof dutyOf> =>
    dutyOf({ channels: [hook('sms', sms.url())], escalateMinutes: { high: 15 }, remindMinutes: { high: 60 } });

  test('what failed goes on, what was delivered is not sent again, and escalation goes on where it was', async () => {
    let works = false;
    const sms = await vendor(({ json }) => ({ status: works || JSON.stringify(json).includes('a1') ? 200 : 500 }));
    const book = new StageBook();
    const before = new Desk(duty(sms), { book });
    book.told = [told(), told({ id: 'a2' })];
    before.notifier.take(book.told);
    await before.until('a1-raised-1-sms-raised-0', isDelivered);
    await before.until('a2-raised-1-sms-raised-0', ({ attempts }) => attempts > 0);
    await before.notifier.close();

    works = true;
    const sentBefore = sms.requests.length;
    const after = new Desk(duty(sms), { book, clock: new DrivenClock(monday + 5 * minuteMs) });
    const delivery = await after.until('a2-raised-1-sms-raised-0', isDelivered);
    expect(delivery.attempts).toBeGreaterThan(1);
    expect(sms.requests.slice(sentBefore).map(({ json }) => json.id)).toEqual(['a2-raised-1-sms-raised-0']);
    after.notifier.take(book.told);
    await after.clock.pass(11 * minuteMs);
    await after.until('a1-raised-1-sms-escalation-1', isDelivered);
    expect(sms.requests.filter(({ json }) => json.id === 'a1-raised-1-sms-raised-0')).toHaveLength(1);
  });

  test('what was announced and never handed over is told, but not what is over or taken on', async () => {
    const sms = await vendor();
    const book = new StageBook();
    book.told = [
      told({ id: 'open' }),
      told({ id: 'acknowledged', state: 'acknowledged' }),
      told({ id: 'old', raisedAt: monday - 30 * hourMs }),
      told({ id: 'gone', state: 'normal', raisedAt: monday - 3 * hourMs, clearedAt: monday - 2 * hourMs }),
    ];
    const desk = new Desk(duty(sms), { book, clock: new DrivenClock(monday + minuteMs) });
    await desk.until('open-raised-1-sms-raised-0', isDelivered);
    await desk.clock.pass(minuteMs);
    expect(sms.requests).toHaveLength(1);
  });

  test('a message whose alarm was acknowledged meanwhile, or whose channel is gone, is given up', async () => {
    const sms = await vendor(() => ({ status: 500 }));
    const book = new StageBook();
    const before = new Desk(duty(sms), { book });
    book.told = [told(), told({ id: 'a2' })];
    before.notifier.take(book.told);
    await before.until('a2-raised-1-sms-raised-0', () => true);
    await before.notifier.close();
    book.told = [told({ state: 'acknowledged' }), told({ id: 'a2' })];
    const gone = book.saved.get('a2-raised-1-sms-raised-0');
    if (gone) book.saved.set(gone.id, { ...gone, channel: 'pager' });
    const after = new Desk(duty(sms), { book, clock: new DrivenClock(monday + minuteMs) });
    expect((await after.until('a1-raised-1-sms-raised-0', ({ failedAt }) => failedAt !== null)).error).toBe(noLongerNeeded);
    expect((await after.until('a2-raised-1-sms-raised-0', ({ failedAt }) => failedAt !== null)).error).toMatch(/not there any more/);
  });
});

describe('a trial', () => {
  test('is sent at once, to who asked for it, and is in the book', async () => {
    const sms = await vendor();
    const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url())] }));
    expect(await desk.notifier.trial('sms', 'wang')).toEqual({ ok: true });
    expect(heads(sms)).toEqual(['【测试】Bobbin 通知渠道正常']);
    expect(sms.requests[0]?.json.to).toMatchObject([{ id: 'wang' }]);
    await kept();
    expect(desk.book.list()).toMatchObject([{ occasion: 'trial', deliveredAt: monday, channel: 'sms' }]);
  });

  test('says in plain words why it did not arrive', async () => {
    const sms = await vendor(() => ({ status: 403, body: 'no such key: a secret of sixteen' }));
    const mail = { id: 'mail', kind: 'email', host: '127.0.0.1', port: 1, security: 'none', from: 'b@example.com' };
    const desk = new Desk(dutyOf({ channels: [hook('sms', sms.url()), mail] }));
    expect(await desk.notifier.trial('sms', 'wang')).toEqual({ ok: false, message: 'answered 403: no such key: ***' });
    expect(await desk.notifier.trial('pager', 'wang')).toEqual({ ok: false, message: 'There is no channel "pager".' });
    expect(await desk.notifier.trial('mail', 'nobody')).toEqual({ ok: false, message: 'No e-mail address is known of "nobody".' });
  });
});
