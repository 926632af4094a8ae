/**
 * Scope: the one place that decides what a caller may see and do, for HTTP and Socket.IO alike.
 * Comes in: the caller's role and scope, the plant. Goes out: yes or no, the lines and the groups that are visible.
 * It is pure, and it makes no difference between what is outside a scope and what does not exist.
 */
import type { AggregateLevel, Role, Scope } from '../../contract/api.ts';
import type { WatchFilter } from '../../contract/live.ts';
import type { Where } from '../../contract/overrides.ts';
import { isWithin, type Line, type Plant } from '../../contract/plant.ts';
import type { ScreenShows } from '../../contract/screens.ts';
import { systemLine } from '../../contract/system.ts';
import type { Place } from '../../contract/topics.ts';
import { grouped } from '../../kpi/grouping.ts';

export interface Caller {
  readonly username: string;
  readonly role: Role;
  readonly scope: Scope;
  /** Of a wall screen: what it shows, and with that all it may ask for. */
  readonly screen?: { readonly id: string; readonly name: string; readonly shows: ScreenShows };
}

/** What a route or an event needs; every one names exactly one of these. */
export type Permission =
  | 'plant'
  | 'lines'
  | 'reclassify'
  | 'watch'
  | 'aggregates'
  | 'overview'
  | 'reports'
  | 'summary'
  | 'devices'
  | 'users'
  | 'audit'
  | 'screens'
  | 'alarms'
  | 'rules'
  | 'notifications';

/** A group of lines whose figures may be summed. `id` is unique within its level; a workshop's is "firm/workshop". */
export interface Group {
  readonly id: string;
  readonly lines: readonly Line[];
}

const permitted: Record<Role, ReadonlySet<Permission>> = {
  admin: new Set([
    'plant',
    'lines',
    'reclassify',
    'watch',
    'aggregates',
    'overview',
    'reports',
    'summary',
    'devices',
    'users',
    'audit',
    'screens',
    'alarms',
    'rules',
    'notifications',
  ]),
  supervisor: new Set(['plant', 'lines', 'reclassify', 'watch', 'aggregates', 'reports', 'alarms']),
  maintenance: new Set(['plant', 'lines', 'watch', 'aggregates', 'alarms']),
  official: new Set(['plant', 'aggregates', 'overview', 'reports', 'summary']),
};

/** A wall screen hangs where everybody passes, with nobody before it: it may do what it shows, and nothing else. */
const permittedScreen: Record<ScreenShows['kind'], ReadonlySet<Permission>> = {
  zone: new Set(['plant', 'overview', 'summary']),
  park: new Set(['plant', 'overview', 'summary']),
  workshop: new Set(['plant', 'watch']),
};
/** What concerns the whole zone: an admin of a part of it may not touch it, or could widen that part. */
const wholeZone: ReadonlySet<Permission> = new Set(['users', 'audit', 'screens', 'notifications']);

/** Levels at which an official may see figures: firms and above, no workshop and no single line. */
const officialLevels: ReadonlySet<AggregateLevel> = new Set(['zone', 'park', 'firm', 'cluster']);

export function may(caller: Caller, permission: Permission): boolean {
  const { role, scope, screen } = caller;
  if (!permitted[role].has(permission)) return false;
  if (screen && !permittedScreen[screen.shows.kind].has(permission)) return false;
  return !wholeZone.has(permission) || isEmpty(scope);
}

/** A screen is a caller that has what it shows as its scope: sums as an official has them, or the lines of one workshop. */
export function callerOfScreen(screen: NonNullable<Caller['screen']>): Caller {
  const username = `screen:${screen.id}`;
  const { shows } = screen;
  if (shows.kind === 'workshop') return { username, role: 'supervisor', scope: { workshops: [shows.id] }, screen };
  return { username, role: 'official', scope: shows.kind === 'park' ? { parks: [shows.id] } : {}, screen };
}

export function maySum(caller: Caller, by: AggregateLevel): boolean {
  return (may(caller, 'aggregates') || may(caller, 'overview')) && (caller.role !== 'official' || officialLevels.has(by));
}

/** The sums of so few lines are those of a single one. */
export function maySeeSumOf(caller: Caller, lines: readonly Line[]): boolean {
  return lines.length > 1 || may(caller, 'lines');
}

/** An admin of everything: sees what is nobody's part of the zone, too. */
export function isChief({ role, scope }: Pick<Caller, 'role' | 'scope'>): boolean {
  return role === 'admin' && isEmpty(scope);
}

function isEmpty(scope: Scope): boolean {
  return [scope.parks, scope.firms, scope.workshops].every((part) => part === undefined || part.length === 0);
}

