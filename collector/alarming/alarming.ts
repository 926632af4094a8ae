/**
 * Alarming: the edge around the alarm engine, at the end of the journal. Comes in: packets and actions in the journal's order, who is connected, the
 * time, how the system itself is. Goes out: alarms on the bus, in live records, to the notifier, into the alarm book; outcomes of actions. It waits
 * for nobody: with the store down, faults are told all the same.
 *
 * After a restart it goes on from the book's snapshot, reads the journal from there, and then takes up what the book knows besides. Until it has
 * caught up, time is what the journal says, and nobody is told; from then on it is the clock, a little behind for what is still on its way.
 */
import type { Logger } from 'pino';
import type { ActionOutcome, AlarmRecord, Announcement } from '../../contract/alarm.ts';
import type { Bus } from '../../contract/bus.ts';
import type { Clock } from '../../contract/clock.ts';
import type { ChannelHealth } from '../../contract/notify.ts';
import type { Plant } from '../../contract/plant.ts';
import { parseTopic } from '../../contract/topics.ts';
import type { JournalReader, Position } from '../../journal/journal.ts';
import type { Store } from '../../store/store.ts';
import { AlarmEngine } from '../alarms/engine.ts';
import type { AlarmEvent, Outcome } from '../alarms/events.ts';
import type { Packet, Stretch } from '../intake.ts';
import type { Live } from '../live.ts';
import type { Notifier, NotifierParts, Told } from '../notify/notifier.ts';
import { Board } from './board.ts';
import { Bookkeeping } from './bookkeeping.ts';
import { Deeds } from './deeds.ts';
import { Lateness } from './lateness.ts';
import { packed, type Memory } from './memory.ts';
import { Troubles } from './troubles.ts';

/** A reading that was received may be on its way this long, through disk and threads: the clock's time is not over before. */
const slackMs = 250;
/** The journal is read faster than this where there is anything to read. */
const readMs = 100;
/** A gap as long as this between two ticks is time in which the system itself was away. */
const awayMs = 10_000;
/** And as long as this in what was missed: no start is quicker, and what follows its end gives devices time to come back anyway. */
const unheardMs = 1_000;

/** Makes the notifier, which tells back what became of it. */
export type OpenNotifier = (ears: Pick<NotifierParts, 'onDelivered' | 'onChannel'>) => Notifier;

export interface AlarmingParts {
  readonly journal: JournalReader;
  readonly store: Pick<Store, 'alarms' | 'readings' | 'checkpoint'>;
  readonly live: Pick<Live, 'alarm'>;
  readonly bus: Bus;
  readonly plant: Plant;
  readonly clock: Clock;
  readonly log: Logger;
  readonly openNotifier?: OpenNotifier | undefined;
  /** Whether devices can reach the broker, as far as is known here; absent: as long as this process runs. */
  readonly hearsDevices?: (() => boolean) | undefined;
  readonly storeTrouble: () => string | null;
}

export class Alarming {
  readonly #parts: AlarmingParts;
  readonly #memory: Memory;
  readonly #engine: AlarmEngine;
  readonly #board: Board;
  readonly #bookkeeping: Bookkeeping;
  readonly #lateness: Lateness;
  readonly #troubles: Troubles;
  readonly #deeds: Deeds;
  readonly #notifier: Notifier | null;
  #position: Position;
  #storedTo: Position = 0;
  /** What happened before the engine had caught up, to be told to it then; announcements, to be told to people. */
  #waiting: AlarmEvent[] | null = [];
  #held: Announcement[];
  /** Since when whoever reads waits for the journal; null while nobody does. */
  #awaitedAt: number | null = null;
  #heardAt: number | null;
  #tickedAt: number;

