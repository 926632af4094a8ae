/**
 * Recovery: what the alarm book knows of announcements that somebody may still have to be told of. Comes in: the book, after a start. Goes out: the latest
 * announcements with their records as they are now, and all deliveries of that time. It decides nothing and sends nothing.
 */
import { systemLine } from '../../contract/system.ts';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Delivery } from '../../contract/notify.ts';
import type { Plant } from '../../contract/plant.ts';
import type { AlarmBook } from '../../store/alarmbook.ts';
import type { Told } from './plan.ts';

export type ReadableBook = Pick<AlarmBook, 'deliveries' | 'announcements' | 'record' | 'records' | 'incidents'>;

export interface Recovered {
  /** Oldest first; those whose alarms are unknown, or over and done with, are left out. */
  readonly told: readonly Told[];
  readonly deliveries: readonly Delivery[];
}

/** Long enough for a weekend; what is older has been in the list for days. */
const rememberMs = 3 * 24 * 3_600_000;
/** Whose end may not have been told yet. */
const latelyMs = 3_600_000;
const recordsMost = 50_000;

export async function recover(book: ReadableBook, plant: Plant, now: number): Promise<Recovered> {
  const from = now - rememberMs;
  const lines = [...plant.lines.keys(), systemLine];
  const [announcements, deliveries, open, lately, incidents] = await Promise.all([
    book.announcements(from, now + 1),
    book.deliveries(from),
    book.records({ lines, from, to: now + 1, states: ['unacknowledged', 'acknowledged', 'returned', 'shelved'], limit: recordsMost }),
    book.records({ lines, from: now - latelyMs, to: now + 1, limit: recordsMost }),
    book.incidents(from, now + 1),
  ]);
  const records = new Map([...open, ...lately].map((record) => [record.id, record]));
  await addClosed(book, records, deliveries);
  const members = new Map<string, AlarmRecord[]>();
  for (const record of records.values()) {
    if (record.group !== null) members.set(record.group, [...(members.get(record.group) ?? []), record]);
  }
  const told = announcements.flatMap((announcement): Told[] => {
    const incident = incidents.find(({ id }) => id === announcement.incident) ?? null;
    if (announcement.incident !== null) {
      return incident === null ? [] : [{ announcement, incident, records: members.get(incident.id) ?? [] }];
    }
    const record = records.get(announcement.alarm ?? '');
    if (announcement.alarm !== null) return record ? [{ announcement, incident: null, records: [record] }] : [];
    return [{ announcement, incident: null, records: [] }];
  });
  return { told, deliveries };
}

/** Alarms that are over and done with, and of which a message is still on its way. */
async function addClosed(book: ReadableBook, records: Map<string, AlarmRecord>, deliveries: readonly Delivery[]): Promise<void> {
  for (const { alarm, deliveredAt, failedAt } of deliveries) {
    if (deliveredAt !== null || failedAt !== null || alarm === null || records.has(alarm)) continue;
    const record = await book.record(alarm);
    if (record) records.set(alarm, record);
  }
}
