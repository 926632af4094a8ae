/** One channel's queue: pace, folding, retries, what is withdrawn, and what becomes of every delivery whatever the channel does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Priority } from '../../contract/alarm.ts';
import { channelSchema } from '../../contract/duty.ts';
import { noLongerNeeded, type Delivery } from '../../contract/notify.ts';
import { allowanceOf } from './channel.ts';
import { Lane, type Item } from './lane.ts';
import type { Message, Sent } from './message.ts';
import { DrivenClock, dutyOf, hourMs, kept, minuteMs, monday, stagePlant, told } from './stage.suite.ts';
import { Wording } from './texts.ts';

const wording = new Wording(stagePlant(), 'https://bobbin.example.com');
const sent: Sent = { result: 'sent', note: null };
const unreachable: Sent = { result: 'unreachable', error: 'answered 500' };
const refused: Sent = { result: 'refused', error: 'answered 403' };
const robot = { id: 'ding', kind: 'dingtalk', url: 'https://robot.example/?access_token=t0ken', secret: 'SEC0' };
const webhook = { id: 'sms', kind: 'webhook', url: 'https://sms.example/', secret: 'a secret of sixteen' };
const everybody = dutyOf().people;

function item(id: string, given: { priority?: Priority; dueAt?: number; people?: string[]; occasion?: Delivery['occasion'] } = {}): Item {
  const { priority = 'high', dueAt = monday, people = ['wang'], occasion = 'raised' } = given;
  const readers = everybody.filter((person) => people.includes(person.id));
  const delivery: Delivery = {
    ...{ id, announcement: id, alarm: id, incident: null, channel: 'ding', to: readers.map(({ name }) => name), occasion, level: 0, dueAt },
    ...{ attempts: 0, deliveredAt: null, failedAt: null, error: null },
  };
  return {
    delivery,
    people: readers,
    priority,
    notice: (now) => wording.notice(told({ id, priority }), occasion, now),
    mayGoAt: (now) => now,
  };
}

/** A lane whose channel answers what a test says, with everything that came of it. */
class Track {
  readonly clock = new DrivenClock();
  readonly messages: { at: number; message: Message }[] = [];
  readonly deliveries = new Map<string, Delivery>();
  readonly health: [boolean, string | null][] = [];
  answer: (message: Message) => Sent | Promise<Sent> = () => sent;
  readonly lane: Lane;

  constructor(channel: object = robot) {
    this.lane = new Lane({
      channel: channelSchema.parse(channel),
      sender: async (message) => {
        this.messages.push({ at: this.clock.now(), message });
        return this.answer(message);
      },
      listUrl: 'https://bobbin.example.com/faults',
      clock: this.clock,
      onChange: (delivery) => this.deliveries.set(delivery.id, delivery),
      onHealth: (_, ok, error) => this.health.push([ok, error]),
    });
  }

  /** `[seconds, deliveries]` of every message. */
  sentSo(): [number, string][] {
    return this.messages.map(({ at, message }) => [(at - monday) / 1000, message.deliveries.join(' ')]);
  }
}

const many = (count: number, given: Parameters<typeof item>[1] = {}): Item[] =>
  Array.from({ length: count }, (_, index) => item(`d${String(index)}`, given));

