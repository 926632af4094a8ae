/**
 * Shapes of the HTTP API about alarms: what `/alarms`, `/alarm-rules` and `/notifications` answer, used by server, web and
 * tests alike. Types only, so that the browser can have them; what is asked with is checked by actions.ts. Times are ms.
 */
import type { AlarmRecord, AlarmStep, Incident, Priority } from './alarm.ts';
import type { ChannelHealth, Delivery } from './notify.ts';
import type { OverrideChange, PlacedOverride } from './overrides.ts';
import type { State } from './reading.ts';
import type { Text } from './text.ts';

/** Where an alarm is. `workshop` is its own id beside its firm's. */
export interface AlarmLine {
  readonly id: string;
  readonly name: Text;
  readonly park: string;
  readonly firm: string;
  readonly workshop: string;
  readonly building: string | null;
  /** The equipment type's id. */
  readonly type: string;
}

/** `GET /alarms/{id}`. `line` is null for alarms of the system itself; steps are oldest first, deliveries newest first. */
export interface AlarmAnswer {
  readonly record: AlarmRecord;
  readonly line: AlarmLine | null;
  readonly incident: Incident | null;
  readonly steps: readonly AlarmStep[];
  readonly deliveries: readonly Delivery[];
}

/** One of the people on duty where an alarm is; `username` is of their account, null where they have none. 0 is the level that is told first. */
export interface PersonOnDuty {
  readonly name: string;
  readonly username: string | null;
  readonly level: number;
}

/** The steps of the repair clock, in order; each is the time since the step before it that was taken. */
export const repairSteps = ['delivered', 'acknowledged', 'arrived', 'resolved'] as const;
export type RepairStep = (typeof repairSteps)[number];

/** Times in ms; null where no alarm has the step. */
export interface StepTime {
  readonly count: number;
  readonly meanMs: number | null;
  readonly medianMs: number | null;
  readonly longestMs: number | null;
}

export interface RepairTimes {
  readonly steps: Readonly<Record<RepairStep, StepTime>>;
  /** Raised → resolved: the mean time to repair, as people worked on it. */
  readonly total: StepTime;
  /** Raised → cleared: how long the condition lasted, whoever ended it. */
  readonly active: StepTime;
}

/** Mean running time between failures. `failures` are alarms of stop codes; running time comes from the figures of the same window. */
export interface FailureRate {
  readonly failures: number;
  readonly runningMs: number;
  readonly mtbfMs: number | null;
}

/** One bar of a Pareto chart: the graver first, `share` up to and including it. */
export interface ParetoBar {
  readonly key: string;
  readonly count: number;
  readonly activeMs: number;
  readonly share: number;
}

/** What one person was told, in slices of ten minutes; a slice with more than ten is a flood. */
export interface Load {
  readonly person: string;
  readonly count: number;
  /** Over all slices of the window, also those without any. */
  readonly meanPerSlice: number;
  readonly mostPerSlice: number;
  readonly floodSlices: number;
  readonly slices: number;
}

/** An alarm that rises often. */
export interface Frequent {
  readonly line: string;
  readonly rule: string;
  readonly raises: number;
  /** Of all raises in the window. */
  readonly share: number;
}

export const figureLevels = ['line', 'type', 'firm', 'workshop'] as const;
export type FigureLevel = (typeof figureLevels)[number];

/** A workshop's id is "firm/workshop". `repair.total` is its MTTR, split into the steps of `repair.steps`. */
export interface AlarmGroup {
  readonly id: string;
  readonly alarms: number;
  readonly repair: RepairTimes;
  readonly failure: FailureRate;
}

/** `GET /alarms/figures`: of alarms raised in `[from, to)`. Those found in late readings count for no time people are measured by. */
export interface AlarmFigures {
  readonly from: number;
  readonly to: number;
  readonly by: FigureLevel;
  readonly alarms: number;
  /** There were more alarms than are looked at: these are the newest of them. */
  readonly isPart: boolean;
  readonly repair: RepairTimes;
  /** Those with the most alarms first; groups without any are there for their running time. */
  readonly groups: readonly AlarmGroup[];
  /** Keys are of `causes`; only alarms that were resolved have one. */
  readonly causes: readonly ParetoBar[];
  readonly rules: readonly ParetoBar[];
  /** People by what they were told, those with the most first. */
  readonly load: readonly Load[];
  /** The ten that rose most often. */
  readonly frequent: readonly Frequent[];
  /** What chattered, and how often. */
  readonly chattering: readonly Frequent[];
  /** Active for more than 24 h, the oldest first. */
  readonly stale: readonly AlarmRecord[];
}

/** What a rule says, in the units of overrides (contract/overrides.ts). */
export interface RuleValues {
  readonly enabled: boolean;
  readonly priority: Priority;
  readonly limit: number | null;
  readonly deadband: number;
  readonly onDelaySeconds: number;
  readonly offDelaySeconds: number;
  readonly settleSeconds: number;
  readonly when: State | null;
}

/** One rule of a line: as it is in force, and as it would be without any override. */
export interface RuleAnswer {
  readonly id: string;
  readonly text: Text;
  /** What `limit` and `deadband` are in; null where that is not a metric's. */
  readonly unit: string | null;
  readonly values: RuleValues;
  readonly standard: RuleValues;
  /** What made it what it is, the farthest place first: of the equipment type, of the plant file, changed since. */
  readonly overrides: readonly RuleOverride[];
}

export interface RuleOverride extends PlacedOverride {
  readonly source: 'type' | 'plant' | 'change';
}

/** `GET /alarm-rules`: with a line its rules; without one what the plant file and people say otherwise. Changes are newest first. */
export interface RulesAnswer {
  readonly line: string | null;
  readonly rules: readonly RuleAnswer[];
  readonly overrides: readonly RuleOverride[];
  readonly changes: readonly OverrideChange[];
}

/** `GET /notifications`: how the channels do, and the newest deliveries. */
export interface NotificationsAnswer {
  readonly channels: readonly ChannelHealth[];
  readonly deliveries: readonly Delivery[];
}

/** `POST /notifications/{channel}/test`: whether the message arrived, and why not in plain words. */
export interface TrialAnswer {
  readonly ok: boolean;
  readonly message: string | null;
}