  constructor(parts: AlarmingParts, memory: Memory) {
    const { store, bus, plant, clock, log, openNotifier } = parts;
    this.#parts = parts;
    this.#memory = memory;
    this.#position = memory.position;
    this.#held = [...memory.held];
    this.#tickedAt = clock.now();
    this.#engine = new AlarmEngine(plant, memory.engine);
    this.#heardAt = memory.engine === null ? null : this.#engine.now;
    this.#board = new Board(bus, plant);
    for (const record of this.#engine.records()) if (record.state !== 'normal') this.#board.set(record);
    for (const incident of memory.incidents) this.#board.setIncident(incident);
    this.#bookkeeping = new Bookkeeping({
      ...{ book: store.alarms, clock, log, position: () => this.#position, keptFrom: memory.position, hasSnapshot: memory.engine !== null },
      snapshot: () => packed(this.#position, this.#engine, { late: this.#lateness.marks(), held: this.#held }),
    });
    this.#lateness = new Lateness(
      {
        ...{ store, clock, log, rulesOf: (line) => this.#engine.rulesOf(line), alarmsOf: (line) => this.#bookkeeping.waiting(line) },
        take: (stretch) => {
          this.#tell({ kind: 'stretch', at: this.#engine.now, stretch });
        },
      },
      memory.late,
    );
    this.#notifier =
      openNotifier?.({
        onDelivered: (alarm, at) => {
          this.#tell({ kind: 'delivered', alarm, at });
        },
        onChannel: (id, ok, error) => {
          this.#troubles.channel(id, ok, error);
        },
      }) ?? null;
    this.#troubles = new Troubles({
      ...{ journal: parts.journal, storeTrouble: parts.storeTrouble, clock },
      tell: (trouble) => {
        this.#tell({ kind: 'system', at: this.#engine.now, trouble });
      },
    });
    this.#deeds = new Deeds({
      ...{ bus, notifier: this.#notifier, clock, log },
      feed: (event) => this.#feed(event),
      recall: (alarm) => {
        this.#recall(alarm);
      },
      overrideBefore: (placed) => this.#engine.overrideBefore(placed),
      changed: (change) => {
        this.#bookkeeping.changed(change);
      },
    });
  }

  /** All of the journal before it is in the engine. */
  get position(): Position {
    return this.#position;
  }

  /** Whoever reads the journal for it has nothing to read and waits: all that was received is known, but for what is on its way. */
  awaits(): void {
    this.#awaitedAt = this.#parts.clock.now();
  }

  take({ packets, putOff, deeds, next, unreadable }: Stretch): void {
    this.#awaitedAt = null;
    if (unreadable > 0) this.#parts.log.warn({ records: unreadable }, 'actions in the journal cannot be read, and are left out');
    let done = 0;
    for (const packet of packets) {
      for (let deed = deeds[done]; deed && deed.position < packet.position; deed = deeds[done]) {
        if (deed.position >= this.#position) this.#deeds.take(deed);
        done += 1;
      }
      if (packet.position >= this.#position) this.#packet(packet);
    }
    for (const deed of deeds.slice(done)) if (deed.position >= this.#position) this.#deeds.take(deed);
    for (const { topic, oldest, newest, position } of putOff) {
      const line = parseTopic(topic)?.line;
      if (line !== undefined && position >= this.#position) this.#lateness.mark(line, oldest, newest, position);
    }
    this.#position = Math.max(this.#position, next);
  }

  connected(line: string, connected: boolean): void {
    this.#tell({ kind: 'connection', line, at: this.#parts.clock.now(), connected });
  }

  /** What is due by the clock; called many times a second. */
  tick(now: number): void {
    const wasAway = now - this.#tickedAt > awayMs;
    this.#tickedAt = now;
    const hasRead = this.#awaitedAt !== null && now - this.#awaitedAt >= readMs;
    if (this.#waiting !== null && hasRead && this.#position >= this.#memory.end) this.#catchUp(now);
    if (this.#waiting === null) {
      if (hasRead || wasAway) this.#pass(now, wasAway);
      this.#troubles.tick(now);
      this.#board.publish(now);
      this.#lateness.tick(now, this.#storedTo);
    }
    this.#bookkeeping.tick(now, this.#waiting !== null);
  }

  /** Readings up to there are stored; gives up to where the journal may be forgotten. */
  stored(position: Position): Position {
    this.#storedTo = Math.max(this.#storedTo, position);
    return Math.min(position, this.#bookkeeping.keptFrom);
  }

  /** The broker has forgotten what was retained on it, and was away: nobody could be heard. */
  renew(): void {
    this.#board.renew();
    if (this.#waiting === null) this.#listen(this.#parts.clock.now());
  }

  channels(): ChannelHealth[] {
    return this.#notifier?.health() ?? [];
  }

  async close(): Promise<void> {
    await this.#bookkeeping.close();
    await this.#notifier?.close();
  }

  #packet({ position, receivedAt, readings, rejections }: Packet): void {
    if (this.#waiting !== null) {
      if (position >= this.#memory.end) this.#catchUp(this.#memory.begun);
      else if (this.#heardAt !== null && receivedAt - this.#heardAt > unheardMs) this.#listen(receivedAt);
    }
    this.#heardAt = receivedAt;
    const refused = new Set(rejections.map(({ line }) => line));
    for (const line of refused) this.#feed({ kind: 'rejection', line, at: receivedAt });
    for (const reading of readings) {
      this.#lateness.see(reading, this.#engine.isBehind(reading), position);
      this.#feed({ kind: 'reading', reading });
    }
  }

  /** The journal is read as far as it went when this began, or to its end: what the book knows besides is taken up, and people are told. */
  #catchUp(at: number): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.#feed({ kind: 'known', at: this.#engine.now, records: [...this.#memory.records.values()], told: this.#memory.told });
    this.#listen(at);
    for (const event of waiting) this.#feed(event);
    this.#hand(this.#held);
    this.#held = [];
    for (const { id, ok, error } of this.channels()) this.#troubles.channel(id, ok, error);
    for (const line of this.#parts.plant.lines.keys()) this.#parts.live.alarm(line, this.#board.alarmOf(line));
    this.#board.renew();
  }

  #pass(now: number, wasAway: boolean): void {
    const at = now - slackMs;
    const isDeaf = wasAway || this.#troubles.isDeaf || this.#parts.hearsDevices?.() === false;
    if (isDeaf) this.#listen(now);
    else if (at > this.#engine.now) this.#feed({ kind: 'time', at });
    this.#board.forget(now);
  }

  /** Nobody could be heard up to `at`. */
  #listen(at: number): void {
    this.#feed({ kind: 'listening', from: this.#engine.now, at });
  }

  /** An alarm that somebody does something to before all that the book knows was taken up. */
  #recall(alarm: string): void {
    const record = this.#memory.records.get(alarm);
    if (record && this.#engine.record(alarm) === null)
      this.#feed({ kind: 'known', at: this.#engine.now, records: [record], told: this.#memory.told });
  }

  /** Of events that have no place in the journal: while the past is being read, they wait. */
  #tell(event: AlarmEvent): void {
    if (this.#waiting === null) this.#feed(event);
    else this.#waiting.push(event);
  }

  #feed(event: AlarmEvent): ActionOutcome | null {
    const outcome = this.#engine.take(event);
    const { records, incidents, announcements, steps } = outcome;
    if (records.length + incidents.length + announcements.length + steps.length > 0) this.#spread(outcome);
    return outcome.action;
  }

  #spread(outcome: Outcome): void {
    const { records, incidents, announcements } = outcome;
    this.#bookkeeping.add(outcome);
    for (const incident of incidents) this.#board.setIncident(incident);
    for (const record of records) {
      this.#board.set(record);
      this.#notifier?.changed(record);
    }
    for (const line of new Set(records.map((record) => record.line))) this.#parts.live.alarm(line, this.#board.alarmOf(line));
    if (this.#waiting === null) this.#hand(announcements);
    else this.#held.push(...announcements);
  }

  /** To whoever tells people, unless that was done before the restart. */
  #hand(announcements: readonly Announcement[]): void {
    const fresh = announcements.filter(({ id }) => !this.#memory.told.has(id));
    if (fresh.length === 0) return;
    this.#notifier?.take(fresh.map((announcement) => this.#told(announcement)));
    this.#bookkeeping.told(fresh);
  }

  #told(announcement: Announcement): Told {
    const incident = announcement.incident === null ? null : this.#board.incident(announcement.incident);
    const ids = announcement.alarm === null ? (incident?.alarms ?? []) : [announcement.alarm];
    const records = ids.flatMap((id): AlarmRecord[] => {
      const record = this.#engine.record(id);
      return record ? [record] : [];
    });
    return { announcement, records, incident };
  }
}
