/**
 * The notifier: who is told what, over which channel, when, how often, and what became of it. Comes in: announcements with the alarms they are of,
 * and records as they change. Goes out: messages to people, deliveries to the alarm book, word of channels that fail. It decides nothing about
 * alarms, and whoever hands it something never waits for it.
 */
import type { Logger } from 'pino';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { Channel, Duty } from '../../contract/duty.ts';
import { noLongerNeeded, type ChannelHealth, type Delivery } from '../../contract/notify.ts';
import type { Plant } from '../../contract/plant.ts';
import type { AlarmBook } from '../../store/alarmbook.ts';
import { Patience } from '../retry.ts';
import { Cases, isNeedless, isUnfinished, subjectOf } from './cases.ts';
import { senderOf } from './channel.ts';
import { Lane, type Item } from './lane.ts';
import type { Sender } from './message.ts';
import { Notebook } from './notebook.ts';
import { clearedDeliveries, firstDeliveries, isTakenOn, laterDeliveries, nextTurn, reachableAt, type Planned, type Told } from './plan.ts';
import { recover, type ReadableBook, type Recovered } from './recovery.ts';
import { resumptionOf } from './resumption.ts';
import { Rota } from '../../kpi/rota.ts';
import { Wording } from './texts.ts';

export type { Told } from './plan.ts';

export type TrialResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

export interface Notifier {
  /** Announcements that have not been handed over before; what the book holds of them is taken up again at the start by itself. */
  take(told: readonly Told[]): void;
  /** A record that is open, or was lately, as it is now: what somebody dealt with, or what is over, is not reminded of any more. */
  changed(record: AlarmRecord): void;
  /** Sends a test message at once, to the person with that user name where there is one; says in plain words why it did not arrive. */
  trial(channel: string, who: string): Promise<TrialResult>;
  health(): ChannelHealth[];
  /** Waits for what is on its way, 10 s at most; what waits goes on after the next start. */
  close(): Promise<void>;
}

export interface NotifierParts {
  readonly duty: Duty;
  readonly plant: Plant;
  /** Where links in messages lead, without a slash at the end. */
  readonly publicUrl: string;
  readonly book: Pick<AlarmBook, 'saveDeliveries'> & ReadableBook;
  readonly clock: Clock;
  readonly log: Logger;
  /** How a channel is sent over; absent: as its kind says. */
  readonly openSender?: ((channel: Channel, clock: Clock) => Sender) | undefined;
  /** Somebody was told of this alarm; may come more than once. */
  readonly onDelivered: (alarm: string, at: number) => void;
  /** A channel began to fail (`error` in plain words, without secrets), or works again. */
  readonly onChannel: (id: string, ok: boolean, error: string | null) => void;
}

const lookEveryMs = 1_000;
/** Over all channels; beyond it the least urgent of the fullest one is given up. */
const waitingMost = 10_000;
const knownMost = 50_000;

export function createNotifier(parts: NotifierParts): Notifier {
  return new Desk(parts);
}

class Desk implements Notifier {
  readonly #parts: NotifierParts;
  readonly #rota: Rota;
  readonly #wording: Wording;
  readonly #notebook: Notebook;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #cases = new Cases();
  /** Announcements that were handed over, or found in the book. */
  readonly #known = new Set<string>();
  readonly #stop: Stop;
  #overflowing = false;
  #trials = 0;

