/**
 * The alarm rules of a line: what its equipment type says, changed by the overrides that apply to it, the nearest place last.
 * Comes in: a type and overrides as data. Goes out: rules ready to be judged by, each with its priority, limit, delays and text.
 * A rule out of service is simply not there. It judges nothing itself.
 */
import type { EquipmentType, Metric } from '../contract/equipment.ts';
import type { Priority } from '../contract/alarm.ts';
import type { Override, PlacedOverride } from '../contract/overrides.ts';
import { isWithin, type Line } from '../contract/plant.ts';
import type { State } from '../contract/reading.ts';
import type { Text } from '../contract/text.ts';
import { headText, limitText, texts, type Side } from './ruletexts.ts';

export interface Rule {
  readonly id: string;
  readonly priority: Priority;
  readonly limit: number | null;
  readonly deadband: number;
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  readonly when: State | null;
  readonly settleMs: number;
  readonly text: Text;
}

export interface LimitRule extends Rule {
  readonly metric: string;
  readonly high: boolean;
  readonly limit: number;
  /** The rule that explains this one while it is in alarm. */
  readonly parent: string | null;
}

export interface BreakRules {
  readonly stops: ReadonlySet<string>;
  readonly head: string;
  readonly forgetMs: number;
  readonly heads: { readonly metric: string; readonly perHour: number } | null;
  /** `limit` is breaks in a row. */
  readonly row: Rule | null;
  /** `limit` is breaks an hour; an override of it goes for any number of heads. */
  readonly rate: Rule | null;
}

/** Rules that stand alone; absent while out of service. */
export type SingleRule = 'silence' | 'chattering' | 'data:clock' | 'data:rejected' | 'data:sequence';

export interface RuleSet {
  readonly type: EquipmentType;
  /** Actions before alerts, so that the graver one is judged first. */
  readonly limits: readonly LimitRule[];
  readonly stops: ReadonlyMap<string, Rule>;
  /** For a fault without a code of its own. */
  readonly fault: Rule | null;
  readonly breaks: BreakRules | null;
  readonly single: ReadonlyMap<SingleRule, Rule>;
}

/** Overrides that apply to a line, from the farthest place to the nearest; within a place as they were given. */
export function overridesOf(line: Line, placed: readonly PlacedOverride[]): Override[] {
  const levels: Override[][] = [line.type.alarms ?? [], [], [], [], []];
  for (const { where, override } of placed) {
    if (!concerns(line, { where, override })) continue;
    const level = where.line !== undefined ? 4 : where.workshop !== undefined ? 3 : where.firm !== undefined ? 2 : 1;
    levels[level]?.push(override);
  }
  return levels.flat();
}

/** Whether an override is for that line: where it stands, and what it is. */
export function concerns(line: Line, { where, override: { type } }: PlacedOverride): boolean {
  return (type ?? line.type.id) === line.type.id && isWithin(line, where);
}

/** The same for overrides of the same rule and type at the same place: the later one takes the place of the other. */
export function overrideKey({ where, override }: PlacedOverride): string {
  return [where.firm, where.workshop, where.line, override.rule, override.type].map((part) => part ?? '').join('\n');
}

export function rulesOf(type: EquipmentType, overrides: readonly Override[]): RuleSet {
  const change = (rule: Rule): Rule | null => changed(rule, overrides);
  const stops = new Map<string, Rule>();
  for (const [code, stop] of Object.entries(type.stops)) {
    if ((stop.severity ?? (stop.state === 'fault' ? 'fault' : 'stop')) !== 'fault') continue;
    const rule = change(plain(`stop:${code}`, stop.priority ?? 'high', stop.name));
    if (rule) stops.set(code, rule);
  }
  const single = new Map<SingleRule, Rule>();
  for (const rule of singles(type)) {
    const made = change(rule);
    if (made) single.set(rule.id, made);
  }
  const fault = change(plain('stop:fault', 'high', texts.fault));
  return { type, limits: limitRules(type, change), stops, fault, breaks: breakRules(type, change), single };
}

/** The rule of an id as it appears in records, or null where there is none (any more). */
export function ruleNamed(rules: RuleSet, id: string): Rule | null {
  if (id.startsWith('limit:')) return rules.limits.find((rule) => rule.id === id) ?? null;
  if (id.startsWith('stop:')) return rules.stops.get(id.slice(5)) ?? (id === 'stop:fault' ? rules.fault : null);
  if (id === 'break-rate') return rules.breaks?.rate ?? null;
  if (id.startsWith('breaks:head-')) {
    const row = rules.breaks?.row;
    return row ? { ...row, id, text: headText(id.slice(12), row.limit ?? 0) } : null;
  }
  return rules.single.get(id as SingleRule) ?? null;
}

