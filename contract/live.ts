/**
 * What streams: the live record of a line (MQTT `live`, retained) and the Socket.IO events of namespace `/live`.
 * Server and web use the same types; the server sends nothing that is not described here.
 */
import type { AlarmRecord, Priority } from './alarm.ts';
import type { UtilizationRecord } from './figures.ts';
import type { MetricValue, State } from './reading.ts';
import type { Text } from './text.ts';

/**
 * What a line's readings tell of its device's clock, as seen since the collector began. `offsetSeconds` is how far the clock
 * is ahead of the server's, in whole seconds, negative where it is behind; `resolution` is `s` where every time is a whole
 * second; `jumps` counts changes of more than 5 s that stayed.
 */
export interface LineClock {
  offsetSeconds: number;
  resolution: 'ms' | 's';
  jumps: number;
  trouble: 'ahead' | 'behind' | 'jumping' | null;
}

/** Everything a screen needs to show one line now. Times are ms since the epoch; `ts` is the newest reading's, null before any. */
export interface LiveRecord {
  id: string;
  park: string;
  firm: string;
  workshop: string;
  type: string;
  name: Text;
  state: State;
  stop: string | null;
  /** Since when the line is in this state (and stop); null before any reading. */
  since: number | null;
  connected: boolean;
  ts: number | null;
  metrics: Record<string, MetricValue>;
  order: string | null;
  batch: string | null;
  design: string | null;
  product: string | null;
  /** The running shift so far (`to` is when it was worked out); null while no shift runs. */
  shift: ({ id: string } & UtilizationRecord) | null;
  /** The last 60 minutes. */
  hour: UtilizationRecord;
  alarm: { count: number; priority: Priority | null };
  /** Null where there is nothing to say of the device's clock. */
  clock: LineClock | null;
}

/** Which lines to watch; an empty filter is everything the caller may see. */
export interface WatchFilter {
  park?: string;
  firm?: string;
  workshop?: string;
  line?: string;
}

/** `stale`: the collector has fallen silent, so what is told may no longer be true. */
interface Told {
  at: number;
  stale?: true;
}

export interface Snapshot extends Told {
  seq: number;
  lines: LiveRecord[];
}

/** A line's changed fields; `id` is always there. */
export type LineDelta = Partial<LiveRecord> & { id: string };

export interface Delta extends Told {
  seq: number;
  lines: LineDelta[];
}

export type WatchAnswer = Snapshot | { error: { code: string; message: string } };

/** Aggregates of the zone and its parks, for those who may see them. `lines` counts lines by state, `alarms` open alarms by priority. */
export interface SummaryPart {
  by: 'zone' | 'park';
  id: string;
  lines: Record<State, number>;
  alarms: Record<Priority, number>;
  hour: UtilizationRecord;
}

export interface Summary extends Told {
  parts: SummaryPart[];
}

export interface ServerEvents {
  delta: (delta: Delta) => void;
  summary: (summary: Summary) => void;
  /** An alarm as it has just become. */
  alarm: (record: AlarmRecord) => void;
}

export interface ClientEvents {
  watch: (filter: WatchFilter, ack: (answer: WatchAnswer) => void) => void;
}
