/**
 * The pipeline, from top to bottom: journal → decode → live fold and alarms → live records and alarms on the bus, and beside
 * it, at its own pace, → store. Comes in: journal records and who is connected. Goes out: live records, alarms, stored
 * readings, health. A store that is slow or down holds up nothing but itself.
 */
import type { Logger } from 'pino';
import type { LatencyMs, StoreHealth } from '../contract/api.ts';
import type { Outcome } from '../contract/actions.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock, Stop } from '../contract/clock.ts';
import type { ChannelHealth } from '../contract/notify.ts';
import type { Plant } from '../contract/plant.ts';
import type { IntakeCounts } from '../contract/reading.ts';
import { outcomeTopic } from '../contract/system.ts';
import { everyLine, parseTopic, topicOf } from '../contract/topics.ts';
import type { JournalReader } from '../journal/journal.ts';
import { createSchedules } from '../kpi/calendar.ts';
import type { SettledCounts, Store } from '../store/store.ts';
import { Alarming, type OpenNotifier } from './alarming/alarming.ts';
import { Lead } from './alarming/lead.ts';
import { remember } from './alarming/memory.ts';
import { Correction } from './correction.ts';
import { createDecoder } from './decode.ts';
import { Intake } from './intake.ts';
import { Latency } from './latency.ts';
import { Ledger } from './ledger.ts';
import { createLive, type Live } from './live.ts';
import { createRecentTimes } from './recent.ts';
import { Storing } from './storing.ts';

/** States run out and silent lines are told again at this pace. */
const tickMs = 50;

export interface CollectorParts {
  readonly journal: JournalReader;
  readonly store: Store;
  readonly bus: Bus;
  readonly plant: Plant;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent: nobody is told of alarms. */
  readonly openNotifier?: OpenNotifier | undefined;
  /** Whether the broker can be reached, where it is in another process. */
  readonly hearsDevices?: (() => boolean) | undefined;
}

export interface CollectorHealth {
  readonly readings: IntakeCounts;
  readonly store: StoreHealth;
  readonly latencyMs: LatencyMs;
}

export interface Collector {
  health(): Promise<CollectorHealth>;
  /** How the notification channels do. */
  channels(): ChannelHealth[];
  /** The broker has forgotten what was retained on it: every line's newest record and alarms are published again. */
  renew(): void;
  /** Takes nothing more in, and resolves once everything taken in is stored, or some seconds later: the journal has the rest. */
  close(): Promise<void>;
}

/** Brings every line back to where it was, then runs until closed. The store stays the caller's to close. */
export async function startCollector(parts: CollectorParts): Promise<Collector> {
  const { journal, store, bus, plant, clock } = parts;
  const log = parts.log.child({ part: 'collector' });
  const schedules = createSchedules(plant.calendars, plant.timezone);
  const cursor = await store.cursor();
  const memory = await remember(parts, cursor.position);
  const undeclared = await store.undeclaredMetrics();
  const decoder = createDecoder(plant, undeclared);
  const intake = new Intake(journal, decoder, cursor.position);
  const live = createLive(plant, schedules);
  const ledger = new Ledger(plant, schedules);
  const correction = new Correction({ store, ledger, intake, live, clock });
  const recent = createRecentTimes(await store.heads());
  const alarming = new Alarming({ ...parts, live, log, storeTrouble: () => storing.health().detail }, memory);
  // The journal is forgotten only when both halves have it.
  const spool: JournalReader = {
    read: (from, maxBytes) => journal.read(from, maxBytes),
    health: () => journal.health(),
    trim: (position) => journal.trim(alarming.stored(position)),
  };
  const answer = (outcome: Outcome): void => {
    bus.publish(outcomeTopic, JSON.stringify(outcome), { retain: false });
  };
  const storing = new Storing({ store, journal: spool, intake, ledger, correction, recent, cursor, plant, answer, clock, log });
  const latency = new Latency();
  const receivedBefore = settled(cursor.counts);

  const begun = clock.now();
  alarming.stored(cursor.position);
  const stops = [
    await hearConnections(bus, live, alarming),
    clock.every(tickMs, () => {
      alarming.tick(clock.now());
    }),
  ];
  // Nobody has to wait for lines to be brought back before being told of a fault.
  const lead = new Lead({ journal, decoder: createDecoder(plant, undeclared), intake, alarming });
  const leading = lead.run();
  await storing.restore();
  log.info({ position: cursor.position, lines: plant.lines.size, tookMs: clock.now() - begun }, 'lines are back to where they were');

  stops.push(
    clock.every(tickMs, () => {
      publish(bus, live, clock);
    }),
  );
  const head = runHead({ intake, live, alarming, lead, latency, bus, clock });
  const tail = storing.run();
  return {
    async health() {
      const { counts } = storing;
      const received = receivedBefore + intake.received;
      const { sizeBytes } = await store.size();
      return {
        readings: { received, ...counts, pending: received - settled(counts) },
        store: { kind: store.kind, ...storing.health(), sizeBytes },
        latencyMs: latency.quantiles(),
      };
    },
    channels: () => alarming.channels(),
    renew() {
      live.renew();
      alarming.renew();
    },
    async close() {
      for (const stop of stops) stop();
      intake.close();
      await tail;
      await alarming.close();
      void Promise.all([head, leading]);
    },
  };
}

interface Head {
  readonly intake: Intake;
  readonly live: Live;
  readonly alarming: Alarming;
  readonly lead: Lead;
  readonly latency: Latency;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** The head of the journal: every reading is on its way to the screens before the store is asked for anything. */
async function runHead({ intake, live, alarming, lead, latency, bus, clock }: Head): Promise<void> {
  for (;;) {
    lead.awaits();
    const stretch = await intake.advance();
    if (!stretch) return;
    for (const { topic, newest, receivedAt } of stretch.putOff) live.passed(topic, newest, receivedAt);
    for (const { readings, rejections } of stretch.packets) {
      for (const { line, ts, receivedAt } of rejections) if (ts !== undefined) live.refused(line, ts, receivedAt);
      for (const reading of readings) live.take(reading);
    }
    lead.pass(stretch);
    alarming.tick(clock.now());
    publish(bus, live, clock);
    const now = clock.now();
    for (const packet of stretch.packets) latency.record(now - packet.receivedAt, now);
  }
}

function publish(bus: Bus, live: Live, clock: Clock): void {
  for (const record of live.due(clock.now())) {
    bus.publish(topicOf({ ...record, line: record.id }, 'live'), JSON.stringify(record), { retain: true });
  }
}

function hearConnections(bus: Bus, live: Live, alarming: Alarming): Promise<Stop> {
  return bus.subscribe(everyLine('status'), (topic, payload) => {
    const line = parseTopic(topic)?.line;
    if (line === undefined) return;
    const connected = Buffer.from(payload).toString() === 'online';
    live.connected(line, connected);
    alarming.connected(line, connected);
  });
}

function settled({ stored, duplicate, rejected }: SettledCounts): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, stored + duplicate);
}
