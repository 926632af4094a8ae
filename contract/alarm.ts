/**
 * Alarms as everybody sees them: the record, its states, what people may do to one, and what engine and edges tell each other.
 * Types and lists only, so that the browser can have them; what comes from outside is checked by overrides.ts. The rules
 * themselves are data of the equipment types and of the plant file. Meanings are after ISA-18.2 / IEC 62682.
 */
import type { Priority } from './live.ts';
import type { Text } from './text.ts';

export const priorities = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Priority[];

export const alarmStates = ['unacknowledged', 'acknowledged', 'returned', 'normal', 'shelved'] as const;
export type AlarmState = (typeof alarmStates)[number];

export const alarmActions = ['acknowledge', 'assign', 'arrive', 'resolve', 'shelve', 'unshelve', 'comment'] as const;
export type AlarmAction = (typeof alarmActions)[number];

/** The longest anybody may set an alarm aside, in minutes. */
export const shelveMinutes = 480;

/** One alarm of one line, from being raised to being dealt with. Times are ms since the epoch. */
export interface AlarmRecord {
  id: string;
  line: string;
  rule: string;
  priority: Priority;
  state: AlarmState;
  raisedAt: number;
  /** When the condition ended; null while it holds. */
  clearedAt: number | null;
  deliveredAt: number | null;
  acknowledgedAt: number | null;
  acknowledgedBy: string | null;
  assignedTo: string | null;
  arrivedAt: number | null;
  arrivedBy: string | null;
  resolvedAt: number | null;
  resolvedBy: string | null;
  /** One of `causes` and one of `remedies`, given on resolving. */
  cause: string | null;
  remedy: string | null;
  /** What was measured when it was raised, and the limit it met. */
  value: number | null;
  limit: number | null;
  text: Text;
  /** The incident or chattering alarm it is part of. */
  group: string | null;
  /** Found in readings that came too late to act upon: it notifies nobody. */
  late: boolean;
  /** How often it rose, 1 or more: an alarm that rises again before it was acknowledged is still the same one. */
  raises: number;
  shelvedUntil: number | null;
  shelvedBy: string | null;
  shelvedWhy: string | null;
}

/** Many lines of one place going silent or down at once. `place` is "park/building" or "firm/workshop". */
export interface Incident {
  id: string;
  place: string;
  placeKind: 'building' | 'workshop';
  startedAt: number;
  /** When the last of its alarms cleared. */
  clearedAt: number | null;
  lines: string[];
  alarms: string[];
}

export type AnnouncementKind = 'raised' | 'raised-again' | 'shelf-expired' | 'cleared' | 'incident' | 'incident-cleared' | 'flood';

/** Something somebody ought to be told; who, and how, is decided elsewhere. The same thing always has the same id. */
export interface Announcement {
  readonly id: string;
  readonly kind: AnnouncementKind;
  readonly at: number;
  /** The alarm; null for incidents and floods. */
  readonly alarm: string | null;
  readonly incident: string | null;
  /** "firm/workshop" of the line, or the place of the incident. */
  readonly place: string;
  readonly priority: Priority;
  /** Lines of the incident, raises of the flood, how often the alarm rose. */
  readonly count: number;
}

/** What somebody does to an alarm. `id` tells a repeated request from a second one. */
export interface ActionRequest {
  readonly id: string;
  readonly alarm: string;
  readonly action: AlarmAction;
  readonly who: string;
  readonly at: number;
  readonly to?: string | undefined;
  readonly minutes?: number | undefined;
  readonly reason?: string | undefined;
  readonly cause?: string | undefined;
  readonly remedy?: string | undefined;
  readonly comment?: string | undefined;
}

/** `repeated`: it had been done before, by the same person, and nothing changed. `refused` answers 409, `unknown` 404. */
export type ActionOutcome =
  | { readonly result: 'done' | 'repeated'; readonly record: AlarmRecord }
  | { readonly result: 'refused'; readonly reason: RefusalReason; readonly by: string | null; readonly at: number | null }
  | { readonly result: 'unknown' };

/** `already`: somebody else was first (`by`, `at`). `state`: not in this state. `incomplete`: a reason, a name or minutes are missing or wrong. */
export type RefusalReason = 'already' | 'state' | 'incomplete';