  constructor(parts: NotifierParts) {
    const { duty, plant, publicUrl, book, clock, log } = parts;
    this.#parts = parts;
    this.#rota = new Rota(duty, plant);
    this.#wording = new Wording(plant, publicUrl);
    this.#notebook = new Notebook(book, clock, log);
    this.#lanes = new Map(duty.channels.map((channel) => [channel.id, this.#laneOf(channel)]));
    this.#stop = clock.every(lookEveryMs, () => {
      this.#look();
    });
    const patience = new Patience(clock, log);
    const began = clock.now();
    void patience
      .untilDone('read what people still have to be told', () => recover(book, plant, began))
      .then((recovered) => {
        this.#resume(recovered);
      });
  }

  take(told: readonly Told[]): void {
    const fresh = told.filter(({ announcement }) => this.#isNew(announcement.id));
    this.#enqueue(fresh.flatMap((one) => this.#begin(one)));
  }

  changed(record: AlarmRecord): void {
    const now = this.#parts.clock.now();
    for (const known of this.#cases.update(record)) {
      const needless = new Set<string>();
      for (const delivery of known.deliveries.values()) {
        if (isUnfinished(delivery) && isNeedless(known.told, delivery, now)) needless.add(delivery.id);
      }
      if (needless.size === 0) continue;
      for (const lane of this.#lanes.values()) lane.withdraw(({ id }) => needless.has(id));
    }
  }

  async trial(channel: string, who: string): Promise<TrialResult> {
    const { duty, clock } = this.#parts;
    const lane = this.#lanes.get(channel);
    if (!lane) return { ok: false, message: `There is no channel "${channel}".` };
    const person = duty.people.find(({ username }) => username === who);
    const isMail = duty.channels.some(({ id, kind }) => id === channel && kind === 'email');
    if (isMail && person?.email === undefined) return { ok: false, message: `No e-mail address is known of "${who}".` };
    const now = clock.now();
    this.#trials += 1;
    const id = `trial-${now.toString(36)}-${String(this.#trials)}-${channel}`;
    const people = person ? [person] : [];
    const sent = await lane.trial({
      key: id,
      notices: [this.#wording.trial(person?.name ?? who, now)],
      people,
      calls: true,
      listUrl: this.#wording.listUrl(null),
      deliveries: [id],
    });
    const at = clock.now();
    const isSent = sent.result === 'sent';
    this.#notebook.note({
      ...{ id, announcement: id, alarm: null, incident: null, channel, to: people.map(({ name }) => name), occasion: 'trial', level: 0 },
      ...{ dueAt: now, attempts: 1, deliveredAt: isSent ? at : null, failedAt: isSent ? null : at, error: isSent ? sent.note : sent.error },
    });
    return isSent ? { ok: true } : { ok: false, message: sent.error };
  }

  health(): ChannelHealth[] {
    return [...this.#lanes.values()].map((lane) => lane.health());
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    await this.#notebook.close();
  }

  #laneOf(channel: Channel): Lane {
    const { clock, log, onChannel, openSender = senderOf } = this.#parts;
    return new Lane({
      channel,
      sender: openSender(channel, clock),
      listUrl: this.#wording.listUrl(null),
      clock,
      onChange: (delivery) => {
        this.#settle(delivery);
      },
      onHealth: (id, ok, error) => {
        if (ok) log.info({ channel: id }, 'the channel works again');
        else log.warn({ channel: id, error }, 'the channel fails');
        onChannel(id, ok, error);
      },
    });
  }

  #isNew(announcement: string): boolean {
    if (this.#known.has(announcement)) return false;
    this.#known.add(announcement);
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size > knownMost) this.#known.delete(oldest);
    return true;
  }

  /** What an announcement asks for at once, and the case it begins or ends. */
  #begin(told: Told): Planned[] {
    const { duty } = this.#parts;
    const { kind, at } = told.announcement;
    if (kind === 'cleared' || kind === 'incident-cleared') {
      const known = this.#cases.get(subjectOf(told.announcement));
      if (!known) return [];
      // What has not left yet will tell the end together with the beginning.
      const before = [...known.deliveries.values()].filter(({ id, channel }) => this.#lanes.get(channel)?.holds(id) !== true);
      return clearedDeliveries(told, this.#rota, duty, before);
    }
    if (kind === 'flood') return firstDeliveries(told, this.#rota);
    if (told.records.some(isTakenOn)) return [];
    const planned = firstDeliveries(told, this.#rota);
    const first = planned[0]?.delivery.dueAt ?? at;
    this.#cases.schedule(this.#cases.open(told, first), nextTurn(told, this.#rota, duty, first));
    return planned;
  }

  /** Reminders and escalations, and channels that time alone makes fail. */
  #look(): void {
    const { duty, clock } = this.#parts;
    const now = clock.now();
    for (const known of this.#cases.due(now)) {
      // What was missed may be due at an hour at which nobody can be told.
      const at = nextTurn(known.told, this.#rota, duty, known.after, now);
      if (at !== null && at > now) {
        this.#cases.schedule(known, at);
        continue;
      }
      const planned = laterDeliveries(known.told, this.#rota, duty, known.after, now);
      known.after = now;
      this.#cases.schedule(known, nextTurn(known.told, this.#rota, duty, now));
      this.#enqueue(planned);
    }
    for (const lane of this.#lanes.values()) lane.check();
  }

  #enqueue(planned: readonly Planned[]): void {
    const byChannel = new Map<string, Item[]>();
    for (const one of planned) {
      const { channel } = one.delivery;
      const items = byChannel.get(channel) ?? [];
      byChannel.set(channel, items);
      items.push(this.#itemOf(one));
      this.#settle(one.delivery);
    }
    for (const [channel, items] of byChannel) this.#lanes.get(channel)?.add(items);
    this.#bound();
  }

  /** Records and incidents are looked at when it is sent, not now. */
  #itemOf({ told, delivery, people }: Planned): Item {
    const subject = subjectOf(delivery);
    return {
      delivery,
      people,
      priority: told.announcement.priority,
      mayGoAt: (now) => reachableAt(told, this.#rota, now),
      notice: (now) => {
        const records = this.#cases.get(subject)?.told.records ?? told.records;
        return this.#wording.notice({ ...told, records }, delivery.occasion, now);
      },
    };
  }

  #bound(): void {
    const lanes = [...this.#lanes.values()];
    let waiting = lanes.reduce((sum, lane) => sum + lane.waiting(), 0);
    if (waiting > waitingMost !== this.#overflowing) {
      this.#overflowing = waiting > waitingMost;
      if (this.#overflowing) this.#parts.log.error({ waiting }, 'too many messages wait to be sent; giving up the least urgent');
    }
    while (waiting > waitingMost) {
      const fullest = lanes.reduce((most, lane) => (lane.waiting() > most.waiting() ? lane : most));
      if (!fullest.yield('too many messages waited')) return;
      waiting -= 1;
    }
  }

  /** Writes down what became of a delivery, and tells who has to know. */
  #settle(delivery: Delivery): void {
    const { log, onDelivered } = this.#parts;
    this.#notebook.note(delivery);
    const known = this.#cases.get(subjectOf(delivery));
    known?.deliveries.set(delivery.id, delivery);
    const { id, channel, alarm, incident, occasion, deliveredAt, failedAt, error } = delivery;
    if (failedAt !== null && error !== noLongerNeeded) log.warn({ delivery: id, channel, error }, 'a message was given up');
    if (deliveredAt === null || occasion === 'cleared') return;
    const alarms = incident === null ? [alarm] : (known?.told.records.map((record) => record.id) ?? []);
    for (const one of alarms) if (one !== null) onDelivered(one, deliveredAt);
  }

  /** Goes on with what the book holds, unless it has been handed over since. */
  #resume(recovered: Recovered): void {
    const { duty, clock, log } = this.#parts;
    const now = clock.now();
    const taken = new Set(this.#known);
    const told = recovered.told.filter(({ announcement }) => this.#isNew(announcement.id));
    const deliveries = recovered.deliveries.filter(({ announcement }) => !taken.has(announcement));
    const { cases, planned, unfinished, lost } = resumptionOf({ told, deliveries }, this.#rota, duty, now);
    // What was handed over since is newer.
    for (const one of cases) {
      const known = this.#cases.get(subjectOf(one.told.announcement));
      if (known && taken.has(known.told.announcement.id)) continue;
      const opened = this.#cases.open(one.told, one.after);
      for (const delivery of one.deliveries) opened.deliveries.set(delivery.id, delivery);
      this.#cases.schedule(opened, nextTurn(one.told, this.#rota, duty, one.after));
    }
    for (const delivery of lost) this.#settle(delivery);
    this.#enqueue([...unfinished, ...planned]);
    if (unfinished.length + planned.length > 0)
      log.info({ messages: unfinished.length + planned.length }, 'going on with messages from before the start');
  }
}
