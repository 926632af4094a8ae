/**
 * The list of the fault centre: open alarms as entries in sections, mine first. What belongs together is one entry: the lines of
 * an incident, the raises of a chattering alarm. Comes in: records, the plant, the view. Goes out: sections; it changes nothing.
 */
import { priorities, type AlarmRecord } from '../../../contract/alarm.ts';
import { isMine } from './alarms.ts';
import type { FaultFilter, FaultOrder, FaultShow } from './faults.ts';
import type { Plant } from './plant.ts';

export const alarmSections = ['mine', 'open', 'working', 'shelved'] as const;
export type AlarmSection = (typeof alarmSections)[number];

/** One card: an alarm, or several that are one matter. `lead` speaks for all of them and is one of `members`. */
export interface AlarmEntry {
  readonly key: string;
  readonly kind: 'alarm' | 'incident' | 'chattering';
  readonly lead: AlarmRecord;
  readonly members: readonly AlarmRecord[];
  readonly section: AlarmSection;
}

export interface AlarmGroup {
  readonly section: AlarmSection;
  readonly entries: readonly AlarmEntry[];
}

/** A row of the list on screen. */
export type AlarmRow =
  | { readonly key: string; readonly kind: 'heading'; readonly group: AlarmGroup }
  | { readonly key: string; readonly kind: 'entry'; readonly entry: AlarmEntry };

export interface AlarmListing {
  readonly groups: readonly AlarmGroup[];
  /** Entries of each section, whatever is shown of them. */
  readonly counts: Readonly<Record<AlarmSection, number>>;
}

const shown: Readonly<Record<FaultShow, readonly AlarmSection[]>> = {
  all: alarmSections,
  open: ['open'],
  working: ['mine', 'working'],
};

export function listingOf(
  records: Iterable<AlarmRecord>,
  plant: Plant,
  me: string,
  view: FaultFilter & { readonly show: FaultShow; readonly order: FaultOrder },
): AlarmListing {
  const passes = filterOf(plant, view);
  const byKey = new Map<string, AlarmRecord[]>();
  const all: AlarmRecord[] = [];
  for (const record of records) if (passes(record)) all.push(record);
  const ids = new Set(all.map(({ id }) => id));
  for (const record of all) {
    const key = record.group ?? record.id;
    const members = byKey.get(key);
    if (members) members.push(record);
    else byKey.set(key, [record]);
  }
  // What entries are ordered by is worked out once for each of them: there may be ten thousand.
  const weight = weights[view.order];
  const weighed: Record<AlarmSection, { entry: AlarmEntry; weight: number }[]> = { mine: [], open: [], working: [], shelved: [] };
  for (const [key, members] of byKey) {
    const entry = entryOf(key, members, members.length > 1 && ids.has(key), me);
    weighed[entry.section].push({ entry, weight: weight(entry.lead) });
  }
  const counts = { mine: 0, open: 0, working: 0, shelved: 0 };
  const groups: Record<AlarmSection, AlarmEntry[]> = { mine: [], open: [], working: [], shelved: [] };
  for (const section of alarmSections) {
    weighed[section].sort((a, b) => a.weight - b.weight || (a.entry.key < b.entry.key ? -1 : 1));
    groups[section] = weighed[section].map(({ entry }) => entry);
    counts[section] = groups[section].length;
  }
  const wanted = alarmSections.filter((section) => shown[view.show].includes(section) && groups[section].length > 0);
  return { groups: wanted.map((section) => ({ section, entries: groups[section] })), counts };
}

export function rowsOfListing(groups: readonly AlarmGroup[]): AlarmRow[] {
  return groups.flatMap((group): AlarmRow[] => [
    { key: `- ${group.section}`, kind: 'heading', group },
    ...group.entries.map((entry): AlarmRow => ({ key: entry.key, kind: 'entry', entry })),
  ]);
}

/** Where an incident is: the building all its lines are in, else their workshop, else the firm. */
export function placeOf(
  members: readonly AlarmRecord[],
  plant: Plant,
): { kind: 'building' | 'workshop'; name: string; line: string } | null {
  const lines = members.flatMap(({ line }) => plant.line(line) ?? []);
  const [first] = lines;
  if (!first) return null;
  const { building } = first.workshop;
  if (building !== null && lines.every(({ workshop, park }) => workshop.building === building && park.id === first.park.id)) {
    return { kind: 'building', name: building, line: first.id };
  }
  return { kind: 'workshop', name: '', line: first.id };
}

function entryOf(key: string, members: AlarmRecord[], isLed: boolean, me: string): AlarmEntry {
  const sorted =
    members.length === 1
      ? members
      : members.sort((a, b) => rankOf(a, me) - rankOf(b, me) || weights.urgent(a) - weights.urgent(b) || (a.id < b.id ? -1 : 1));
  const head = sorted.find(({ id }) => id === key);
  const [first] = sorted;
  const lead = head ?? first;
  if (!lead) throw new Error('an entry has members');
  const kind = members.length === 1 ? 'alarm' : isLed ? 'chattering' : 'incident';
  return { key, kind, lead, members: sorted, section: alarmSections[rankOf(first ?? lead, me)] ?? 'open' };
}

/** The section of one alarm, as its place in the order of sections. */
function rankOf(record: AlarmRecord, me: string): number {
  if (record.state === 'shelved') return 3;
  if (isMine(record, me)) return 0;
  return record.state === 'unacknowledged' || record.state === 'returned' ? 1 : 2;
}

/** A millisecond counts for one; no time of day is larger than what a step of priority counts for. */
const priorityWeight = 1e14;

const weights: Readonly<Record<FaultOrder, (record: AlarmRecord) => number>> = {
  urgent: (record) => priorityRank(record) * priorityWeight + record.raisedAt,
  newest: ({ raisedAt }) => -raisedAt,
  oldest: ({ raisedAt }) => raisedAt,
};

/** What has gone by itself is less urgent than anything that holds. */
function priorityRank({ priority, clearedAt }: AlarmRecord): number {
  return priorities.indexOf(priority) + (clearedAt === null ? 0 : priorities.length);
}

function filterOf(plant: Plant, filter: FaultFilter): (record: AlarmRecord) => boolean {
  const { priorities: chosen, firm, workshop, type, line } = filter;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (record) => {
    if (chosen.length > 0 && !chosen.includes(record.priority)) return false;
    if (line !== null && record.line !== line) return false;
    if (firm === null && type === null && words.length === 0) return true;
    const place = plant.line(record.line);
    if (firm !== null && place?.firm.id !== firm) return false;
    if (workshop !== null && place?.workshop.id !== workshop) return false;
    if (type !== null && place?.type.id !== type) return false;
    if (words.length === 0) return true;
    return words.every((word) => isFoundBy(record, word) || (place?.words ?? record.line).includes(word));
  };
}

function isFoundBy({ text, rule, assignedTo, acknowledgedBy, arrivedBy }: AlarmRecord, word: string): boolean {
  const has = (part: string | null): boolean => part?.toLowerCase().includes(word) === true;
  return has(text.zh) || has(text.en) || has(assignedTo) || has(acknowledgedBy) || has(arrivedBy) || has(rule);
}
