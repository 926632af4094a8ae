/**
 * A reading: what a device says about its line at one instant, and the words for what can be wrong with it.
 * These are the shapes after decoding; decoding itself (bytes to readings or reject reasons) belongs to the collector.
 */

export const states = ['running', 'setup', 'idle', 'stopped', 'fault', 'planned', 'unknown'] as const;
export type State = (typeof states)[number];

export const contextNames = ['order', 'batch', 'design', 'product'] as const;
export type ContextName = (typeof contextNames)[number];

/** Each context stays in force until a reading changes it; null means "none in force". */
export type Context = Record<ContextName, string | null>;

export type MetricValue = number | boolean | string | null;

/**
 * One decoded reading, exactly as given: fields the device left out stay absent.
 * `ts` and `receivedAt` are milliseconds since the epoch (UTC); `hold` is seconds.
 * (line, ts) identifies it.
 */
export interface Reading {
  readonly line: string;
  readonly ts: number;
  readonly receivedAt: number;
  readonly seq?: number;
  readonly state?: State;
  readonly stop?: string;
  readonly hold?: number;
  readonly order?: string | null;
  readonly batch?: string | null;
  readonly design?: string | null;
  readonly product?: string | null;
  readonly metrics: Readonly<Record<string, MetricValue>>;
}

export const rejectReasons = [
  'not-json',
  'bad-shape',
  'bad-value',
  'too-large',
  'future',
  'unknown-line',
  'too-many-metrics',
  'not-storable',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

/** A reading that was refused, kept for inspection. `sample` is at most 500 characters of what was sent. */
export interface Rejection {
  readonly line: string;
  readonly receivedAt: number;
  readonly reason: RejectReason;
  readonly detail: string;
  readonly sample: string;
  /** The reading's own time, where that is why it was refused (`future`). Not stored. */
  readonly ts?: number;
}

/** Running totals over readings. Always: received = stored + duplicate + Σ rejected + pending. */
export interface IntakeCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: Readonly<Partial<Record<RejectReason, number>>>;
  readonly pending: number;
}

/** Limits on what one packet and one reading may hold. */
export const readingLimits = {
  payloadBytes: 256 * 1024,
  readingsPerPacket: 1000,
  aheadMs: 5 * 60 * 1000,
  contextCharacters: 64,
  metricNameCharacters: 64,
  metricTextCharacters: 256,
  undeclaredMetricsPerLine: 64,
  rejectionsKeptPerLine: 1000,
  rejectionSampleCharacters: 500,
  /** The longest a reading may claim to hold, in seconds (31 days). */
  holdSeconds: 31 * 86_400,
  /** Device clocks before 2000-01-01 are broken clocks, not history. */
  earliestTs: 946_684_800_000,
} as const;
