/**
 * What the notifier promises, whatever happens in whatever order: alarms that rise, clear, rise again, are acknowledged; channels that fail; restarts, with
 * and without time in between. Nobody is told twice of the same thing, quiet hours are broken by critical alarms and by nothing else, and nothing that is
 * open and unacknowledged goes untold past its escalation.
 */
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { priorities, type AlarmRecord, type AnnouncementKind, type Priority } from '../../contract/alarm.ts';
import type { Delivery } from '../../contract/notify.ts';
import type { Sender } from './message.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import type { Told } from './plan.ts';
import { DrivenClock, dutyOf, hook, hourMs, kept, local, minuteMs, recordOf, StageBook, stagePlant, told } from './stage.suite.ts';

const plant = stagePlant();
const evening = local('2026-11-23T20:00');
const escalateMinutes = { critical: 5, high: 15, medium: 60, low: 60 };
/** Of low ones people are told as they escalate, and never reminded. */
const remindMinutes: Partial<Record<Priority, number>> = { critical: 10, high: 30, medium: 60 };
const levels = ['王伟', '李娜', '赵敏'];
const duty = dutyOf({
  channels: [hook('sms'), hook('pager')],
  rosters: [{ where: {}, levels: [['wang'], ['li'], ['zhao']], channels: ['sms', 'pager'] }],
  ...{ escalateMinutes, remindMinutes, quietHours: ['22:00', '07:00'] },
});
/** Who looks looks once a second. */
const slackMs = 2_000;
const dayMs = 24 * hourMs;
/** A message is tried again for so long at most. */
const retriedMs = 20 * minuteMs;

/** The end of the quiet hours that an instant lies in; the instant itself where it lies in none. */
function awake(at: number): number {
  const ofDay = (at + 8 * hourMs) % dayMs;
  if (ofDay >= 22 * hourMs) return at - ofDay + dayMs + 7 * hourMs;
  return ofDay < 7 * hourMs ? at - ofDay + 7 * hourMs : at;
}

type Event =
  | { readonly kind: 'raise'; readonly alarm: number; readonly priority: Priority }
  | { readonly kind: 'clear' | 'acknowledge'; readonly alarm: number }
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'channel'; readonly works: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'start' };

const alarm = fc.nat(3);
const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('raise' as const), alarm, priority: fc.constantFrom(...priorities) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('clear' as const, 'acknowledge' as const), alarm }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 150 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('channel' as const), works: fc.boolean() }) },
    { weight: 2, arbitrary: fc.constantFrom<Event>({ kind: 'end' }, { kind: 'start' }) },
  ),
  { minLength: 5, maxLength: 30 },
);

/** Engine, book and clock around the notifier, and everything that arrived anywhere. */
class World {
  readonly book = new StageBook();
  readonly arrived: { id: string; at: number }[] = [];
  readonly #announced: Told[] = [];
  readonly #records = new Map<string, AlarmRecord>();
  /** The newest record in each place. */
  readonly #places = new Map<number, string>();
  #clock = new DrivenClock(evening);
  #notifier: Notifier | null = null;
  #works = true;
  #startedAt = evening;

  get now(): number {
    return this.#clock.now();
  }

  async take(event: Event): Promise<void> {
    if (event.kind === 'pass') await this.#pass(event.minutes);
    else if (event.kind === 'channel') this.#works = event.works;
    else if (event.kind === 'start') this.#start();
    else if (event.kind === 'end') this.#end();
    else this.#alarm(event);
    await kept();
    this.#check();
  }

