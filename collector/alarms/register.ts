/**
 * The register of alarms: every alarm that is open or closed lately, what becomes of it, and what of that is worth telling.
 * Comes in: conditions rising and clearing on lines, requests of people, shelves and gatherings whose time has come. Goes out: changed records,
 * changed incidents, announcements. It decides nothing about values or time; the engine does.
 */
import type { ActionOutcome, ActionRequest, AlarmRecord, AlarmStep, Announcement, Incident } from '../../contract/alarm.ts';
import type { Line } from '../../contract/plant.ts';
import { act, detailOf } from './actions.ts';
import type { FloodMemory } from './flood.ts';
import { isOver, join, newGathering, newIncident, type Gathering } from './gathering.ts';
import { clear, isActive, newEntry, riseAgain, unshelve, type Entry, type Rise } from './record.ts';
import { Telling, wasTold, workshopOf } from './telling.ts';

/** Plain JSON. */
export interface RegisterState {
  entries: [id: string, entry: Entry][];
  /** By place. */
  gatherings: [place: string, gathering: Gathering][];
  /** Incidents some of whose alarms are active, with how many are. */
  incidents: [id: string, incident: Incident, active: number][];
  floods: FloodMemory;
}

/** A step and the alarm whose history it is part of. */
export interface StepOf extends AlarmStep {
  readonly alarm: string;
}

/** What came out. Records and incidents are copies of their own, as they are now. */
export interface Changes {
  readonly records: readonly AlarmRecord[];
  readonly incidents: readonly Incident[];
  readonly announcements: readonly Announcement[];
  readonly steps: readonly StepOf[];
}

/** Closed alarms kept at hand for those who still want to arrive or resolve; the oldest go first. */
const closedKept = 10_000;

export class Register {
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #entries: Map<string, Entry>;
  readonly #gatherings: Map<string, Gathering>;
  readonly #incidents: Map<string, { incident: Incident; active: number }>;
  readonly #telling: Telling;
  /** Ids of closed alarms, the longest closed first. */
  readonly #closed = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #changedIncidents = new Map<string, Incident>();
  #steps: StepOf[] = [];

