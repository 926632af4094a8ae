/**
 * The plan: which messages an announcement asks for, and when. Comes in: an announcement with its records, the rota, what was sent of it before, an
 * instant. Goes out: deliveries to be made, and when to ask again. It is pure, and its ids are always the same for the same thing, so that
 * planning again after a restart sends nothing twice.
 */
import type { AlarmRecord, Announcement, Incident } from '../../contract/alarm.ts';
import type { Duty, Person } from '../../contract/duty.ts';
import { noLongerNeeded, type Delivery } from '../../contract/notify.ts';
import type { Concern, Reach, Rota } from '../../kpi/rota.ts';

/** An announcement with what it is of: one alarm; an incident with its alarms; a flood, which has none. */
export interface Told {
  readonly announcement: Announcement;
  readonly records: readonly AlarmRecord[];
  readonly incident: Incident | null;
}

/** A delivery to be made, of what, and the people it is meant for. */
export interface Planned {
  readonly told: Told;
  readonly delivery: Delivery;
  readonly people: readonly Person[];
}

/** One moment at which people are told: the first time, again, or the next ones. `number` counts reminders. */
interface Occasion {
  readonly kind: 'raised' | 'reminder' | 'escalation';
  readonly number: number;
  readonly level: number;
  readonly at: number;
}

const minuteMs = 60_000;
/** An alarm that nobody touches for a day is stale, and reminders have become noise. */
const remindForMs = 24 * 60 * minuteMs;

/** What the announcement is about: workshops, urgency, and the failing channel where it is about one. */
function concernOf({ announcement, records, incident }: Told, rota: Rota): Concern {
  const ids = incident?.lines ?? records.map(({ line }) => line);
  const lines = ids.length > 0 ? rota.linesOf(ids) : rota.lineAt(announcement.place);
  const failing = /^data:channel-(.+)$/.exec(records[0]?.rule ?? '')?.[1] ?? null;
  return { lines, priority: announcement.priority, failing };
}

/** Whether nobody has taken it on yet, and it is not over: of an incident, whether that is so of all its alarms that are not over. */
export function isPending({ announcement, records }: Told): boolean {
  if (announcement.kind === 'flood') return false;
  return records.some(({ state }) => state === 'unacknowledged') && !records.some(isTakenOn);
}

/** Whether somebody has dealt with it, by its state alone: one that was shelved and came back must be acknowledged anew, whatever was before. */
export function isTakenOn({ state }: AlarmRecord): boolean {
  return state !== 'unacknowledged' && state !== 'returned';
}

/** Whom to tell the first time: at once, or when somebody can be told again. */
export function firstDeliveries(told: Told, rota: Rota): Planned[] {
  const concern = concernOf(told, rota);
  const at = rota.firstReach(concern, told.announcement.at);
  if (at === null) return [];
  return plannedFor(told, { kind: 'raised', number: 0, level: 0, at }, rota.reach(concern, at));
}

/**
 * When the next reminder or escalation after that instant can be told: at its time, from `now` on, or when quiet hours are over; null where there will be
 * none.
 */
export function nextTurn(told: Told, rota: Rota, duty: Duty, after: number, now = after): number | null {
  const next = occasionAfter(told, rota, duty, after);
  return next && (rota.firstReach(concernOf(told, rota), Math.max(next.at, now)) ?? next.at);
}

/** Reminders and escalations of `(after, now]`. Of those that were missed only the one that reaches most people is made good. */
export function laterDeliveries(told: Told, rota: Rota, duty: Duty, after: number, now: number): Planned[] {
  if (now - told.announcement.at > remindForMs) return [];
  let chosen: Occasion | null = null;
  for (let next = occasionAfter(told, rota, duty, after); next !== null && next.at <= now;) {
    if (chosen?.kind !== 'escalation' || next.kind === 'escalation') chosen = next;
    next = occasionAfter(told, rota, duty, next.at);
  }
  return chosen === null ? [] : plannedFor(told, chosen, rota.reach(concernOf(told, rota), now));
}

