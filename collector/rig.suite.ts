/**
 * A bench for the whole pipeline: the real journal and the real embedded store in a temporary folder, a bus in memory,
 * and a clock that moves only when told to. Comes in: packets as devices send them, what people do, who is connected. Goes out:
 * history, live records, alarms, what people are told, and a collector that can be stopped, or cut off in the middle of anything, and started again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Action, Outcome } from '../contract/actions.ts';
import type { AlarmRecord, Incident, LineAlarms } from '../contract/alarm.ts';
import type { Bus, BusListener } from '../contract/bus.ts';
import { systemClock, type Clock, type Stop } from '../contract/clock.ts';
import type { History } from '../contract/history.ts';
import type { LiveRecord } from '../contract/live.ts';
import type { Plant } from '../contract/plant.ts';
import { actionTopic, outcomeTopic } from '../contract/system.ts';
import { parseTopic, topicOf } from '../contract/topics.ts';
import type { Journal, JournalReader } from '../journal/journal.ts';
import { openLevelJournal } from '../journal/level.ts';
import { openDuckdbStore } from '../store/duckdb.ts';
import { createHistory } from '../store/history.ts';
import type { Store } from '../store/store.ts';
import type { Notifier, Told } from './notify/notifier.ts';
import { startCollector, type Collector, type CollectorHealth } from './pipeline.ts';

const log = pino({ level: 'silent' });
const retention = { rawDays: 36_500, rawBytes: 1e12, minuteYears: 100 };
/** Long enough for a commit, for a line to be corrected again, and for derived rows to be written. */
const quietMs = 2_500;