  /** Minute by minute, so that what was sent within one has arrived by its end. */
  async #pass(minutes: number): Promise<void> {
    for (let n = 0; n < minutes; n += 1) await this.#clock.pass(minuteMs);
  }

  #start(): void {
    if (this.#notifier) return;
    this.#startedAt = this.now;
    const send: Sender = ({ deliveries }) => {
      if (!this.#works) return Promise.resolve({ result: 'unreachable', error: 'answered 500' });
      this.arrived.push(...deliveries.map((id) => ({ id, at: this.now })));
      return Promise.resolve({ result: 'sent', note: null });
    };
    this.#notifier = createNotifier({
      ...{ duty, plant, publicUrl: 'https://bobbin.example.com', book: this.book, clock: this.#clock, log: pino({ level: 'silent' }) },
      ...{ openSender: () => send, onDelivered: () => undefined, onChannel: () => undefined },
    });
  }

  /** As if killed: its clock stands still for ever. */
  #end(): void {
    this.#notifier = null;
    this.#clock = new DrivenClock(this.now);
  }

  #alarm(event: Extract<Event, { alarm: number }>): void {
    const known = this.#records.get(this.#places.get(event.alarm) ?? '');
    const state = known?.state ?? 'normal';
    if (event.kind === 'raise') {
      if (known && state === 'returned')
        this.#change({ ...known, state: 'unacknowledged', clearedAt: null, raises: known.raises + 1 }, 'raised-again');
      if (state !== 'normal') return;
      const id = `a${String(this.#records.size)}`;
      this.#places.set(event.alarm, id);
      this.#change(recordOf({ id, priority: event.priority, raisedAt: this.now }), 'raised');
    } else if (known && event.kind === 'acknowledge') {
      if (state === 'unacknowledged') this.#change({ ...known, state: 'acknowledged', acknowledgedAt: this.now });
      else if (state === 'returned') this.#change({ ...known, state: 'normal', acknowledgedAt: this.now });
    } else if (known && (state === 'unacknowledged' || state === 'acknowledged')) {
      this.#change({ ...known, state: state === 'acknowledged' ? 'normal' : 'returned', clearedAt: this.now }, 'cleared');
    }
  }

  #change(record: AlarmRecord, announced?: AnnouncementKind): void {
    this.#records.set(record.id, record);
    const made = announced && told(record, announced, this.now);
    if (made) {
      const id = `${record.id}-${announced}-${String(record.raises)}`;
      this.#announced.push({ ...made, announcement: { ...made.announcement, id } });
    }
    const current = (one: Told): Told => ({ ...one, records: one.records.flatMap(({ id }) => this.#records.get(id) ?? []) });
    this.book.told = this.#announced.map(current);
    this.#notifier?.changed(record);
    if (made) this.#notifier?.take(this.book.told.slice(-1));
  }

  #check(): void {
    const ids = this.arrived.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) < index)).toEqual([]);
    for (const { announcement, records } of this.#announced) {
      const own = this.book.list().filter((delivery) => delivery.announcement === announcement.id);
      const once = own
        .filter(({ occasion }) => occasion !== 'reminder')
        .flatMap(({ channel, to }) => to.map((name) => `${channel} ${name}`));
      expect(once.filter((name, index) => once.indexOf(name) < index)).toEqual([]);
      if (announcement.priority !== 'critical') this.#checkQuiet(own);
      const record = this.#records.get(records[0]?.id ?? '');
      const isLatest = announcement.id.endsWith(`-${String(record?.raises)}`) && announcement.kind !== 'cleared';
      if (this.#notifier && isLatest && record?.state === 'unacknowledged') this.#checkTold(announcement, own);
    }
  }

  /** In quiet hours nothing arrives but what a channel that failed could not take just before them. */
  #checkQuiet(own: readonly Delivery[]): void {
    const due = new Map(own.map(({ id, dueAt }) => [id, dueAt]));
    for (const { id, at } of this.arrived) {
      const dueAt = due.get(id);
      if (dueAt === undefined || awake(at) === at) continue;
      expect({ id, wasDueInQuietHours: awake(dueAt) !== dueAt, isRetried: at - dueAt < retriedMs }).toMatchObject({
        wasDueInQuietHours: false,
        isRetried: true,
      });
    }
  }

  /** Whoever ought to have been told by now has been, or is about to be. */
  #checkTold({ at, priority }: Told['announcement'], own: readonly Delivery[]): void {
    const wake = (time: number): number => (priority === 'critical' ? time : awake(time));
    const names = new Set(own.flatMap(({ to }) => to));
    const remind = remindMinutes[priority];
    const due = levels.map((_, level) => wake(Math.max(wake(at) + level * escalateMinutes[priority] * minuteMs, this.#startedAt)));
    levels.forEach((name, level) => {
      // Of what was missed the farthest level is made good, and the next reminder goes to all.
      const isFarthest = !due.some((time, other) => other > level && time <= this.now);
      if (level > 0 && !isFarthest && remind === undefined) return;
      const latest = wake((due[level] ?? NaN) + (level === 0 || remind === undefined ? 0 : remind * minuteMs)) + slackMs;
      if (this.now < latest || latest > at + dayMs) return;
      expect({ priority, level, at, now: this.now, isTold: names.has(name) }).toMatchObject({ isTold: true });
    });
  }
}

test('whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (all) => {
      const world = new World();
      for (const event of [{ kind: 'start' } as const, ...all]) await world.take(event);
      for (const event of [{ kind: 'channel', works: true }, { kind: 'start' }, { kind: 'pass', minutes: 300 }] as const)
        await world.take(event);
      // A critical one is told at once, at whatever hour.
      const before = world.arrived.length;
      await world.take({ kind: 'raise', alarm: 9, priority: 'critical' });
      expect(world.arrived.slice(before).filter(({ id, at }) => id.includes('-raised-') && at === world.now)).toHaveLength(2);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
