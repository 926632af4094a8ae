/**
 * The past looked at again: readings that came too late for the present are folded in their place among those that were there already.
 * Comes in: a line's stored readings of a stretch, in order, and the alarms known of that time. Goes out: alarms that would have risen and cleared,
 * marked late; and, where the stretch reaches to the present, edges that put the present right [ALM-6]. It never edits a known alarm's past:
 * what people were told stays as they were told it.
 *
 * The engine keeps no readings for this, so its memory stays small: the store has them, and sends the stretch around every late reading.
 */
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Reading } from '../../contract/reading.ts';
import type { Situation } from '../../kpi/states.ts';
import type { Edge } from './condition.ts';
import type { LineState } from './line.ts';
import { clear, newEntry, type Entry } from './record.ts';
import { ruleNamed, type RuleSet } from '../../kpi/rules.ts';
import { emptyWatch, watchReading, type Watch } from './watch.ts';

export interface Stretch {
  readonly line: string;
  /** The earliest time of a late reading; alarms that were over before it are none of its making. */
  readonly from: number;
  /** The line's situation before the first reading, as far as it is known. */
  readonly situation: Situation | null;
  /**
   * All readings of the line, late ones in their place, sorted by ts and each once, from well before `from` (the longest delay, and
   * an hour where the type has breaks) to the present or to well after the last late one.
   */
  readonly readings: readonly Reading[];
  /** Alarms of the line that were active at any time of the stretch. */
  readonly known: readonly Pick<AlarmRecord, 'rule' | 'raisedAt' | 'clearedAt'>[];
}

interface Interval {
  readonly rule: string;
  readonly from: number;
  readonly to: number;
  readonly value: number | null;
}

/** Alarms of the past; `edges` gets what puts the present right. */
export function takePast(line: LineState, rules: RuleSet, stretch: Stretch, edges: Edge[]): Entry[] {
  const { readings, from, situation, known } = stretch;
  const watch = emptyWatch(situation);
  const found: Edge[] = [];
  for (const reading of readings) watchReading(watch, rules, reading, found);
  const reachesPresent = watch.ts !== null && watch.ts >= (line.watch.ts ?? 0);
  const { over, begun } = intervalsOf(found);
  if (reachesPresent) putRight(line, watch, rules, begun, edges);
  return over.flatMap((interval) => {
    const isNew = interval.to >= from && !known.some((alarm) => overlaps(alarm, interval));
    const rule = isNew ? ruleNamed(rules, interval.rule) : null;
    if (!rule || isExplained(rules, interval, over)) return [];
    const entry = newEntry({ line: stretch.line, rule, at: interval.from, value: interval.value, late: true });
    clear(entry, interval.to);
    return [entry];
  });
}

/** Raised and cleared: what is over; what has begun and not ended, by rule. */
function intervalsOf(edges: readonly Edge[]): { over: Interval[]; begun: Map<string, Edge> } {
  const begun = new Map<string, Edge>();
  const over: Interval[] = [];
  for (const edge of edges) {
    const start = begun.get(edge.rule);
    if (edge.raised) begun.set(edge.rule, edge);
    else if (start) {
      over.push({ rule: edge.rule, from: start.at, to: edge.at, value: start.value });
      begun.delete(edge.rule);
    }
  }
  return { over, begun };
}

/** Puts the watch that knows all readings in place of the one that missed some, and says where they differ. */
function putRight(line: LineState, watch: Watch, rules: RuleSet, begun: ReadonlyMap<string, Edge>, edges: Edge[]): void {
  const before = line.watch;
  const at = watch.ts ?? 0;
  for (const [rule, condition] of Object.entries(before.conditions)) {
    if (watch.conditions[rule]?.raised === true || !condition.raised) continue;
    // The stretch has nothing to say of a value that was not measured in it.
    if (isSpokenOf(rule, watch, rules)) edges.push({ rule, at, raised: false, value: condition.value });
    else watch.conditions[rule] = condition;
  }
  for (const [rule, edge] of begun) if (before.conditions[rule]?.raised !== true) edges.push(edge);
  const first = watch.breaks.times[0] ?? Number.POSITIVE_INFINITY;
  watch.breaks.times.unshift(...before.breaks.times.filter((time) => time < first));
  watch.breaks.row ??= before.breaks.row;
  watch.breaks.heads ??= before.breaks.heads;
  watch.values = { ...before.values, ...watch.values };
  line.watch = watch;
}

function isSpokenOf(rule: string, { values, breaks }: Watch, rules: RuleSet): boolean {
  if (rule.startsWith('stop:')) return true;
  if (rule.startsWith('breaks:')) return breaks.row !== null;
  const limit = rules.limits.find(({ id }) => id === rule);
  return limit !== undefined && values[limit.metric] !== undefined;
}

function overlaps(alarm: Stretch['known'][number], interval: Interval): boolean {
  return alarm.rule === interval.rule && alarm.raisedAt <= interval.to && (alarm.clearedAt ?? interval.from) >= interval.from;
}

/** Whether the action limit was in alarm all the while the alert limit was. */
function isExplained(rules: RuleSet, interval: Interval, all: readonly Interval[]): boolean {
  const parent = rules.limits.find(({ id }) => id === interval.rule)?.parent ?? null;
  return parent !== null && all.some(({ rule, from, to }) => rule === parent && from <= interval.from && to >= interval.to);
}
