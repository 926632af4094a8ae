/**
 * One line as the engine keeps it: its watch in its own time, and what is known of its device by the server's clock: when it was
 * heard, whether it is connected, what is wrong with its data. Comes in: readings and signs of life. Goes out: edges, and when to look
 * at it again. It knows no alarms and no clock.
 */
import type { Reading } from '../../contract/reading.ts';
import { always, expire, feed, nextTurn, type Conditions, type Edge } from './condition.ts';
import type { Rule, RuleSet, SingleRule } from '../../kpi/rules.ts';
import { lagOf, timingAfter, type Timing } from './timing.ts';
import { emptyWatch, mayBeSilentMs, watchReading, type Watch } from './watch.ts';

/** Plain JSON. Times of `heard`, `lostAt` and `signals` are the server's. */
export interface LineState {
  watch: Watch;
  timing: Timing | null;
  heard: number | null;
  lostAt: number | null;
  silent: boolean;
  signals: Conditions;
  seq: number | null;
  /** Open alarms by rule. */
  open: Record<string, string>;
  /** When rules rose lately, and which of them chatter. */
  raises: Record<string, number[]>;
  chatter: string[];
}

/** A turn that is due without a reading waits this long for one that is on its way. */
const graceMs = 1_000;

export function emptyLine(): LineState {
  return {
    watch: emptyWatch(),
    timing: null,
    heard: null,
    lostAt: null,
    silent: false,
    signals: {},
    seq: null,
    open: {},
    raises: {},
    chatter: [],
  };
}

/** Takes a reading newer than all before it. */
export function takeReading(line: LineState, rules: RuleSet, reading: Reading, deafUntil: number, edges: Edge[]): void {
  const clock = rules.single.get('data:clock');
  line.timing = timingAfter(line.timing, reading, { limitMs: (clock?.limit ?? 0) * 1000, deafUntil });
  if (clock) {
    const holds = line.timing.off;
    const delayMs = holds ? clock.onDelayMs : clock.offDelayMs;
    const value = Math.round((reading.ts - reading.receivedAt) / 100) / 10;
    feed(line.signals, { rule: clock.id, at: reading.receivedAt, until: always, holds, value, delayMs }, edges);
  }
  const { seq } = reading;
  if (seq !== undefined) {
    if (line.seq !== null && seq > line.seq + 1) pulse(line, rules, 'data:sequence', reading.receivedAt, seq - line.seq - 1, edges);
    line.seq = seq;
  }
  watchReading(line.watch, rules, reading, edges);
}

/** Something that happens at an instant: in alarm at once, and over when it has not happened again for the rule's off-delay. */
export function pulse(line: LineState, rules: RuleSet, name: SingleRule, at: number, value: number, edges: Edge[]): void {
  const rule: Rule | undefined = rules.single.get(name);
  if (!rule) return;
  const truth = { rule: rule.id, at, until: always, value };
  feed(line.signals, { ...truth, holds: true, delayMs: 0 }, edges);
  feed(line.signals, { ...truth, holds: false, delayMs: rule.offDelayMs }, edges);
}

/** Turns what is due by the server's clock at `now`, and in the line's own time by then. */
export function expireLine(line: LineState, now: number, edges: Edge[]): void {
  if (line.timing) expire(line.watch.conditions, now - lagOf(line.timing) - graceMs, edges);
  expire(line.signals, now, edges);
}

/** When the line has to be looked at though nothing comes in; null where nothing can happen. */
export function dueAt(line: LineState, rules: RuleSet, deafUntil: number): number | null {
  const turn = line.timing && nextTurn(line.watch.conditions);
  const own = turn === null || !line.timing ? null : turn + lagOf(line.timing) + graceMs;
  const times = [own, nextTurn(line.signals), silenceAt(line, rules, deafUntil)].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * When the line will have gone silent: no reading for so long, or its session lost. A line never heard of has not gone silent, nor has one
 * that is meant to say nothing; and while the system itself could not hear, nobody has.
 */
export function silenceAt(line: LineState, rules: RuleSet, deafUntil: number): number | null {
  const rule = rules.single.get('silence');
  if (!rule || line.silent) return null;
  const allowedMs = mayBeSilentMs(line.watch, rules);
  const quiet = line.heard === null ? always : line.heard + Math.max((rule.limit ?? 0) * 1000, allowedMs);
  const gone = line.lostAt === null ? always : Math.max(line.lostAt + rule.onDelayMs, (line.heard ?? 0) + allowedMs);
  const at = Math.min(quiet, gone);
  return at >= always ? null : Math.max(at, deafUntil);
}
