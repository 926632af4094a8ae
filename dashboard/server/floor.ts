/**
 * The floor: the newest live record of every line, as the collector publishes it.
 * Comes in: retained `live` messages off the bus. Goes out: records on request, and the news of every new one. A message is read
 * when somebody asks for its record, and once: most are never looked at. A line that has not spoken yet has a blank record; what
 * cannot be read is counted and left out.
 */
import type { Bus } from '../../contract/bus.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import { everyLine, topicOf } from '../../contract/topics.ts';
import { emptySums, recordOf } from '../../kpi/utilization.ts';

/** Called with the id of a line that has a new record. */
export type FloorListener = (line: string) => void;

export interface Floor {
  record(line: string): LiveRecord;
  /** Tells of every record that comes in. One listener is enough: the rooms. */
  listen(listener: FloorListener): Stop;
  /** False while the collector is silent: then records may no longer be true. */
  isCurrent(): boolean;
  counts(): { readonly received: number; readonly unreadable: number };
  close(): void;
}

/** What is told of the floor says so where it may no longer be true. */
export function staleness(floor: Pick<Floor, 'isCurrent'>): { stale?: true } {
  return floor.isCurrent() ? {} : { stale: true };
}

interface Place {
  /** The newest record that was read. */
  record: LiveRecord;
  /** The message that came after it, if any. */
  unread: Uint8Array | null;
}

const hourMs = 3_600_000;

export async function openFloor(plant: Plant, bus: Bus, clock: Clock, isCurrent = (): boolean => true): Promise<Floor> {
  const places = new Map(
    [...plant.lines.values()].map((line): [string, Place] => [line.id, { record: blankRecord(line, clock.now()), unread: null }]),
  );
  const topics = new Map([...plant.lines.values()].map((line) => [topicOf(line, 'live'), line.id]));
  const listeners = new Set<FloorListener>();
  let received = 0;
  let unreadable = 0;

  const stop = await bus.subscribe(everyLine('live'), (topic, payload) => {
    const line = topics.get(topic);
    const place = line === undefined ? undefined : places.get(line);
    if (line === undefined || !place || payload.length === 0) return;
    received += 1;
    place.unread = payload;
    for (const listener of listeners) listener(line);
  });

  return {
    record(line) {
      const place = places.get(line);
      if (!place) throw new Error(`no line of this plant: ${line}`);
      if (place.unread) {
        const record = readRecord(place.unread, line);
        place.unread = null;
        if (record) place.record = record;
        else unreadable += 1;
      }
      return place.record;
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    isCurrent,
    counts: () => ({ received, unreadable }),
    close: stop,
  };
}

/** Only the collector may publish on these topics, so a record is taken at its word once it names its own line. */
function readRecord(payload: Uint8Array, line: string): LiveRecord | null {
  let record: unknown;
  try {
    record = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch {
    return null;
  }
  return isRecordOf(record, line) ? record : null;
}

function isRecordOf(value: unknown, line: string): value is LiveRecord {
  return typeof value === 'object' && value !== null && 'id' in value && value.id === line && 'state' in value && 'hour' in value;
}

/** What is known of a line before its first record: its place, and nothing else. */
function blankRecord(line: Line, now: number): LiveRecord {
  const { id, park, firm, workshop, name, type } = line;
  const hour = recordOf({ from: now - hourMs, to: now, sums: emptySums(), scheduledMs: 0, idealOutput: 0 });
  const place = { id, park, firm, workshop, type: type.id, name };
  const situation = { state: 'unknown', stop: null, since: null, connected: false, ts: null } as const;
  const context = { order: null, batch: null, design: null, product: null };
  return { ...place, ...situation, metrics: {}, ...context, shift: null, hour, alarm: { count: 0, priority: null }, clock: null };
}
