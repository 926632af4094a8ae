/**
 * The system's own processes, where each room runs as one: the names under which they sign in to the broker, the topics
 * on which they say how they are, and what they say there. Lines cannot have these names.
 */
import type { HealthAnswer } from './api.ts';
import type { ChannelHealth } from './notify.ts';

/** Each name is client id and user name; a second process of the same name takes the first one's place. */
export const systemNames = ['system-collector', 'system-dashboard'] as const;
export type SystemName = (typeof systemNames)[number];

export function isSystemName(name: string): name is SystemName {
  return (systemNames as readonly string[]).includes(name);
}

/** The processes without which screens stand still, each with a topic of its own. */
export const reporters = ['broker', 'collector'] as const;
export type Reporter = (typeof reporters)[number];

/** Retained; it has fewer levels than any line's topic, so that no filter for lines matches it. */
export function reportTopic(reporter: Reporter): string {
  return `bobbin/v1/system/${reporter}`;
}

/** How often a report is published: who is silent for a few of these is not well. */
export const reportEveryMs = 500;

/** `at` is the reporter's clock; a report with the same `at` is the same report. */
export interface BrokerReport {
  readonly at: number;
  readonly journal: Pick<HealthAnswer['journal'], 'sizeBytes' | 'limitBytes' | 'withheld'>;
  readonly mqttOpen?: true;
}

export interface CollectorReport extends Pick<HealthAnswer, 'readings' | 'store' | 'latencyMs'> {
  readonly at: number;
  /** Damage shows where the journal is read. */
  readonly damagedRecords: number;
  /** Of notifications. */
  readonly channels: readonly ChannelHealth[];
}

/** On this topic people's actions go into the journal (contract/actions.ts), each acknowledged once it is safe there. */
export const actionTopic = 'bobbin/v1/system/actions';

/** Here the collector says what became of each; not retained. */
export const outcomeTopic = 'bobbin/v1/system/outcomes';

/** What alarms about the system itself have in place of a line; no line can have this id. */
export const systemLine = 'system';

/** Alarms about the system itself, retained, in the shape of a line's (LineAlarms). */
export const systemAlarmsTopic = 'bobbin/v1/system/alarms';
