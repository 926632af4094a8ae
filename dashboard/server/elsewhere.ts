/**
 * The parts that run elsewhere: broker and collector, where each is a process of its own, as far as they can be heard here.
 * Comes in: their reports off the bus. Goes out: health, put together from the newest ones, and whether live records can still
 * be true. Who is silent is named; what was last heard of it stays.
 */
import type { HealthAnswer } from '../../contract/api.ts';
import type { Bus } from '../../contract/bus.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { ChannelHealth } from '../../contract/notify.ts';
import { reportEveryMs, reporters, reportTopic, type BrokerReport, type CollectorReport, type Reporter } from '../../contract/system.ts';
import { conditionOf } from './condition.ts';

/** Three reports missed: with the second a room may be quiet, a screen says within 3 s that it no longer tells the truth. */
const silentAfterMs = 3.5 * reportEveryMs;

export interface Elsewhere {
  /** Rejects before everybody has been heard for the first time. */
  readonly health: () => Promise<HealthAnswer>;
  /** As last heard; none before that. */
  readonly channels: () => Promise<readonly ChannelHealth[]>;
  readonly isCurrent: () => boolean;
  close(): void;
}

interface Heard<Report> {
  report: Report | null;
  /** When a report came that was not a repetition: a retained one tells nothing of now. */
  freshAt: number;
}

export async function listenElsewhere(bus: Bus, version: string, clock: Clock): Promise<Elsewhere> {
  const begun = clock.now();
  const broker: Heard<BrokerReport> = { report: null, freshAt: Number.NEGATIVE_INFINITY };
  const collector: Heard<CollectorReport> = { report: null, freshAt: Number.NEGATIVE_INFINITY };
  const heard = { broker, collector };
  const stops: Stop[] = [await hear(bus, 'broker', broker, clock), await hear(bus, 'collector', collector, clock)];
  const isSilent = ({ freshAt }: Heard<unknown>): boolean => clock.now() - freshAt > silentAfterMs;

  return {
    health() {
      const unheard = reporters.find((reporter) => heard[reporter].report === null);
      if (!collector.report || !broker.report) return Promise.reject(new Error(`the ${String(unheard)} has not been heard yet`));
      const { readings, store, latencyMs, damagedRecords } = collector.report;
      const { journal, mqttOpen } = broker.report;
      const silent = reporters.filter((reporter) => isSilent(heard[reporter]));
      return Promise.resolve(
        conditionOf({
          version,
          uptimeSeconds: (clock.now() - begun) / 1000,
          readings,
          store: silent.length === 0 ? store : { ...store, ok: false, detail: `nothing is heard of the ${silent.join(' and the ')}` },
          journal: { ...journal, damagedRecords },
          latencyMs,
          ...(mqttOpen && { mqttOpen }),
        }),
      );
    },
    channels: () => Promise.resolve(collector.report?.channels ?? []),
    isCurrent: () => !isSilent(collector),
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** Only the process itself may publish its report, so it is taken at its word. */
function hear<Report extends { readonly at: number }>(bus: Bus, reporter: Reporter, heard: Heard<Report>, clock: Clock): Promise<Stop> {
  return bus.subscribe(reportTopic(reporter), (_topic, payload) => {
    if (payload.length === 0) return;
    const report = JSON.parse(Buffer.from(payload).toString()) as Report;
    if (heard.report !== null && report.at !== heard.report.at) heard.freshAt = clock.now();
    heard.report = report;
  });
}