  constructor(lines: ReadonlyMap<string, Line>, state: RegisterState | null) {
    this.#lines = lines;
    this.#entries = new Map(state?.entries);
    this.#gatherings = new Map(state?.gatherings);
    this.#incidents = new Map(state?.incidents.map(([id, incident, active]) => [id, { incident, active }]));
    this.#telling = new Telling(lines, state?.floods ?? {});
    for (const [id, entry] of this.#entries) if (entry.record.state === 'normal') this.#closed.add(id);
  }

  state(): RegisterState {
    // Closed ones last, in the order they closed in.
    const closed = [...this.#closed].flatMap((id) => this.#entries.get(id) ?? []);
    const open = [...this.#entries.values()].filter(({ record }) => record.state !== 'normal');
    return {
      entries: [...open, ...closed].map((entry) => [entry.record.id, entry]),
      gatherings: [...this.#gatherings],
      incidents: [...this.#incidents].map(([id, { incident, active }]) => [id, incident, active]),
      floods: this.#telling.floods,
    };
  }

  get(id: string | undefined): Entry | null {
    return (id === undefined ? undefined : this.#entries.get(id)) ?? null;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** A condition begins: a new alarm, or `open` once more. Returns the alarm's entry; announcing is asked for apart. */
  raise(rise: Rise, open: Entry | null): Entry {
    const fresh = open ?? newEntry(rise);
    // Told a second time, or risen and gone within one instant: still the same alarm.
    const entry = this.#entries.get(fresh.record.id) ?? fresh;
    if (entry !== fresh || open) {
      if (!isActive(entry)) {
        riseAgain(entry);
        this.#step(entry, 'raised-again', rise.at);
      }
      if (!rise.late) entry.record.late = false;
    } else this.#step(entry, 'raised', rise.at);
    this.#entries.set(entry.record.id, entry);
    this.#closed.delete(entry.record.id);
    this.#changed.add(entry.record.id);
    return entry;
  }

  /** A condition ended at `at`; `now` is when that came to be known. */
  clear(entry: Entry, at: number, now: number): void {
    if (!isActive(entry)) return;
    clear(entry, at);
    this.#step(entry, 'cleared', entry.record.clearedAt ?? at);
    this.#settled(entry);
    const known = entry.record.group === null ? undefined : this.#incidents.get(entry.record.group);
    if (!known) {
      if (entry.announced) this.#telling.say('cleared', entry, now);
      return;
    }
    known.active -= 1;
    if (known.active > 0) return;
    known.incident.clearedAt = at;
    this.#changedIncidents.set(known.incident.id, known.incident);
    this.#forgetIncident(known.incident.id);
    const first = this.get(known.incident.alarms[0]);
    if (first) this.#telling.incident('incident-cleared', known.incident, first.record.priority, now);
  }

  /** An alarm of a late reading holds after all: from now on it is one like others. */
  nowKnown(entry: Entry): void {
    entry.record.late = false;
    this.#changed.add(entry.record.id);
  }

  /** Puts a record of the past in, unless it is there. */
  addPast(entry: Entry): void {
    if (this.#entries.has(entry.record.id)) return;
    const { id, raisedAt, clearedAt } = entry.record;
    this.#entries.set(id, entry);
    this.#step(entry, 'raised', raisedAt);
    if (clearedAt !== null) this.#step(entry, 'cleared', clearedAt);
    this.#settled(entry);
  }

  /**
   * Takes up a record that was kept, and gives its entry where it was not known. Of a known one, when somebody was told is all that is
   * not known already.
   */
  adopt(record: AlarmRecord, told: ReadonlySet<string>): Entry | null {
    const known = this.#entries.get(record.id);
    if (known) {
      if (known.record.deliveredAt === null && record.deliveredAt !== null) {
        known.record.deliveredAt = record.deliveredAt;
        this.#changed.add(record.id);
      }
      return null;
    }
    const entry: Entry = { record: { ...record }, announced: wasTold(record, told), again: false, actions: [] };
    // Told once more after an acknowledgement: only the state says so.
    entry.again = record.acknowledgedAt !== null && record.state === 'unacknowledged';
    this.#entries.set(record.id, entry);
    this.#changed.add(record.id);
    return entry;
  }

  incident(id: string): Incident | null {
    return this.#incidents.get(id)?.incident ?? null;
  }

  /** Tells of an alarm that rose, or rose again, unless something else tells of it. */
  announce(entry: Entry, at: number, how: { gathers: boolean; canWait: boolean; foldedInto: string | null }): string | null {
    const { record } = entry;
    if (record.late || record.state === 'shelved') return null;
    if (how.foldedInto !== null) {
      record.group ??= how.foldedInto;
      this.#changed.add(record.id);
      return null;
    }
    if (!how.gathers) {
      this.#telling.rose(entry, at);
      return null;
    }
    const gathering = this.#gatheringOf(record.line, at);
    // A member that rises once more is still the incident's, and draws nobody in.
    if (!gathering || (record.group !== null && record.group === gathering.incident)) return null;
    const verdict = join(gathering, { alarm: record.id, line: record.line, at, canWait: how.canWait });
    if (verdict === 'tell') this.#telling.rose(entry, at);
    if (verdict === 'folded') this.#enlist(gathering, entry);
    return gathering.tellAt === null ? null : gathering.place;
  }

  /** When a gathering has to be told of; null where nothing waits. */
  tellAt(place: string): number | null {
    return this.#gatherings.get(place)?.tellAt ?? null;
  }

  places(): string[] {
    return [...this.#gatherings.keys()];
  }

  /** Tells what waited at a place: its incident, or the alarms one by one. */
  tellWaiting(place: string, at: number): void {
    const gathering = this.#gatherings.get(place);
    if (gathering === undefined || this.tellAt(place) === null) return;
    gathering.tellAt = null;
    gathering.told = gathering.incident !== null;
    const incident = gathering.incident === null ? undefined : this.#incidents.get(gathering.incident)?.incident;
    const first = this.get(gathering.members[0]?.alarm);
    if (incident && first) this.#telling.incident('incident', incident, first.record.priority, at);
    for (const id of gathering.held) {
      const entry = this.get(id);
      // What was over before anybody was told stays in the list, and disturbs nobody.
      if (entry && isActive(entry)) this.#telling.rose(entry, at);
    }
    gathering.held = [];
  }

  act(request: ActionRequest): ActionOutcome {
    const entry = this.get(request.alarm);
    if (!entry) return { result: 'unknown' };
    const outcome = act(entry, request);
    if (outcome.result !== 'done') return outcome;
    this.#settled(entry);
    this.#step(entry, request.action, request.at, request.who, detailOf(request));
    return outcome;
  }

  delivered(id: string, at: number): void {
    const entry = this.get(id);
    if (entry?.record.deliveredAt !== null) return;
    entry.record.deliveredAt = Math.max(at, entry.record.raisedAt);
    this.#changed.add(id);
    this.#step(entry, 'delivered', entry.record.deliveredAt);
  }

  endShelf(entry: Entry, at: number): void {
    unshelve(entry, true);
    this.#step(entry, 'shelf-expired', at);
    this.#settled(entry);
    if (!isActive(entry)) return;
    entry.announced = true;
    this.#telling.say('shelf-expired', entry, at);
  }

  /** What changed since it was last asked. */
  changes(): Changes {
    const records = [...this.#changed].flatMap((id) => {
      const entry = this.#entries.get(id);
      return entry ? [{ ...entry.record }] : [];
    });
    const incidents = [...this.#changedIncidents.values()].map((incident) => ({
      ...incident,
      lines: [...incident.lines],
      alarms: [...incident.alarms],
    }));
    const steps = this.#steps;
    this.#changed.clear();
    this.#changedIncidents.clear();
    this.#steps = [];
    return { records, incidents, announcements: this.#telling.take(), steps };
  }

  #step({ record }: Entry, what: AlarmStep['what'], at: number, who: string | null = null, detail: string | null = null): void {
    this.#steps.push({ alarm: record.id, at, what, who, detail });
  }

  #settled(entry: Entry): void {
    const { id, state } = entry.record;
    this.#changed.add(id);
    this.#closed.delete(id);
    if (state !== 'normal') return;
    this.#closed.add(id);
    for (const oldest of this.#closed) {
      if (this.#closed.size <= closedKept) return;
      this.#closed.delete(oldest);
      // One that changed just now must still be told.
      if (!this.#changed.has(oldest)) this.#entries.delete(oldest);
    }
  }

  #gatheringOf(lineId: string, at: number): Gathering | null {
    const line = this.#lines.get(lineId);
    if (!line) return null;
    const place = line.building === null ? workshopOf(line) : `${line.park}/${line.building}`;
    const key = `${line.building === null ? 'workshop' : 'building'} ${place}`;
    const known = this.#gatherings.get(key);
    if (known && !isOver(known, at)) return known;
    const made = newGathering(key, line.building === null ? 'workshop' : 'building', at);
    this.#gatherings.set(key, made);
    const former = known?.incident ?? null;
    if (former !== null) this.#forgetIncident(former);
    return made;
  }

  /** Lets go of an incident that is over and that no line can join any more. */
  #forgetIncident(id: string): void {
    const known = this.#incidents.get(id);
    if (known?.active !== 0) return;
    const { placeKind, place } = known.incident;
    if (this.#gatherings.get(`${placeKind} ${place}`)?.incident !== id) this.#incidents.delete(id);
  }

  /** Puts an alarm, and with the first also those before it, into the incident of its gathering. */
  #enlist(gathering: Gathering, latest: Entry): void {
    const id = gathering.incident ?? '';
    let known = this.#incidents.get(id);
    const joining = known ? [latest] : gathering.members.flatMap((member) => this.get(member.alarm) ?? []);
    if (!known) {
      known = { incident: { ...newIncident(gathering, id), place: gathering.place.slice(gathering.placeKind.length + 1) }, active: 0 };
      this.#incidents.set(id, known);
    }
    const { incident } = known;
    incident.clearedAt = null;
    for (const entry of joining) {
      const { record } = entry;
      if (isActive(entry)) known.active += 1;
      if (record.group !== id) {
        record.group = id;
        incident.alarms.push(record.id);
        if (!incident.lines.includes(record.line)) incident.lines.push(record.line);
      }
      this.#changed.add(record.id);
    }
    this.#changedIncidents.set(id, incident);
  }
}
