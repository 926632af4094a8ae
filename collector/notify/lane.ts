/**
 * A lane: all messages that go over one channel, one at a time. Comes in: deliveries that are due now or later. Goes out: messages, and what became of each
 * delivery. What a channel cannot take one by one is folded into one message, what fails is tried again with growing pauses, and no lane waits
 * for another.
 */
import { createHash } from 'node:crypto';
import { priorities, type Priority } from '../../contract/alarm.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { Channel, Person } from '../../contract/duty.ts';
import type { ChannelHealth, Delivery } from '../../contract/notify.ts';
import { allowanceOf, isShared, secretsOf } from './channel.ts';
import { withoutSecrets } from './harmless.ts';
import type { Message, Sender, Sent } from './message.ts';
import { Pace } from './pace.ts';
import { withdrawn } from './plan.ts';
import type { Notice } from './texts.ts';

/** A delivery on its way. What it says is worked out when it is sent, so that it says what is so then. */
export interface Item {
  readonly delivery: Delivery;
  readonly people: readonly Person[];
  readonly priority: Priority;
  readonly notice: (now: number) => Notice;
  /** When it may be sent, from `now` on: later where it has waited into quiet hours. */
  readonly mayGoAt: (now: number) => number;
}

export interface LaneParts {
  readonly channel: Channel;
  readonly sender: Sender;
  readonly listUrl: string;
  readonly clock: Clock;
  /** Told of every change of a delivery. */
  readonly onChange: (delivery: Delivery) => void;
  readonly onHealth: (id: string, ok: boolean, error: string | null) => void;
}

/** Not tried yet; to be sent from then on, which is later than it was due where it has waited into quiet hours. */
interface Fresh extends Item {
  readonly from: number;
}

/** Items that go out as one message, and stay together until it has arrived or was given up. */
interface Batch {
  readonly key: string;
  items: Item[];
  attempts: number;
  notBefore: number;
}

/** Pauses of 1, 2, 4 … 256 s, then of 5 minutes: given up after about a quarter of an hour; DingTalk's longest sulk is over by then. */
const attemptsMost = 12;
const attemptsRefused = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
/** After a failure the whole channel rests, but never longer than this, so that what is urgent finds it soon after it is back. */
const longestRestMs = 60_000;
const failuresToTell = 3;
const failingToTellMs = 300_000;
const batchMost = 500;