/** Whom to tell that it is over: those who were told, or still will be, that it began. */
export function clearedDeliveries(told: Told, rota: Rota, duty: Duty, before: Iterable<Delivery>): Planned[] {
  const { announcement } = told;
  const at = rota.firstReach(concernOf(told, rota), announcement.at) ?? announcement.at;
  const names = new Map<string, Set<string>>();
  for (const { channel, to, failedAt, occasion } of before) {
    if (failedAt !== null || occasion === 'cleared') continue;
    names.set(channel, new Set([...(names.get(channel) ?? []), ...to]));
  }
  return duty.channels.flatMap((channel) => {
    const known = names.get(channel.id);
    if (!known || !channel.cleared) return [];
    const people = duty.people.filter(({ name }) => known.has(name));
    return [{ told, delivery: deliveryOf(told, channel.id, { kind: 'cleared', number: 0, level: 0, at }, people), people }];
  });
}

/** When something that ought to have been sent by now may be: now, or when quiet hours are over. */
export function reachableAt(told: Told, rota: Rota, now: number): number {
  return rota.firstReach(concernOf(told, rota), now) ?? now;
}

/** Given up because it has become needless, not because it failed. */
export function withdrawn(delivery: Delivery, at: number): Delivery {
  return { ...delivery, failedAt: at, error: noLongerNeeded };
}

function occasionAfter(told: Told, rota: Rota, duty: Duty, after: number): Occasion | null {
  const { announcement } = told;
  const concern = concernOf(told, rota);
  const base = rota.firstReach(concern, announcement.at);
  if (base === null || announcement.kind === 'flood') return null;
  const turn = (minutes: number | undefined): { number: number; at: number } | null => {
    if (minutes === undefined) return null;
    const number = Math.max(1, Math.floor((after - base) / (minutes * minuteMs)) + 1);
    return { number, at: base + number * minutes * minuteMs };
  };
  const { escalateMinutes, remindMinutes } = duty;
  const steps = turn(escalateMinutes[announcement.priority]);
  const escalation = steps !== null && steps.number < rota.levels(concern) ? steps : null;
  const reminder = turn(remindMinutes[announcement.priority]);
  if (escalation !== null && (reminder === null || escalation.at <= reminder.at)) {
    return { kind: 'escalation', number: escalation.number, level: escalation.number, at: escalation.at };
  }
  if (reminder === null || reminder.at > base + remindForMs) return null;
  const every = escalateMinutes[announcement.priority];
  const reached = every === undefined ? 0 : Math.floor((reminder.at - base) / (every * minuteMs));
  return { kind: 'reminder', number: reminder.number, level: Math.min(reached, rota.levels(concern) - 1), at: reminder.at };
}

function plannedFor(told: Told, occasion: Occasion, reaches: readonly Reach[]): Planned[] {
  return reaches.flatMap(({ channel, levels }) => {
    const chosen = occasion.kind === 'reminder' ? levels.slice(0, occasion.level + 1) : levels.slice(occasion.level, occasion.level + 1);
    // By e-mail only who has an address is told; a robot tells its group even where it can mention nobody.
    const people = [...new Set(chosen.flat())].filter((person) => channel.kind !== 'email' || person.email !== undefined);
    if (people.length === 0) return [];
    return [{ told, delivery: deliveryOf(told, channel.id, occasion, people), people }];
  });
}

function deliveryOf(
  { announcement }: Told,
  channel: string,
  occasion: Omit<Occasion, 'kind'> & { readonly kind: Delivery['occasion'] },
  people: readonly Person[],
): Delivery {
  const { id, alarm, incident } = announcement;
  return {
    id: `${id}-${channel}-${occasion.kind}-${String(occasion.number)}`,
    announcement: id,
    alarm,
    incident,
    channel,
    to: people.map(({ name }) => name),
    occasion: occasion.kind,
    level: occasion.level,
    dueAt: occasion.at,
    attempts: 0,
    deliveredAt: null,
    failedAt: null,
    error: null,
  };
}