/** An empty scope is everything for admin and official, nothing for the others; otherwise its parts add up. */
export function covers(caller: Caller, place: Omit<Place, 'line'>): boolean {
  const { scope, role } = caller;
  if (isEmpty(scope)) return role === 'admin' || role === 'official';
  return (
    scope.parks?.includes(place.park) === true ||
    scope.firms?.includes(place.firm) === true ||
    scope.workshops?.includes(workshopId(place)) === true
  );
}

/** Alarms of a line, or of the system itself, which concern whoever keeps all of it running. */
export function maySeeAlarmsOf(plant: Plant, caller: Caller, line: string): boolean {
  if (!may(caller, 'alarms')) return false;
  if (line === systemLine) return isChief(caller) || (caller.role === 'maintenance' && !isEmpty(caller.scope));
  const place = plant.lines.get(line);
  return place !== undefined && covers(caller, place);
}

/** The account of a line within the scope; or of one that is not in the plant any more, which is left to whoever keeps everything. */
export function mayKeepDeviceOf(plant: Plant, caller: Caller, line: string): boolean {
  if (plant.lines.has(line)) return may(caller, 'devices') && visibleLine(plant, caller, line) !== null;
  return may(caller, 'devices') && isChief(caller);
}

/** Lines of a filter whose alarms the caller may see, in the plant's order. */
export function alarmLines(plant: Plant, caller: Caller, filter: WatchFilter): Line[] {
  return [...plant.lines.values()].filter((line) => matches(filter, line) && maySeeAlarmsOf(plant, caller, line.id));
}

/** What an override may be placed on by an admin: all of it lies within the scope. */
export function mayPlace(plant: Plant, caller: Caller, where: Where): boolean {
  const lines = [...plant.lines.values()].filter((line) => isWithin(line, where));
  return may(caller, 'rules') && lines.length > 0 && lines.every((line) => covers(caller, line));
}

/** The line, or null where the caller may not know whether there is one. */
export function visibleLine(plant: Plant, caller: Caller, id: string): Line | null {
  const line = plant.lines.get(id);
  return line && may(caller, 'lines') && covers(caller, line) ? line : null;
}

/**
 * The lines of a filter within the caller's scope, in the plant's order.
 * Null where the filter names something and nothing of it is visible; the empty filter always has an answer.
 */
export function visibleLines(plant: Plant, caller: Caller, filter: WatchFilter): Line[] | null {
  if (!may(caller, 'watch')) return null;
  const lines = [...plant.lines.values()].filter((line) => matches(filter, line) && covers(caller, line));
  const named = [filter.park, filter.firm, filter.workshop, filter.line].some((part) => part !== undefined);
  return named && lines.length === 0 ? null : lines;
}

/** Groups of a level all of whose lines are in scope: a part must never pass for the whole. */
export function visibleGroups(plant: Plant, caller: Caller, by: AggregateLevel): Group[] {
  if (!maySum(caller, by)) return [];
  const groups = grouped(plant.lines.values(), (line) => groupId(plant, by, line));
  return [...groups].map(([id, lines]) => ({ id, lines })).filter(({ lines }) => lines.every((line) => covers(caller, line)));
}

/** Ids of a scope that name nothing in the plant. */
export function unknownParts(plant: Plant, scope: Scope): string[] {
  const known = { parks: new Set<string>(), firms: new Set<string>(), workshops: new Set<string>() };
  for (const line of plant.lines.values()) {
    known.parks.add(line.park);
    known.firms.add(line.firm);
    known.workshops.add(workshopId(line));
  }
  return (['parks', 'firms', 'workshops'] as const).flatMap((part) => (scope[part] ?? []).filter((id) => !known[part].has(id)));
}

export function workshopId(place: Pick<Place, 'firm' | 'workshop'>): string {
  return `${place.firm}/${place.workshop}`;
}

/** A workshop is named by its own id beside its firm's, or as "firm/workshop". */
function matches(filter: WatchFilter, line: Line): boolean {
  return (
    (filter.park === undefined || filter.park === line.park) &&
    (filter.firm === undefined || filter.firm === line.firm) &&
    (filter.workshop === undefined || filter.workshop === line.workshop || filter.workshop === workshopId(line)) &&
    (filter.line === undefined || filter.line === line.id)
  );
}

function groupId(plant: Plant, by: AggregateLevel, line: Line): string {
  switch (by) {
    case 'zone':
      return plant.file.zone.id;
    case 'park':
      return line.park;
    case 'cluster':
      return line.cluster;
    case 'firm':
      return line.firm;
    case 'workshop':
      return workshopId(line);
    case 'line':
      return line.id;
  }
}
