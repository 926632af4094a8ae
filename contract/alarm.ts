/**
 * Alarms as everybody sees them: the record, its states, what people may do to one, and what engine and edges tell each other.
 * Types and lists only, so that the browser can have them; what comes from outside is checked by overrides.ts and actions.ts. The rules
 * themselves are data of the equipment types and of the plant file. Meanings are after ISA-18.2 / IEC 62682.
 */
import type { Text } from './text.ts';

export const priorities = ['critical', 'high', 'medium', 'low'] as const;
export type Priority = (typeof priorities)[number];

export const alarmStates = ['unacknowledged', 'acknowledged', 'returned', 'normal', 'shelved'] as const;
export type AlarmState = (typeof alarmStates)[number];

export const alarmActions = ['acknowledge', 'assign', 'arrive', 'resolve', 'shelve', 'unshelve', 'comment'] as const;
export type AlarmAction = (typeof alarmActions)[number];

/** The longest anybody may set an alarm aside, in minutes. */
export const shelveMinutes = 480;

/** One alarm of one line, from being raised to being dealt with. Times are ms since the epoch. */
export interface AlarmRecord {
  /** Begins with `raisedAt` in base 36 and a dash, so that ids sort by time and a store knows where to look. */
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
  /** Begins with `startedAt` in base 36 and a dash. */
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

/** Causes to choose from on resolving: what was wrong. */
export const causes: Readonly<Record<string, Text>> = {
  wear: { zh: '磨损', en: 'Wear' },
  breakage: { zh: '断裂损坏', en: 'Breakage' },
  adjustment: { zh: '调整不当', en: 'Out of adjustment' },
  electrical: { zh: '电气故障', en: 'Electrical fault' },
  control: { zh: '控制系统故障', en: 'Control system fault' },
  sensor: { zh: '传感器故障', en: 'Sensor fault' },
  network: { zh: '网络故障', en: 'Network fault' },
  power: { zh: '供电中断', en: 'Loss of power' },
  utilities: { zh: '水气汽等供应异常', en: 'Utilities (water, air, steam)' },
  material: { zh: '原材料问题', en: 'Material' },
  operation: { zh: '操作失误', en: 'Operation' },
  'false-alarm': { zh: '误报', en: 'False alarm' },
  other: { zh: '其他', en: 'Other' },
};

/** What was done about it. */
export const remedies: Readonly<Record<string, Text>> = {
  adjusted: { zh: '调整', en: 'Adjusted' },
  cleaned: { zh: '清洁', en: 'Cleaned' },
  replaced: { zh: '更换', en: 'Replaced a part' },
  repaired: { zh: '修理', en: 'Repaired' },
  restarted: { zh: '重启', en: 'Restarted' },
  'switched-off': { zh: '停用部件', en: 'Switched a part off' },
  none: { zh: '无需处理', en: 'Nothing needed' },
};

/**
 * What stands on a line's retained `alarms` topic: its open alarms, and those that closed with this message, once.
 * `incidents` are those that its alarms are part of.
 */
export interface LineAlarms {
  readonly at: number;
  readonly records: readonly AlarmRecord[];
  readonly incidents: readonly Incident[];
}

/** Alarms of these lines that were open at some time of `[from, to)`, newest first, at most `limit`. */
export interface AlarmQuery {
  readonly lines: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly states?: readonly AlarmState[] | undefined;
  readonly limit: number;
}

/** One line of an alarm's history: what happened to it, or what somebody did. `who` is null for what happened by itself. */
export interface AlarmStep {
  readonly at: number;
  readonly what:
    AlarmAction | 'raised' | 'raised-again' | 'cleared' | 'shelf-expired' | 'delivered' | 'reminded' | 'escalated' | 'undeliverable';
  readonly who: string | null;
  /** To whom, over which channel, with what reason: as it is to be read. */
  readonly detail: string | null;
}
