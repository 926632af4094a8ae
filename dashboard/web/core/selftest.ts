/**
 * The self-test of a device that is being connected: a few questions, each answered well, badly, or not yet. Comes in: what is known of the
 * line now. Goes out: the answers, in the order in which they come true on the way from an account to good readings. It is pure.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { DeviceAnswer } from '../../../contract/api.ts';
import type { EquipmentType } from '../../../contract/equipment.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { MetricValue, Rejection } from '../../../contract/reading.ts';

export const checkNames = ['account', 'connected', 'readings', 'state', 'rejected', 'clock', 'metrics', 'alarms'] as const;
export type CheckName = (typeof checkNames)[number];

/** `waiting`: cannot be told before something else is well. `noted`: well, with something to know. */
export type Verdict = 'good' | 'bad' | 'waiting' | 'noted';

export interface Known {
  readonly account: DeviceAnswer | null;
  readonly record: LiveRecord;
  readonly type: EquipmentType;
  /** Newest first; null before they are known. */
  readonly rejections: readonly Rejection[] | null;
  readonly alarms: readonly AlarmRecord[];
  readonly now: number;
}

export interface MetricSeen {
  readonly name: string;
  readonly declared: boolean;
  readonly seen: boolean;
  readonly value: MetricValue | undefined;
}

/** A rejection counts as long as this against a device that is being set up. */
export const recentMs = 5 * 60_000;

export function verdictsOf(known: Known): Readonly<Record<CheckName, Verdict>> {
  const { account, record, type, rejections, alarms, now } = known;
  const heard = record.ts !== null;
  const silent = !isHeard(record, type, now);
  const metrics = metricsOf(record, type);
  return {
    account: account ? 'good' : 'bad',
    // A device says on its status topic that it is there; one that does not, and sends readings, is there all the same.
    connected: record.connected ? 'good' : !silent ? 'noted' : account ? 'bad' : 'waiting',
    readings: heard ? (silent ? 'bad' : 'good') : record.connected ? 'bad' : 'waiting',
    state: !heard || silent ? 'waiting' : record.state === 'unknown' ? 'bad' : 'good',
    rejected:
      rejections === null
        ? 'waiting'
        : recentOf(rejections, now).length > 0
          ? 'bad'
          : rejections.length > 0
            ? 'noted'
            : heard
              ? 'good'
              : 'waiting',
    clock: record.clock?.trouble ? 'bad' : !heard ? 'waiting' : record.clock ? 'noted' : 'good',
    metrics: !heard ? 'waiting' : metrics.every(({ declared, seen }) => declared && seen) ? 'good' : 'noted',
    alarms: alarms.length > 0 ? 'bad' : heard ? 'good' : 'waiting',
  };
}

/** Whether its readings come in as often as they should. */
export function isHeard({ ts }: LiveRecord, type: EquipmentType, now: number): boolean {
  return ts !== null && now - ts <= patienceOf(type) * 1000;
}

/** How many seconds a device may be silent before that is worth a word: as long as its readings hold, and no less than two of them. */
function patienceOf(type: EquipmentType): number {
  return Math.max(type.holdSeconds, 2 * type.expectSeconds);
}

export function recentOf(rejections: readonly Rejection[], now: number): Rejection[] {
  return rejections.filter(({ receivedAt }) => now - receivedAt < recentMs);
}

/** Declared ones in the order of the type, then what the device tells besides. */
export function metricsOf({ metrics }: LiveRecord, type: EquipmentType): MetricSeen[] {
  const declared = Object.keys(type.metrics).map((name) => ({
    name,
    declared: true,
    seen: Object.hasOwn(metrics, name),
    value: metrics[name],
  }));
  const others = Object.keys(metrics).filter((name) => !Object.hasOwn(type.metrics, name));
  return [...declared, ...others.map((name) => ({ name, declared: false, seen: true, value: metrics[name] }))];
}

/** Open alarms about the data of this line, not about the machine. */
export function dataAlarmsOf(records: Iterable<AlarmRecord>, line: string): AlarmRecord[] {
  return [...records].filter(
    (record) => record.line === line && record.state !== 'normal' && record.clearedAt === null && record.rule.startsWith('data:'),
  );
}