export class Lane {
  readonly #parts: LaneParts;
  readonly #pace: Pace;
  readonly #secrets: readonly string[];
  #fresh: Fresh[] = [];
  #tried: Batch[] = [];
  #sending: Promise<void> | null = null;
  /** What is being sent right now. */
  #flying: readonly Item[] = [];
  #stopTimer: Stop | null = null;
  #restUntil = 0;
  #failures = 0;
  #failingSince: number | null = null;
  #tellsOk = true;
  #error: string | null = null;
  #deliveredAt: number | null = null;
  #closed = false;
  /** What was withdrawn while it was on its way: if it does not arrive, it is not sent again. */
  readonly #needless = new Set<string>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#pace = new Pace(allowanceOf(parts.channel));
    this.#secrets = secretsOf(parts.channel);
  }

  add(items: readonly Item[]): void {
    this.#fresh.push(...items.map((item) => ({ ...item, from: item.delivery.dueAt })));
    this.#pump();
  }

  /** Gives up what has become needless. What is on its way just now arrives, or is given up too. */
  withdraw(isNeedless: (delivery: Delivery) => boolean): void {
    const now = this.#parts.clock.now();
    const keep = (item: Item): boolean => {
      if (!isNeedless(item.delivery)) return true;
      this.#parts.onChange(withdrawn(item.delivery, now));
      return false;
    };
    this.#fresh = this.#fresh.filter(keep);
    for (const batch of this.#tried) batch.items = batch.items.filter(keep);
    this.#tried = this.#tried.filter(({ items }) => items.length > 0);
    for (const { delivery } of this.#flying) if (isNeedless(delivery)) this.#needless.add(delivery.id);
  }

  /** Gives up the least urgent of what waits, the oldest of those first; false where nothing waits. */
  yield(error: string): boolean {
    const now = this.#parts.clock.now();
    const last = this.#fresh.reduce<Fresh | null>((least, item) => {
      return least === null || priorities.indexOf(item.priority) > priorities.indexOf(least.priority) ? item : least;
    }, null);
    if (last === null) return false;
    this.#fresh = this.#fresh.filter((item) => item !== last);
    this.#parts.onChange({ ...last.delivery, failedAt: now, error });
    return true;
  }

  /** One attempt at a message, at once and by itself. */
  async trial(message: Message): Promise<Sent> {
    this.#pace.count(this.#parts.clock.now());
    const sent = this.#clean(await this.#parts.sender(message));
    this.#judge(sent);
    this.#pump();
    return sent;
  }

  /** Whether it is still to be sent: then it will say what is so by that time. */
  holds(id: string): boolean {
    return [...this.#fresh, ...this.#tried.flatMap(({ items }) => items)].some(({ delivery }) => delivery.id === id);
  }

  waiting(): number {
    return this.#fresh.length + this.#flying.length + this.#tried.reduce((sum, { items }) => sum + items.length, 0);
  }

  health(): ChannelHealth {
    const { id, kind } = this.#parts.channel;
    return { id, kind, ok: this.#isWell(), waiting: this.waiting(), deliveredAt: this.#deliveredAt, error: this.#error };
  }

  /** Says when a channel began to fail, or works again; time alone can make it so. */
  check(): void {
    const ok = this.#isWell();
    if (ok === this.#tellsOk) return;
    this.#tellsOk = ok;
    this.#parts.onHealth(this.#parts.channel.id, ok, this.#error);
  }

  /** Takes nothing more up; resolves once what is on its way has arrived or failed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer?.();
    await this.#sending;
  }

  #pump(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (this.#sending !== null || this.#closed) return;
    const { clock } = this.#parts;
    const now = clock.now();
    const at = Math.max(this.#dueAt(), this.#restUntil, this.#pace.freeAt(now));
    if (at === Number.POSITIVE_INFINITY) return;
    if (at > now) {
      this.#stopTimer = clock.after(at - now, () => {
        this.#pump();
      });
      return;
    }
    const batch = this.#awake(this.#next(now), now);
    if (batch === null) {
      this.#pump();
      return;
    }
    this.#flying = batch.items;
    this.#sending = this.#attempt(batch).finally(() => {
      this.#sending = null;
      this.#flying = [];
      this.#pump();
    });
  }

  #dueAt(): number {
    const fresh = this.#fresh.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY);
    return this.#tried.reduce((least, { notBefore }) => Math.min(least, notBefore), fresh);
  }

  /** What nobody has tried to send comes first, as it is news; failed messages come again in between, when their pauses are over. */
  #next(now: number): Batch {
    const due = this.#fresh.filter(({ from }) => from <= now).sort((a, b) => urgency(a) - urgency(b));
    const [first] = due;
    if (!first) {
      const again = this.#tried.reduce((least, batch) => (batch.notBefore < least.notBefore ? batch : least));
      this.#tried = this.#tried.filter((batch) => batch !== again);
      return again;
    }
    // One by one only while none of them has to wait; the rest of the allowance is for what is urgent.
    const alone = due.length <= this.#pace.alone(now);
    const readers = readersOf(first);
    const items = alone ? [first] : due.filter((item) => isShared(this.#parts.channel) || readersOf(item) === readers).slice(0, batchMost);
    const taken = new Set(items);
    this.#fresh = this.#fresh.filter((item) => !taken.has(item));
    return { key: keyOf(items), items, attempts: 0, notBefore: now };
  }

  /** What has waited into quiet hours waits for their end; what was tried together stays together, and goes if any of it may. */
  #awake(batch: Batch, now: number): Batch | null {
    const times = batch.items.map((item) => item.mayGoAt(now));
    const first = Math.min(...times);
    if (batch.attempts > 0) {
      if (first <= now) return batch;
      this.#tried.push({ ...batch, notBefore: first });
      return null;
    }
    const items = batch.items.filter((item, index) => {
      const from = times[index] ?? now;
      if (from > now) this.#fresh.push({ ...item, from });
      return from <= now;
    });
    return items.length === 0 ? null : { ...batch, key: keyOf(items), items };
  }

  async #attempt(batch: Batch): Promise<void> {
    const { clock, sender, onChange } = this.#parts;
    this.#pace.count(clock.now());
    const message = this.#messageOf(batch, clock.now());
    const sent = this.#clean(await sender(message));
    const now = clock.now();
    this.#judge(sent);
    const attempts = batch.attempts + 1;
    const changed = batch.items.map((item) => ({ ...item, delivery: { ...item.delivery, attempts: item.delivery.attempts + 1 } }));
    if (sent.result === 'sent') {
      for (const { delivery } of changed) onChange({ ...delivery, deliveredAt: now, error: sent.note });
    } else {
      const isOver = attempts >= (sent.result === 'refused' ? attemptsRefused : attemptsMost);
      const pauseMs = Math.max(sent.result === 'busy' ? sent.pauseMs : 0, Math.min(firstPauseMs * 2 ** batch.attempts, longestPauseMs));
      const kept = changed.flatMap((item): Item[] => {
        const delivery = { ...item.delivery, error: sent.error };
        const gone = this.#needless.has(delivery.id);
        onChange(gone ? withdrawn(delivery, now) : isOver ? { ...delivery, failedAt: now } : delivery);
        return gone || isOver ? [] : [{ ...item, delivery }];
      });
      if (kept.length > 0) this.#tried.push({ ...batch, items: kept, attempts, notBefore: now + pauseMs });
    }
    for (const { delivery } of changed) this.#needless.delete(delivery.id);
  }

  #messageOf({ key, items }: Batch, now: number): Message {
    const [first, ...others] = items.map((item) => item.notice(now));
    if (!first) throw new Error('a message without notices');
    const calling = items.filter(({ delivery }) => delivery.occasion !== 'cleared');
    const people = [...new Set((calling.length > 0 ? calling : items).flatMap((item) => item.people))];
    return {
      key,
      notices: [first, ...others],
      people,
      calls: calling.length > 0,
      listUrl: this.#parts.listUrl,
      deliveries: items.map(({ delivery }) => delivery.id),
    };
  }

  #judge(sent: Sent): void {
    const now = this.#parts.clock.now();
    if (sent.result === 'sent') {
      this.#failures = 0;
      this.#failingSince = null;
      this.#restUntil = 0;
      this.#deliveredAt = now;
      this.#error = null;
    } else {
      this.#failures += 1;
      this.#failingSince ??= now;
      this.#error = sent.error;
      // One message that is refused says nothing of the next one.
      const restMs = sent.result === 'unreachable' ? Math.min(firstPauseMs * 2 ** (this.#failures - 1), longestRestMs) : 0;
      this.#restUntil = now + (sent.result === 'busy' ? sent.pauseMs : restMs);
    }
    this.check();
  }

  #isWell(): boolean {
    if (this.#failingSince === null) return true;
    return this.#failures < failuresToTell && this.#parts.clock.now() - this.#failingSince < failingToTellMs;
  }

  #clean(sent: Sent): Sent {
    return sent.result === 'sent' ? sent : { ...sent, error: withoutSecrets(sent.error, this.#secrets) };
  }
}

/** The smaller the more urgent; of equals, those that have waited longer. */
function urgency({ delivery, priority }: Item): number {
  return priorities.indexOf(priority) * 1e15 + delivery.dueAt;
}

function readersOf({ people }: Item): string {
  return people.map(({ id }) => id).join(' ');
}

function keyOf(items: readonly Item[]): string {
  const [first] = items;
  if (items.length === 1 && first) return first.delivery.id;
  const hash = createHash('sha256');
  for (const { delivery } of items) hash.update(`${delivery.id}\n`);
  return `fold-${hash.digest('hex').slice(0, 32)}`;
}
