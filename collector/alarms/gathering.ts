/**
 * Gatherings: lines of one building or workshop that go silent or down within seconds of each other, and the incident they become.
 * Comes in: an alarm that rose, and when. Goes out: whether to tell of it now, to wait a moment for others, or not at all because the
 * incident tells of it. It announces nothing itself, and knows lines by their ids only.
 */
import type { Incident } from '../../contract/alarm.ts';
import { identityOf } from './identity.ts';

/** [ALM-9] Who follows the last one within this time belongs to the same gathering. */
const withinMs = 10_000;
/** From so many lines on it is an incident. */
const manyLines = 3;
/** An incident is told of when this long nobody joined, and at the latest so long after its first line. */
const quietMs = 2_000;

/** Plain JSON. */
export interface Gathering {
  readonly place: string;
  readonly placeKind: Incident['placeKind'];
  readonly startedAt: number;
  lastAt: number;
  members: { alarm: string; line: string; at: number }[];
  /** Alarms that wait to be told of, by themselves or as an incident. */
  held: string[];
  /** When to tell; null while nothing waits. */
  tellAt: number | null;
  incident: string | null;
  told: boolean;
}

export interface Joining {
  readonly alarm: string;
  readonly line: string;
  readonly at: number;
  /** Whether its announcement can wait a moment: the cause is likely to be shared. */
  readonly canWait: boolean;
}

/** Whether an alarm of that time would begin a gathering of its own. */
export function isOver(gathering: Gathering, at: number): boolean {
  return at - gathering.lastAt > withinMs && gathering.tellAt === null;
}

export function newGathering(place: string, placeKind: Incident['placeKind'], at: number): Gathering {
  return { place, placeKind, startedAt: at, lastAt: at, members: [], held: [], tellAt: null, incident: null, told: false };
}

/** Joins an alarm. `tell` it now, it is `held` until `tellAt`, or `folded` into the incident. */
export function join(gathering: Gathering, joining: Joining): 'tell' | 'held' | 'folded' {
  const { alarm, line, at, canWait } = joining;
  gathering.lastAt = at;
  // A list of members is looked through only until it is an incident, that is while it is short.
  if (gathering.incident === null) {
    const fresh = gathering.members.filter((member) => at - member.at <= withinMs && member.alarm !== alarm);
    gathering.members = [...fresh, { alarm, line, at }];
    const lines = new Set(gathering.members.map((member) => member.line));
    if (lines.size >= manyLines) gathering.incident = identityOf(gathering.startedAt, 'incident', gathering.place);
  }
  if (gathering.incident !== null) {
    gathering.held = [];
    if (!gathering.told) wait(gathering, at);
    return 'folded';
  }
  if (!canWait) return 'tell';
  gathering.held.push(alarm);
  wait(gathering, at);
  return 'held';
}

function wait(gathering: Gathering, at: number): void {
  gathering.tellAt = Math.min(at + quietMs, Math.max(at, gathering.startedAt + withinMs));
}

export function newIncident({ place, placeKind, startedAt }: Gathering, id: string): Incident {
  return { id, place, placeKind, startedAt, clearedAt: null, lines: [], alarms: [] };
}
