/**
 * The board: every open alarm, as the collector publishes them, and those that closed lately. Comes in: retained `alarms` messages off the bus, a line's
 * (and the system's own) each. Goes out: records on request, and the news of every one that changed. It is bounded: what is beyond that is counted and
 * left to history.
 */
import type { AlarmRecord, Incident, LineAlarms } from '../../../contract/alarm.ts';
import type { Bus } from '../../../contract/bus.ts';
import type { Plant } from '../../../contract/plant.ts';
import { systemAlarmsTopic, systemLine } from '../../../contract/system.ts';
import { everyLine, topicOf } from '../../../contract/topics.ts';

/** Called with a record as it has just become. */
export type BoardListener = (record: AlarmRecord) => void;

export interface Board {
  /** Open alarms, in no order. */
  open(): Iterable<AlarmRecord>;
  openOf(line: string): readonly AlarmRecord[];
  /** As it is now; also one that closed lately. */
  find(id: string): AlarmRecord | null;
  /** Those that closed lately, which history may not know of yet. */
  closed(): Iterable<AlarmRecord>;
  /** One that open alarms are part of. */
  incident(id: string): Incident | null;
  listen(listener: BoardListener): void;
  counts(): { readonly open: number; readonly unreadable: number; readonly beyond: number };
  close(): void;
}

/** Open alarms at most: ten times the worst hour of a large zone, about a kilobyte each. Those that closed lately. */
const usualBounds = { open: 50_000, closed: 2_000 };

interface Place {
  readonly records: readonly AlarmRecord[];
  readonly incidents: readonly Incident[];
}

const empty: Place = { records: [], incidents: [] };

export async function openBoard(plant: Plant, bus: Bus, bounds = usualBounds): Promise<Board> {
  const topics = new Map([...plant.lines.values()].map((line) => [topicOf(line, 'alarms'), line.id]));
  topics.set(systemAlarmsTopic, systemLine);
  const places = new Map<string, Place>();
  const byId = new Map<string, AlarmRecord>();
  const closed = new Map<string, AlarmRecord>();
  const listeners = new Set<BoardListener>();
  const seen = { unreadable: 0, beyond: 0 };

  const tell = (record: AlarmRecord, before: AlarmRecord | undefined): void => {
    if (before && isSame(before, record)) return;
    for (const listener of listeners) listener(record);
  };
  const close = (record: AlarmRecord): void => {
    const before = byId.get(record.id) ?? closed.get(record.id);
    byId.delete(record.id);
    closed.delete(record.id);
    closed.set(record.id, record);
    for (const oldest of closed.keys()) {
      if (closed.size <= bounds.closed) break;
      closed.delete(oldest);
    }
    tell(record, before);
  };
  const take = (line: string, { records, incidents }: Pick<LineAlarms, 'records' | 'incidents'>): void => {
    const own = records.filter((record) => record.line === line);
    const standing = own.filter(({ state }) => state !== 'normal');
    const former = places.get(line) ?? empty;
    const free = bounds.open - (byId.size - former.records.length);
    const kept = standing.slice(0, Math.max(0, free));
    seen.beyond += standing.length - kept.length;
    const before = new Map(former.records.map((record) => [record.id, record]));
    places.set(line, { records: kept, incidents });
    for (const record of own) if (record.state === 'normal') close(record);
    for (const { id } of former.records) byId.delete(id);
    for (const record of kept) {
      byId.set(record.id, record);
      const earlier = before.get(record.id) ?? closed.get(record.id);
      closed.delete(record.id);
      tell(record, earlier);
    }
    if (kept.length === 0) places.delete(line);
  };
  const listen = (topic: string, payload: Uint8Array): void => {
    const line = topics.get(topic);
    if (line === undefined) return;
    const message = payload.length === 0 ? empty : read(payload);
    if (message) take(line, message);
    else seen.unreadable += 1;
  };
  const stops = [await bus.subscribe(everyLine('alarms'), listen), await bus.subscribe(systemAlarmsTopic, listen)];

  return {
    open: () => byId.values(),
    openOf: (line) => places.get(line)?.records ?? [],
    find: (id) => byId.get(id) ?? closed.get(id) ?? null,
    closed: () => closed.values(),
    incident(id) {
      for (const { incidents } of places.values()) {
        const found = incidents.find((incident) => incident.id === id);
        if (found) return found;
      }
      return null;
    },
    listen(listener) {
      listeners.add(listener);
    },
    counts: () => ({ open: byId.size, ...seen }),
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** Only the collector may publish there, so what has the shape is taken at its word. */
function read(payload: Uint8Array): LineAlarms | null {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch {
    return null;
  }
  return isLineAlarms(message) ? message : null;
}

function isLineAlarms(value: unknown): value is LineAlarms {
  return (
    typeof value === 'object' &&
    value !== null &&
    'records' in value &&
    Array.isArray(value.records) &&
    'incidents' in value &&
    Array.isArray(value.incidents)
  );
}

/** Records are plain and flat but for their text, which never changes. */
function isSame(one: AlarmRecord, other: AlarmRecord): boolean {
  return (Object.keys(other) as (keyof AlarmRecord)[]).every((name) => name === 'text' || one[name] === other[name]);
}