describe('pace', () => {
  test('a few are sent one by one, the most urgent first', async () => {
    const track = new Track();
    track.lane.add([item('a', { priority: 'low' }), item('b', { priority: 'critical' }), item('c')]);
    await kept();
    expect(track.sentSo()).toEqual([
      [0, 'b'],
      [0, 'c'],
      [0, 'a'],
    ]);
  });

  test('a flood is one message to the group that says how many there are, and nothing is dropped', async () => {
    const track = new Track();
    track.lane.add(many(1000));
    await kept();
    expect(track.messages.map(({ message }) => message.notices.length)).toEqual([500, 500]);
    expect([...track.deliveries.values()].every(({ deliveredAt }) => deliveredAt === monday)).toBe(true);
  });

  test('never more than 20 a minute, and what waits goes together as soon as one may be sent', async () => {
    const track = new Track();
    for (let index = 0; index < 200; index += 1) {
      track.lane.add([item(`d${String(index)}`)]);
      await track.clock.pass(500);
    }
    await track.clock.pass(2 * minuteMs);
    const times = track.messages.map(({ at }) => at);
    for (const from of times) expect(times.filter((at) => at >= from && at < from + minuteMs).length).toBeLessThanOrEqual(20);
    expect(track.deliveries.size).toBe(200);
    expect([...track.deliveries.values()].every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
  });

  test.each([
    ['DingTalk', robot, 200, 60],
    ['a webhook', webhook, 20, 10_000],
  ])('in a flood over %s nothing waits for long', async (_, channel, everyMs, count) => {
    const track = new Track(channel);
    const waited: number[] = [];
    for (let index = 0; index < count; index += 1) {
      track.lane.add([item(`d${String(index)}`, { dueAt: track.clock.now() })]);
      await track.clock.pass(everyMs);
    }
    await track.clock.pass(minuteMs);
    for (const { dueAt, deliveredAt } of track.deliveries.values()) waited.push((deliveredAt ?? Number.NaN) - dueAt);
    expect(waited).toHaveLength(count);
    const { perMinute } = allowanceOf(channelSchema.parse(channel));
    expect(Math.max(...waited)).toBeLessThanOrEqual(Math.ceil((2 * 61_000) / perMinute));
  });

  test('mails to different people are never put together', async () => {
    const mail = { id: 'mail', kind: 'email', host: 'mail.example.com', port: 465, security: 'tls', from: 'b@example.com' };
    const track = new Track(mail);
    track.lane.add([...many(40), ...Array.from({ length: 40 }, (_, index) => item(`e${String(index)}`, { people: ['li'] }))]);
    await track.clock.pass(minuteMs);
    for (const { message } of track.messages) {
      const [first] = message.deliveries;
      expect(message.deliveries.every((id) => id.startsWith(first?.slice(0, 1) ?? ''))).toBe(true);
      expect(message.people).toHaveLength(1);
    }
    expect(track.messages.length).toBeLessThan(20);
  });

  test('what is due later is sent then', async () => {
    const track = new Track();
    track.lane.add([item('later', { dueAt: monday + hourMs })]);
    await track.clock.pass(2 * hourMs);
    expect(track.sentSo()).toEqual([[3600, 'later']]);
  });

  test('who is told of an end is not called', async () => {
    const track = new Track();
    track.lane.add([item('over', { occasion: 'cleared' })]);
    await kept();
    expect(track.messages[0]?.message.calls).toBe(false);
  });
});

describe('retries', () => {
  test('pauses double, and end', async () => {
    const track = new Track();
    track.answer = () => unreachable;
    track.lane.add([item('a')]);
    await track.clock.pass(hourMs);
    const times = track.sentSo().map(([seconds]) => seconds);
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111]);
    expect(track.deliveries.get('a')).toMatchObject({
      attempts: 12,
      deliveredAt: null,
      failedAt: monday + 1_111_000,
      error: 'answered 500',
    });
  });

  test('what is refused is tried three times, and holds nobody up', async () => {
    const track = new Track();
    track.answer = ({ deliveries }) => (deliveries.includes('bad') ? refused : sent);
    track.lane.add([item('bad'), item('good', { priority: 'low' })]);
    await kept();
    expect(track.deliveries.get('good')?.deliveredAt).toBe(monday);
    await track.clock.pass(minuteMs);
    expect(track.deliveries.get('bad')).toMatchObject({ attempts: 3, failedAt: monday + 3000 });
  });

  test('a vendor that asks for a pause gets it', async () => {
    const track = new Track();
    track.answer = () => (track.messages.length === 1 ? { result: 'busy', error: 'too fast', pauseMs: 600_000 } : sent);
    track.lane.add([item('a')]);
    await kept();
    track.lane.add([item('b')]);
    await track.clock.pass(hourMs);
    expect(track.sentSo()).toEqual([
      [0, 'a'],
      [600, 'b'],
      [600, 'a'],
    ]);
  });

  test('what came while the channel was away goes as few messages, and each attempt at one has the same key', async () => {
    const track = new Track();
    track.answer = () => (track.clock.now() < monday + 10 * minuteMs ? unreachable : sent);
    for (let index = 0; index < 300; index += 1) {
      track.lane.add([item(`d${String(index)}`)]);
      await track.clock.pass(2000);
    }
    await track.clock.pass(30 * minuteMs);
    expect([...track.deliveries.values()].every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
    expect(track.messages.filter(({ at }) => at >= monday + 10 * minuteMs).length).toBeLessThan(25);
    const keys = new Map<string, string>();
    for (const { message } of track.messages) {
      const content = message.deliveries.join(' ');
      expect(keys.get(message.key) ?? content).toBe(content);
      keys.set(message.key, content);
    }
  });

  test('secrets in what a vendor says are in no delivery and no health', async () => {
    const track = new Track();
    track.answer = () => ({ result: 'refused', error: 'no such token t0ken, SEC0' });
    track.lane.add([item('a')]);
    await kept();
    expect(JSON.stringify([...track.deliveries.values(), track.lane.health(), track.health])).not.toMatch(/t0ken|SEC0/);
  });
});

