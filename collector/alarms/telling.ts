/**
 * What of the alarms is worth telling, as announcements. Comes in: alarms that rose, ended or came off their shelf, incidents that began or ended.
 * Goes out: announcements, the same thing always under the same id; in a flood [ALM-10] one for all. Who is told, and how, is decided elsewhere.
 */
import type { AlarmRecord, Announcement, AnnouncementKind, Incident, Priority } from '../../contract/alarm.ts';
import type { Line } from '../../contract/plant.ts';
import { systemLine } from '../../contract/system.ts';
import { countAlarm, type FloodMemory } from './flood.ts';
import { identityOf } from './identity.ts';
import type { Entry } from './record.ts';

export class Telling {
  readonly floods: FloodMemory;
  readonly #lines: ReadonlyMap<string, Line>;
  #announcements: Announcement[] = [];

  constructor(lines: ReadonlyMap<string, Line>, floods: FloodMemory) {
    this.#lines = lines;
    this.floods = floods;
  }

  /** Says that an alarm rose, or, where too many did, that there is a flood; in a flood only critical ones are told one by one. */
  rose(entry: Entry, at: number): void {
    const { record } = entry;
    const place = this.#placeOf(record.line);
    if (place === null) return;
    // Of the system itself there are few, and each counts.
    const flood = record.line === systemLine ? 'calm' : countAlarm(this.floods, place, at);
    if (flood === 'begins') {
      const count = this.floods[place]?.times.length ?? 0;
      const id = identityOf(at, 'flood', place);
      this.#announcements.push({ id, kind: 'flood', at, alarm: null, incident: null, place, priority: record.priority, count });
    }
    if (flood !== 'calm' && record.priority !== 'critical') return;
    const kind = entry.announced ? 'raised-again' : 'raised';
    entry.announced = true;
    this.say(kind, entry, at);
  }

  say(kind: AnnouncementKind, { record }: Entry, at: number): void {
    const place = this.#placeOf(record.line) ?? '';
    const id = kind === 'shelf-expired' ? `${record.id}-${kind}-${at.toString(36)}` : idOf(record, kind);
    const { priority, raises } = record;
    this.#announcements.push({ id, kind, at, alarm: record.id, incident: null, place, priority, count: raises });
  }

  incident(kind: 'incident' | 'incident-cleared', incident: Incident, priority: Priority, at: number): void {
    const { id, place, lines } = incident;
    this.#announcements.push({ id: incidentId(id, kind), kind, at, alarm: null, incident: id, place, priority, count: lines.length });
  }

  /** What there was to tell since it was last asked. */
  take(): Announcement[] {
    const announcements = this.#announcements;
    this.#announcements = [];
    return announcements;
  }

  /** Null for a line that is not in the plant. */
  #placeOf(id: string): string | null {
    const line = this.#lines.get(id);
    if (line) return workshopOf(line);
    return id === systemLine ? systemLine : null;
  }
}

function idOf({ id, raises }: AlarmRecord, kind: AnnouncementKind): string {
  return `${id}-${kind}-${String(raises)}`;
}

function incidentId(id: string, kind: AnnouncementKind): string {
  return `${id}-${kind}`;
}

/** Whether somebody was told that this alarm rose, by itself or by its incident; `told` has ids of announcements. */
export function wasTold(record: AlarmRecord, told: ReadonlySet<string>): boolean {
  if (record.group !== null && told.has(incidentId(record.group, 'incident'))) return true;
  return told.has(idOf(record, 'raised')) || told.has(idOf(record, 'raised-again'));
}

/** As everywhere: "firm/workshop". */
export function workshopOf({ firm, workshop }: Line): string {
  return `${firm}/${workshop}`;
}