/** The rule a fault or stop code puts in alarm, if any. */
export function stopRule(rules: RuleSet, state: State, stop: string | null): Rule | null {
  const coded = stop === null ? undefined : rules.stops.get(stop);
  if (coded) return coded;
  // A code that raises no alarm of its own, or is out of service, is not raised under another name.
  if (state !== 'fault' || (stop !== null && rules.type.stops[stop]?.state === 'fault')) return null;
  return rules.fault;
}

/** What is wrong with the system itself, as a rule of no line. */
export function systemRule({ what, priority, text }: { readonly what: string; readonly priority: Priority; readonly text: Text }): Rule {
  return plain(`data:${what}`, priority, text);
}

function plain(id: string, priority: Priority, text: Text, given: Partial<Rule> = {}): Rule {
  return { id, priority, limit: null, deadband: 0, onDelayMs: 0, offDelayMs: 0, when: null, settleMs: 0, text, ...given };
}

function singles(type: EquipmentType): (Rule & { readonly id: SingleRule })[] {
  const silence = { limit: 2 * type.expectSeconds, onDelayMs: 3_000 };
  const fading = { limit: 1, offDelayMs: 300_000 };
  return [
    // The delay is for lost sessions: a device that comes straight back has not gone silent.
    { ...plain('silence', 'medium', texts.silence, silence), id: 'silence' },
    { ...plain('chattering', 'low', texts.chattering, { limit: 3, offDelayMs: 300_000 }), id: 'chattering' },
    { ...plain('data:clock', 'low', texts.clock, { limit: 5 }), id: 'data:clock' },
    { ...plain('data:rejected', 'low', texts.rejected, fading), id: 'data:rejected' },
    { ...plain('data:sequence', 'low', texts.sequence, fading), id: 'data:sequence' },
  ];
}

const sides: readonly Side[] = ['actionHigh', 'actionLow', 'alertHigh', 'alertLow'];

function limitRules(type: EquipmentType, change: (rule: Rule) => Rule | null): LimitRule[] {
  return sides.flatMap((side) =>
    Object.entries(type.metrics).flatMap(([metric, declared]) => {
      const rule = limitRule(metric, declared, side, change);
      return rule ? [rule] : [];
    }),
  );
}

function limitRule(metric: string, declared: Metric, side: Side, change: (rule: Rule) => Rule | null): LimitRule | null {
  const { limits } = declared;
  const limit = limits?.[side];
  if (limits === undefined || limit === undefined) return null;
  const high = side.endsWith('High');
  const action = side.startsWith('action');
  const rule = change(
    plain(`limit:${metric}:${side}`, action ? 'high' : 'medium', declared.name, {
      limit,
      deadband: limits.deadband,
      onDelayMs: limits.onDelaySeconds * 1000,
      offDelayMs: limits.offDelaySeconds * 1000,
      when: limits.when ?? null,
      settleMs: (limits.settleSeconds ?? 0) * 1000,
    }),
  );
  if (!rule) return null;
  const parentSide: Side = high ? 'actionHigh' : 'actionLow';
  const parent = action || limits[parentSide] === undefined ? null : `limit:${metric}:${parentSide}`;
  const made = rule.limit ?? limit;
  return { ...rule, limit: made, metric, high, parent, text: limitText(declared, side, made) };
}

function breakRules(type: EquipmentType, change: (rule: Rule) => Rule | null): BreakRules | null {
  const { breaks } = type;
  if (!breaks) return null;
  const rate = change(plain('break-rate', 'low', texts.breakRate, { limit: breaks.perHour }));
  return {
    stops: new Set(breaks.stops),
    head: breaks.head,
    forgetMs: breaks.forgetSeconds * 1000,
    heads: breaks.perHead && rate?.limit === breaks.perHour ? breaks.perHead : null,
    row: change(plain('breaks', 'medium', texts.breaks, { limit: breaks.inRow })),
    rate,
  };
}

/** A rule as the overrides leave it; null where the last of them that says so puts it out of service. */
function changed(rule: Rule, overrides: readonly Override[]): Rule | null {
  let made = rule;
  let enabled = true;
  for (const given of overrides) {
    if (!isFor(given.rule, rule.id)) continue;
    enabled = given.enabled ?? enabled;
    made = {
      ...made,
      priority: given.priority ?? made.priority,
      limit: given.limit ?? made.limit,
      deadband: given.deadband ?? made.deadband,
      onDelayMs: given.onDelaySeconds === undefined ? made.onDelayMs : given.onDelaySeconds * 1000,
      offDelayMs: given.offDelaySeconds === undefined ? made.offDelayMs : given.offDelaySeconds * 1000,
      settleMs: given.settleSeconds === undefined ? made.settleMs : given.settleSeconds * 1000,
      when: given.when ?? made.when,
    };
  }
  return enabled ? made : null;
}

/** Whether an override's `rule` means the rule of this id. */
export function isFor(pattern: string, id: string): boolean {
  return pattern === id || (pattern.endsWith(':*') && id.startsWith(pattern.slice(0, -1)));
}
