/**
 * Thread breaks of a machine with many heads: rows of breaks on one head, and breaks an hour against the norm.
 * Comes in: readings in order, with the situation before and after each. Goes out: edges of `breaks:head-<n>` and `break-rate`.
 * A stretch of a break code is one break, however many readings tell of it [ALM-4].
 */
import type { Reading } from '../../contract/reading.ts';
import { numberOf, type Situation } from '../../kpi/states.ts';
import { always, drop, feed, type Conditions, type Edge } from './condition.ts';
import type { BreakRules, Rule } from '../../kpi/rules.ts';

/** Plain JSON. */
export interface BreakMemory {
  /** The row running now: head, length, and when its last break was. */
  row: { head: number; count: number; at: number } | null;
  /** Whether the break the line stands in has been put down to a head. */
  counted: boolean;
  /** When threads broke in the last hour. */
  times: number[];
  /** How many heads are in use, as far as that is known. */
  heads: number | null;
}

export interface BreakStep {
  readonly reading: Reading;
  readonly before: Situation | null;
  readonly situation: Situation;
}

const hourMs = 3_600_000;
/** Breaks remembered; far more than any machine has in an hour. */
const timesLimit = 500;
/** The rate clears where it has fallen this far below what raised it. */
const clearShare = 0.75;

export function takeBreaks(memory: BreakMemory, rules: BreakRules, step: BreakStep, conditions: Conditions, edges: Edge[]): void {
  const { reading, before, situation } = step;
  if (rules.heads) memory.heads = numberOf(reading.metrics[rules.heads.metric]) ?? memory.heads;
  const inBreak = situation.state !== 'planned' && situation.stop !== null && rules.stops.has(situation.stop);
  if (!inBreak) {
    memory.counted = false;
    return;
  }
  if (before?.stop !== situation.stop || before.state !== situation.state) {
    memory.counted = false;
    if (rules.rate) countBreak(memory, rules, rules.rate, reading.ts, conditions, edges);
  }
  const head = numberOf(reading.metrics[rules.head]);
  if (memory.counted || head === null || !Number.isInteger(head) || head < 1) return;
  memory.counted = true;
  if (rules.row) countRow(memory, rules.row, rules.forgetMs, { head, at: reading.ts }, conditions, edges);
}

function countRow(
  memory: BreakMemory,
  rule: Rule,
  forgetMs: number,
  { head, at }: { head: number; at: number },
  conditions: Conditions,
  edges: Edge[],
): void {
  const { row } = memory;
  if (row && row.head !== head) drop(conditions, idOf(row.head), at, edges);
  const goesOn = row !== null && row.head === head && at - row.at <= forgetMs;
  const count = goesOn ? row.count + 1 : 1;
  memory.row = { head, count, at };
  if (count < (rule.limit ?? Number.POSITIVE_INFINITY)) return;
  const truth = { rule: idOf(head), at, until: always, value: count };
  feed(conditions, { ...truth, holds: true, delayMs: 0 }, edges);
  feed(conditions, { ...truth, holds: false, delayMs: forgetMs }, edges);
}

function countBreak(memory: BreakMemory, rules: BreakRules, rule: Rule, at: number, conditions: Conditions, edges: Edge[]): void {
  memory.times = [...memory.times.filter((time) => time > at - hourMs), at].slice(-timesLimit);
  const { heads, times } = memory;
  const norm = rules.heads && heads !== null && heads > 0 ? rules.heads.perHour * heads : (rule.limit ?? Number.POSITIVE_INFINITY);
  if (times.length <= norm && conditions[rule.id]?.raised !== true) return;
  const truth = { rule: rule.id, at, until: always, value: times.length };
  if (times.length > norm) feed(conditions, { ...truth, holds: true, delayMs: 0 }, edges);
  // It clears by itself when enough of them are more than an hour old.
  const leaving = times[times.length - 1 - Math.floor(norm * clearShare)] ?? at;
  const condition = conditions[rule.id];
  if (condition) condition.turnsAt = null;
  feed(conditions, { ...truth, holds: false, delayMs: leaving + hourMs - at }, edges);
}

function idOf(head: number): string {
  return `breaks:head-${String(head)}`;
}
