/**
 * The floor: the newest live record of every line, as the collector publishes it.
 * Comes in: retained `live` messages off the bus, each parsed once. Goes out: records on request, and every new one to whoever
 * listens. A line that has not spoken yet has a blank record; what cannot be read is counted and left out.
 */
import type { Bus } from '../../contract/bus.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import { everyLine, topicOf } from '../../contract/topics.ts';
import { emptySums, recordOf } from '../../kpi/utilization.ts';

export type FloorListener = (record: LiveRecord) => void;

export interface Floor {
  record(line: Line): LiveRecord;
  /** Tells of every record that comes in. One listener is enough: the rooms. */
  listen(listener: FloorListener): Stop;
  counts(): { readonly received: number; readonly unreadable: number };
  close(): void;
}

const hourMs = 3_600_000;

export async function openFloor(plant: Plant, bus: Bus, clock: Clock): Promise<Floor> {
  const records = new Map([...plant.lines.values()].map((line) => [line.id, blankRecord(line, clock.now())]));
  const topics = new Map([...plant.lines.values()].map((line) => [topicOf(line, 'live'), line.id]));
  const listeners = new Set<FloorListener>();
  let received = 0;
  let unreadable = 0;

  const stop = await bus.subscribe(everyLine('live'), (topic, payload) => {
    const line = topics.get(topic);
    if (line === undefined || payload.length === 0) return;
    const record = readRecord(payload, line);
    if (!record) {
      unreadable += 1;
      return;
    }
    received += 1;
    records.set(line, record);
    for (const listener of listeners) listener(record);
  });

  return {
    record(line) {
      const record = records.get(line.id);
      if (!record) throw new Error(`no line of this plant: ${line.id}`);
      return record;
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
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
  return { ...place, ...situation, metrics: {}, ...context, shift: null, hour, alarm: { count: 0, priority: null } };
}