describe('health', () => {
  test('three attempts in a row that fail are told, and the first that succeeds', async () => {
    const track = new Track();
    track.answer = () => unreachable;
    track.lane.add([item('a')]);
    await track.clock.pass(2500);
    expect(track.health).toEqual([]);
    await track.clock.pass(1000);
    expect(track.health).toEqual([[false, 'answered 500']]);
    expect(track.lane.health()).toMatchObject({ id: 'ding', kind: 'dingtalk', ok: false, waiting: 1, error: 'answered 500' });
    track.answer = () => sent;
    await track.clock.pass(minuteMs);
    expect(track.health.at(-1)).toEqual([true, null]);
    expect(track.lane.health()).toMatchObject({ ok: true, waiting: 0, error: null });
  });

  test('so are five minutes without success', async () => {
    const track = new Track();
    track.answer = () => ({ result: 'busy', error: 'too fast', pauseMs: 600_000 });
    track.lane.add([item('a')]);
    await track.clock.pass(299_000);
    track.lane.check();
    expect(track.health).toEqual([]);
    await track.clock.pass(1000);
    track.lane.check();
    expect(track.health).toEqual([[false, 'too fast']]);
  });
});

describe('withdrawing', () => {
  test('what waits is given up as needless', async () => {
    const track = new Track();
    track.lane.add([item('a', { dueAt: monday + hourMs }), item('b', { dueAt: monday + hourMs })]);
    track.lane.withdraw(({ id }) => id === 'a');
    await track.clock.pass(2 * hourMs);
    expect(track.deliveries.get('a')).toMatchObject({ failedAt: monday, error: noLongerNeeded, attempts: 0 });
    expect(track.sentSo()).toEqual([[3600, 'b']]);
  });

  test('what is on its way and fails is not sent again', async () => {
    const track = new Track();
    let fail: (value: Sent) => void = () => undefined;
    track.answer = () => new Promise((resolve) => (fail = resolve));
    track.lane.add([item('a')]);
    track.lane.withdraw(({ id }) => id === 'a');
    fail(unreachable);
    await track.clock.pass(hourMs);
    expect(track.messages).toHaveLength(1);
    expect(track.deliveries.get('a')?.error).toBe(noLongerNeeded);
  });

  test('yielding gives up the least urgent, the oldest first', () => {
    const track = new Track();
    const dueAt = monday + hourMs;
    track.lane.add([item('a', { dueAt, priority: 'high' }), item('b', { dueAt, priority: 'low' }), item('c', { dueAt, priority: 'low' })]);
    expect(track.lane.yield('too many')).toBe(true);
    expect([...track.deliveries.keys()]).toEqual(['b']);
    expect(track.lane.waiting()).toBe(2);
  });
});

test('whatever a channel does, every delivery ends once: delivered by exactly one message, or given up', async () => {
  const results: readonly Sent[] = [sent, unreachable, refused, { result: 'busy', error: 'too fast', pauseMs: 60_000 }];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...results), { maxLength: 40 }),
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 30 }), pauseMs: fc.integer({ min: 0, max: 90_000 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      async (answers, bursts) => {
        const track = new Track();
        const arrived: string[] = [];
        let attempt = 0;
        track.answer = ({ deliveries }) => {
          const answer = answers[attempt] ?? sent;
          attempt += 1;
          if (answer.result === 'sent') arrived.push(...deliveries);
          return answer;
        };
        let number = 0;
        for (const { count, pauseMs } of bursts) {
          track.lane.add(Array.from({ length: count }, () => item(`d${String((number += 1))}`, { dueAt: track.clock.now() })));
          await track.clock.pass(pauseMs);
        }
        await track.clock.pass(3 * hourMs);
        expect(new Set(arrived).size).toBe(arrived.length);
        expect(track.lane.waiting()).toBe(0);
        expect(track.deliveries.size).toBe(number);
        for (const { id, deliveredAt, failedAt } of track.deliveries.values()) {
          expect((deliveredAt === null) !== (failedAt === null)).toBe(true);
          expect(arrived.includes(id)).toBe(deliveredAt !== null);
        }
      },
    ),
    { numRuns: 8 },
  );
});
