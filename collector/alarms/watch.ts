/**
 * A line watched in its own time: its readings, in order, become edges of the rules that judge states, stop codes and values.
 * Comes in: one reading after another. Goes out: edges in order of time. The same fold runs at the head of the journal and over
 * stretches of the past. It knows no clock, and nothing of receipt, silence or people.
 */
import type { Reading, State } from '../../contract/reading.ts';
import { numberOf, situationOf, type Situation } from '../../kpi/states.ts';
import { takeBreaks, type BreakMemory } from './breaks.ts';
import { always, drop, expire, feed, type Conditions, type Edge } from './condition.ts';
import { stopRule, type LimitRule, type RuleSet } from '../../kpi/rules.ts';

/** Plain JSON. */
export interface Watch {
  /** The newest reading's; null before any. */
  ts: number | null;
  situation: Situation | null;
  /** Since when the line has been in this state. */
  since: number;
  /** The latest value of every metric that has limits, and until when it is true. */
  values: Record<string, { value: number; until: number }>;
  breaks: BreakMemory;
  conditions: Conditions;
}

const plannedMs = 8 * 3_600_000;

export function emptyWatch(situation: Situation | null = null): Watch {
  const breaks = { row: null, counted: false, times: [], heads: null };
  return { ts: null, situation, since: 0, values: {}, breaks, conditions: {} };
}

/** Takes the line's next reading, which must be newer than all before it. */
export function watchReading(watch: Watch, rules: RuleSet, reading: Reading, edges: Edge[]): void {
  const { ts } = reading;
  const from = edges.length;
  expire(watch.conditions, ts, edges);
  const before = watch.situation;
  const situation = situationOf(reading, before, rules.type);
  const until = ts + Math.round((reading.hold ?? rules.type.holdSeconds) * 1000);
  if (situation.state !== before?.state) watch.since = ts;
  watch.situation = situation;
  watch.ts = ts;
  keepValues(watch, rules, reading, until);
  if (situation.state === 'planned') {
    // [ALM-5] Suppressed by design: nothing is in alarm while the line is meant to stand.
    for (const rule of Object.keys(watch.conditions)) drop(watch.conditions, rule, ts, edges);
    watch.breaks.row = null;
  } else {
    feedStops(watch, rules, situation, ts, until, edges);
    for (const rule of rules.limits) feedLimit(watch, rule, situation.state, ts, edges);
  }
  if (rules.breaks) takeBreaks(watch.breaks, rules.breaks, { reading, before, situation }, watch.conditions, edges);
  inOrder(edges, from);
}

/** For how long after its latest reading a line may say nothing without an alarm, whatever its rule says. */
export function mayBeSilentMs({ situation }: Watch, rules: RuleSet): number {
  if (situation === null) return 0;
  if (situation.stop !== null && rules.type.stops[situation.stop]?.silent === true) return always;
  // A device may die in a break, too: being planned is believed for a shift, like a shelf.
  return situation.state === 'planned' ? plannedMs : 0;
}

function keepValues(watch: Watch, rules: RuleSet, reading: Reading, until: number): void {
  for (const { metric } of rules.limits) {
    const given = reading.metrics[metric];
    if (given === undefined) continue;
    const value = numberOf(given);
    if (value === null) Reflect.deleteProperty(watch.values, metric);
    else watch.values[metric] = { value, until };
  }
}

function feedStops(watch: Watch, rules: RuleSet, { state, stop }: Situation, at: number, until: number, edges: Edge[]): void {
  const rule = stopRule(rules, state, stop);
  for (const id of Object.keys(watch.conditions)) {
    if (!id.startsWith('stop:') || id === rule?.id) continue;
    const past = id === 'stop:fault' ? rules.fault : rules.stops.get(id.slice(5));
    if (past) feed(watch.conditions, { rule: id, at, until: always, holds: false, value: null, delayMs: past.offDelayMs }, edges);
    else drop(watch.conditions, id, at, edges);
  }
  if (rule) feed(watch.conditions, { rule: rule.id, at, until, holds: true, value: null, delayMs: rule.onDelayMs }, edges);
}

/**
 * [ALM-1] At or over the limit raises, under limit − deadband clears (low limits the other way round), each after its delay.
 * In a state the limit does not apply in, it is not in alarm.
 */
function feedLimit(watch: Watch, rule: LimitRule, state: State, at: number, edges: Edge[]): void {
  const { id, high, limit, deadband, when } = rule;
  if (when !== null && (state !== when || at - watch.since < rule.settleMs)) {
    drop(watch.conditions, id, at, edges);
    return;
  }
  const known = watch.values[rule.metric];
  // A value that is not true any more says nothing: whatever it led to stays as it is.
  if (known === undefined || known.until < at) return;
  const { value, until } = known;
  const raised = watch.conditions[id]?.raised === true;
  const edge = raised ? (high ? limit - deadband : limit + deadband) : limit;
  const holds = high ? value >= edge : value <= edge;
  feed(watch.conditions, { rule: id, at, until, holds, value, delayMs: raised ? rule.offDelayMs : rule.onDelayMs }, edges);
}

/** Sorts the edges found last by time; those of one instant stay in the order they were found in. */
function inOrder(edges: Edge[], from: number): void {
  if (edges.length - from < 2) return;
  edges.push(...edges.splice(from).sort((a, b) => a.at - b.at));
}
