/**
 * The board: every line's open alarms as they stand on its retained `alarms` topic. Comes in: records and incidents as they change. Goes out: messages
 * with a line's open alarms and those that closed since the last one, a few a second at most; and the count that its live record carries.
 * It decides nothing about alarms.
 */
import { priorities, type AlarmRecord, type Incident, type LineAlarms } from '../../contract/alarm.ts';
import type { Bus } from '../../contract/bus.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Plant } from '../../contract/plant.ts';
import { systemAlarmsTopic, systemLine } from '../../contract/system.ts';
import { topicOf } from '../../contract/topics.ts';
import { elapsedMs } from '../elapsed.ts';

/** A line's alarms go out at most this often; the first change at once. */
const everyMs = 250;
/** Lines published in one go: more would hold up what is live. */
const linesAtOnce = 500;
/** An incident that is over is remembered this long, for the last of its alarms to carry it. */
const keptMs = 600_000;

interface LineBoard {
  readonly topic: string;
  readonly open: Map<string, AlarmRecord>;
  readonly closed: Map<string, AlarmRecord>;
  publishedAt: number;
}

export class Board {
  readonly #bus: Bus;
  readonly #lines = new Map<string, LineBoard>();
  readonly #changed = new Set<LineBoard>();
  readonly #incidents = new Map<string, Incident>();

  constructor(bus: Bus, plant: Plant) {
    this.#bus = bus;
    for (const line of plant.lines.values()) this.#lines.set(line.id, emptyBoard(topicOf(line, 'alarms')));
    this.#lines.set(systemLine, emptyBoard(systemAlarmsTopic));
  }

  set(record: AlarmRecord): void {
    const line = this.#lines.get(record.line);
    if (!line) return;
    line.open.delete(record.id);
    line.closed.delete(record.id);
    (record.state === 'normal' ? line.closed : line.open).set(record.id, record);
    this.#changed.add(line);
  }

  setIncident(incident: Incident): void {
    this.#incidents.set(incident.id, incident);
  }

  incident(id: string): Incident | null {
    return this.#incidents.get(id) ?? null;
  }

  /** Open alarms that nobody has set aside. */
  alarmOf(id: string): LiveRecord['alarm'] {
    const open = [...(this.#lines.get(id)?.open.values() ?? [])].filter(({ state }) => state !== 'shelved');
    return { count: open.length, priority: priorities.find((priority) => open.some((record) => record.priority === priority)) ?? null };
  }

  /** Whoever kept the messages may have lost them: all are due again, those of lines without alarms too. */
  renew(): void {
    for (const line of this.#lines.values()) this.#changed.add(line);
  }

  publish(now: number): void {
    let count = 0;
    for (const line of this.#changed) {
      if (elapsedMs(line.publishedAt, now) < everyMs) continue;
      if (count === linesAtOnce) return;
      count += 1;
      this.#changed.delete(line);
      line.publishedAt = now;
      const records = [...line.open.values(), ...line.closed.values()];
      const message: LineAlarms = { at: now, records, incidents: this.#incidentsOf(records) };
      this.#bus.publish(line.topic, JSON.stringify(message), { retain: true });
      line.closed.clear();
    }
  }

  /** Lets go of incidents that were over long ago. */
  forget(now: number): void {
    for (const [id, { clearedAt }] of this.#incidents) if (clearedAt !== null && now - clearedAt > keptMs) this.#incidents.delete(id);
  }

  #incidentsOf(records: readonly AlarmRecord[]): Incident[] {
    const ids = new Set(records.map(({ group }) => group));
    return [...ids].flatMap((id) => (id === null ? [] : (this.#incidents.get(id) ?? [])));
  }
}

function emptyBoard(topic: string): LineBoard {
  return { topic, open: new Map(), closed: new Map(), publishedAt: Number.NEGATIVE_INFINITY };
}