/** One packet as a device sends it; a payload that is text already goes out as it is. */
export interface Packet {
  readonly line: string;
  readonly receivedAt: number;
  readonly payload: unknown;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that stands still until it is moved. */
export class HandClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #repeating: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Stop {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return () => {
      this.#timers = this.#timers.filter((other) => other.callback !== callback);
    };
  }

  every(_milliseconds: number, callback: () => void): Stop {
    this.#repeating.push(callback);
    return () => {
      this.#repeating = this.#repeating.filter((other) => other !== callback);
    };
  }

  /** Moves on, never back: what is due is called once, what repeats is called once more. */
  moveTo(now: number): void {
    this.#now = Math.max(this.#now, now);
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
    for (const callback of [...this.#repeating]) callback();
  }

  /** The machine's clock is set: timers do not notice. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
    this.#timers = this.#timers.map(({ at, callback }) => ({ at: at + milliseconds, callback }));
  }

  /** Resolves once somebody waits for time to pass. */
  async idle(): Promise<void> {
    if (this.#timers.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** As if whoever set timers had never been. */
  forgetTimers(): void {
    this.#timers = [];
    this.#repeating = [];
  }
}

/** A live record and when it was published. */
export interface Published {
  readonly at: number;
  readonly record: LiveRecord;
}

export interface RigOptions {
  readonly plant: Plant;
  /** When it is as the rig opens. */
  readonly now: number;
  /** Another store than the embedded one. Its time is the rig's, its timers are real ones. */
  readonly openStore?: (plant: Plant, clock: Clock) => Promise<Store>;
  /** Whether devices reach the broker; absent: always. */
  readonly hearsDevices?: () => boolean;
  /** Waited for before the collector's calls reach the store, by the name of the call. */
  readonly before?: (call: string) => Promise<void> | void;
}

export class Rig {
  readonly clock: HandClock;
  readonly store: Store;
  readonly history: History;
  /** The retained live records, by line. */
  readonly live = new Map<string, Published>();
  /** All that was ever published of alarms: the newest of each record and incident; how many a topic retains as open. */
  readonly alarms = new Map<string, AlarmRecord>();
  readonly incidents = new Map<string, Incident>();
  readonly retained = new Map<string, LineAlarms>();
  readonly outcomes: Outcome[] = [];
  /** What people were told, by one collector after the other. */
  readonly told: Told[] = [];
  readonly #options: RigOptions;
  readonly #folder: string;
  readonly #journal: Journal;
  #records = 0;
  #collector: Collector | null = null;
  #life = new AbortController();
  #hearStatus: BusListener | null = null;
  #tellDelivered: ((alarm: string, at: number) => void) | null = null;
  /** What the store is busy with for the collector. */
  readonly #asked = new Set<Promise<unknown>>();

  private constructor(options: RigOptions, folder: string, clock: HandClock, journal: Journal, store: Store) {
    this.#options = options;
    this.#folder = folder;
    this.clock = clock;
    this.#journal = journal;
    this.store = store;
    this.history = this.historyAt(clock);
  }

  static async open(options: RigOptions): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'bobbin-rig-'));
    const clock = new HandClock(options.now);
    const journal = await openLevelJournal({ folder: join(folder, 'journal'), limitBytes: 1e9, clock: systemClock, log });
    const { plant, openStore } = options;
    const store = openStore
      ? await openStore(plant, { ...systemClock, now: () => clock.now() })
      : await openDuckdbStore({ folder: join(folder, 'store'), plant, retention, clock, log });
    const rig = new Rig(options, folder, clock, journal, store);
    await rig.start();
    return rig;
  }

  /** The same store, seen at another time. */
  historyAt(clock: Pick<Clock, 'now'>): History {
    return createHistory({ store: this.store, plant: this.#options.plant, clock: { ...systemClock, now: () => clock.now() } });
  }

  async start(): Promise<void> {
    const { plant, before, hearsDevices } = this.#options;
    const life = new AbortController();
    const bus: Bus = {
      publish: (topic, payload) => {
        if (!life.signal.aborted) this.#hear(topic, JSON.parse(String(payload)));
      },
      record: () => Promise.reject(new Error('nothing is recorded on this bus')),
      subscribe: (_filter, listener) => {
        this.#hearStatus = listener;
        return Promise.resolve(() => undefined);
      },
    };
    const notifier: Notifier = {
      take: (told) => {
        if (!life.signal.aborted) this.told.push(...told);
      },
      changed: () => undefined,
      trial: () => Promise.resolve({ ok: true }),
      health: () => [],
      close: () => Promise.resolve(),
    };
    this.#life = life;
    this.#collector = await startCollector({
      journal: untilCut<JournalReader>(this.#journal, life.signal, new Set()),
      store: untilCut(this.store, life.signal, this.#asked, before),
      bus,
      hearsDevices,
      openNotifier: ({ onDelivered }) => {
        this.#tellDelivered = onDelivered;
        return notifier;
      },
      plant,
      clock: this.clock,
      log,
    });
  }

  /** Hands a packet to the journal, which has it on disk then. */
  async send({ line, receivedAt, payload }: Packet): Promise<void> {
    const place = this.#options.plant.lines.get(line);
    if (!place) throw new Error(`no such line: ${line}`);
    const bytes = Buffer.from(JSON.stringify(payload));
    const topic = topicOf(place, 'telemetry');
    this.#records += 1;
    await this.#journal.append({ kind: 'telemetry', topic, receivedAt, payload: bytes, payloadBytes: bytes.length });
  }

  /** Hands what somebody does to the journal. */
  async act(action: Action): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(action));
    this.#records += 1;
    const receivedAt = this.clock.now();
    await this.#journal.append({ kind: 'action', topic: actionTopic, receivedAt, payload: bytes, payloadBytes: bytes.length });
  }

  /** Says over the bus that a line's device came or went. */
  connect(line: string, status: 'online' | 'offline'): void {
    const place = this.#options.plant.lines.get(line);
    if (place) this.#hearStatus?.(topicOf(place, 'status'), Buffer.from(status));
  }

  deliver(alarm: string): void {
    this.#tellDelivered?.(alarm, this.clock.now());
  }

  /** Lets the broker forget what was retained. */
  renew(): void {
    this.retained.clear();
    this.#collector?.renew();
  }

  health(): Promise<CollectorHealth> {
    if (!this.#collector) throw new Error('no collector runs');
    return this.#collector.health();
  }

  /** Lets time pass, and the collector do what is due then; what the disk has to say meanwhile gets its turn. */
  async pass(milliseconds: number): Promise<void> {
    this.clock.moveTo(this.clock.now() + milliseconds);
    await this.clock.idle();
    await new Promise<void>((resolve) => setImmediate(resolve));
    await Promise.allSettled(this.#asked);
  }

  /** Passes time until everything sent is stored, and every figure follows from it. */
  async settle(): Promise<void> {
    while ((await this.store.cursor()).position < this.#records) await this.pass(200);
    for (const from = this.clock.now(); this.clock.now() < from + quietMs;) await this.pass(200);
    while ((await this.store.dirty()).length > 0) await this.pass(200);
    await this.pass(200);
  }

  /** Stops the collector as the product does. */
  async stop(): Promise<void> {
    const stopped = this.#collector?.close().then(() => 'stopped' as const);
    while ((await Promise.race([stopped, this.clock.idle()])) !== 'stopped') {
      this.clock.moveTo(this.clock.now() + 200);
      // Where somebody waits for time at every moment, the disk would never get its turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await this.kill();
  }

  /** Cuts the collector off from everything, wherever it is; what the store was doing for it is still done. */
  async kill(): Promise<void> {
    this.#life.abort();
    this.clock.forgetTimers();
    this.#collector = null;
    await Promise.allSettled(this.#asked);
  }

  #hear(topic: string, message: unknown): void {
    const channel = parseTopic(topic)?.channel;
    if (topic === outcomeTopic) this.outcomes.push(message as Outcome);
    else if (channel === 'live') {
      const record = message as LiveRecord;
      this.live.set(record.id, { at: this.clock.now(), record });
    } else {
      const alarms = message as LineAlarms;
      this.retained.set(topic, alarms);
      for (const record of alarms.records) this.alarms.set(record.id, record);
      for (const incident of alarms.incidents) this.incidents.set(incident.id, incident);
    }
  }

  async close(): Promise<void> {
    await this.kill();
    await this.#journal.close();
    await this.store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The same part until the signal; from then on no call to it is ever answered. */
function untilCut<Part extends object>(
  part: Part,
  signal: AbortSignal,
  asked: Set<Promise<unknown>>,
  before: RigOptions['before'] = () => undefined,
): Part {
  const never = new Promise<never>(() => undefined);
  const cut = (): boolean => signal.aborted;
  return new Proxy(part, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      // A part of the part, such as the alarm book: its calls are told as "alarms.enter".
      if (typeof member === 'object' && member !== null) {
        return untilCut(member, signal, asked, (call) => before(`${String(name)}.${call}`));
      }
      if (typeof member !== 'function') return member;
      const call = (args: unknown[]): unknown => Reflect.apply(member, target, args) as unknown;
      // A stream is no promise: whoever was cut off may read it to its end.
      if (name === 'readings') return (...args: unknown[]) => call(args);
      return async (...args: unknown[]) => {
        await before(String(name));
        if (cut()) return never;
        const answer = Promise.resolve(call(args));
        asked.add(answer);
        await Promise.allSettled([answer]);
        asked.delete(answer);
        return cut() ? never : answer;
      };
    },
  });
}
