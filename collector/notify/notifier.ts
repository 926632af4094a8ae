/**
 * The notifier: who is told what, over which channel, when, how often, and what became of it. Comes in: announcements with the alarms they are of,
 * and records as they change. Goes out: messages to people, deliveries to the alarm book, word of channels that fail. It decides nothing about
 * alarms, and whoever hands it something never waits for it.
 */
import type { Logger } from 'pino';
import type { AlarmRecord, Announcement, Incident } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { Duty } from '../../contract/duty.ts';
import type { ChannelHealth } from '../../contract/notify.ts';
import type { Plant } from '../../contract/plant.ts';
import type { AlarmBook } from '../../store/alarmbook.ts';

/** An announcement with what it is of: one alarm; an incident with its alarms; a flood, which has none. */
export interface Told {
  readonly announcement: Announcement;
  readonly records: readonly AlarmRecord[];
  readonly incident: Incident | null;
}

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
  readonly book: Pick<AlarmBook, 'saveDeliveries' | 'deliveries' | 'announcements' | 'record' | 'incidents'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Somebody was told of this alarm; may come more than once. */
  readonly onDelivered: (alarm: string, at: number) => void;
  /** A channel began to fail (`error` in plain words, without secrets), or works again. */
  readonly onChannel: (id: string, ok: boolean, error: string | null) => void;
}
