/**
 * States: which state a reading puts its line in, and the line's history as spans.
 * Comes in: readings sorted by ts, after what the readings before them left. Goes out: states and spans. The order of
 * arrival is not seen here, and nothing but the readings decides [KPI-3].
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { StateSpan } from '../contract/figures.ts';
import type { MetricValue, Reading, State } from '../contract/reading.ts';

/** The state a line is in and the stop code that goes with it. */
export interface Situation {
  readonly state: State;
  readonly stop: string | null;
}

/**
 * The state a reading means: its own, else its stop code's, else by the type's rule where it carries the rule's metric,
 * else as the reading before it (with its stop); before any: unknown.
 */
export function situationOf(reading: Reading, before: Situation | null, type: EquipmentType): Situation {
  if (reading.state !== undefined) return { state: reading.state, stop: reading.state === 'unknown' ? null : (reading.stop ?? null) };
  if (reading.stop !== undefined) return { state: type.stops[reading.stop]?.state ?? 'unknown', stop: reading.stop };
  const rule = type.state;
  if (rule) {
    const value = numberOf(reading.metrics[rule.metric]);
    if (value !== null) return { state: value > rule.above ? rule.then : rule.otherwise, stop: null };
  }
  return before ?? { state: 'unknown', stop: null };
}

/**
 * What a situation passes for once somebody has said which stop it was [KPI-10]: only of time that is known and not running, and only by a code
 * that stands for such time itself.
 */
export function restated(own: Situation, stop: string | null, type: EquipmentType): Situation {
  if (stop === null || own.state === 'running' || own.state === 'unknown') return own;
  const state = Object.hasOwn(type.stops, stop) ? type.stops[stop]?.state : undefined;
  return state === undefined || state === 'running' || state === 'unknown' ? own : { state, stop };
}

export function isSame(one: Situation, other: Situation): boolean {
  return one.state === other.state && one.stop === other.stop;
}

/** A metric's value as a number (flags count 0 and 1), or null where it is none. */
export function numberOf(value: MetricValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return null;
}

/** Gathers spans in order of time into a gap-free history of `[from, to)`: gaps are unknown, equal neighbours are one. */
export function createSpanList(from: number, to: number): { add(span: StateSpan): void; finish(): StateSpan[] } {
  const spans: StateSpan[] = [];
  let end = from;
  const push = (span: StateSpan): void => {
    if (span.from >= span.to) return;
    const last = spans.at(-1);
    if (last && isSame(last, span) && isSame(last.original ?? last, span.original ?? span)) last.to = span.to;
    else spans.push(span);
    end = span.to;
  };
  const add = (span: StateSpan): void => {
    const start = Math.max(span.from, end);
    const stop = Math.min(span.to, to);
    if (start >= stop) return;
    push({ from: end, to: start, state: 'unknown', stop: null });
    push({ ...span, from: start, to: stop });
  };
  return {
    add,
    finish() {
      push({ from: end, to, state: 'unknown', stop: null });
      return spans;
    },
  };
}
