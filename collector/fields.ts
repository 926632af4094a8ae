/**
 * One reading's fields, checked by hand: comes in as any JSON value and the line's vocabulary, goes out as a Reading or as
 * the fault that refuses it. This is the hot path of the whole system (a schema library takes ten times as long here), so
 * a good reading costs no allocation but itself. Its metrics are the parsed object, never a copy.
 */
import {
  contextNames,
  readingLimits,
  states,
  type Context,
  type ContextName,
  type MetricValue,
  type Reading,
  type RejectReason,
  type State,
} from '../contract/reading.ts';
import type { EquipmentType } from '../contract/equipment.ts';
import { sampleOf } from './sample.ts';

export interface Fault {
  readonly reason: RejectReason;
  readonly detail: string;
  /** The reading's own time, where that is what is wrong. */
  readonly ts?: number;
}

/** What a line's equipment type lets a reading say, laid out for looking up. */
export interface Vocabulary {
  readonly stops: ReadonlySet<string>;
  /** Declared metrics; true where the value must be a number. */
  readonly numeric: ReadonlyMap<string, boolean>;
  readonly counters: ReadonlySet<string>;
}

/** A reading's fields as they were sent: anything. */
type Given = Partial<Record<'ts' | 'state' | 'stop' | 'hold' | 'seq' | 'm' | ContextName, unknown>>;

/** A reading while its fields are being filled in. */
export type Draft = { -readonly [Field in keyof Reading]: Reading[Field] };

const stateWords: ReadonlySet<string> = new Set(states);
const metricName = /^[A-Za-z][A-Za-z0-9_]*$/;
const unprintable = /[\p{Cc}\p{Cs}]/u;

export function vocabularyOf(type: EquipmentType): Vocabulary {
  const metrics = Object.entries(type.metrics);
  return {
    stops: new Set(Object.keys(type.stops)),
    numeric: new Map(metrics.map(([name, { kind }]) => [name, kind === 'gauge' || kind === 'counter'])),
    counters: new Set(metrics.filter(([, { kind }]) => kind === 'counter').map(([name]) => name)),
  };
}

/** Fills the draft from a JSON value; null where all is well. Fields that no reading has are passed over. */
export function fill(draft: Draft, value: unknown, vocabulary: Vocabulary): Fault | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return shape('a reading must be an object');
  const given = value as Given;
  return (
    fillTime(draft, given.ts) ??
    fillState(draft, given.state, given.stop, vocabulary) ??
    fillNumbers(draft, given.hold, given.seq) ??
    fillContext(draft, given) ??
    fillMetrics(draft, given.m, vocabulary)
  );
}

function fillTime(draft: Draft, ts: unknown): Fault | null {
  if (ts === undefined) return null;
  if (typeof ts !== 'number') return shape('ts must be a number');
  if (!Number.isSafeInteger(ts)) return bad('ts', ts, 'must be whole milliseconds since 1970');
  if (ts < readingLimits.earliestTs) return bad('ts', ts, 'is before the year 2000');
  if (ts > draft.receivedAt + readingLimits.aheadMs) {
    const ahead = Math.ceil((ts - draft.receivedAt) / 1000);
    return { reason: 'future', detail: `ts is ${String(ahead)} s ahead of the server's clock`, ts };
  }
  draft.ts = ts;
  return null;
}

function fillState(draft: Draft, state: unknown, stop: unknown, vocabulary: Vocabulary): Fault | null {
  if (state !== undefined) {
    if (typeof state !== 'string') return shape('state must be a string');
    if (!isState(state)) return bad('state', state, 'is no state');
    draft.state = state;
  }
  if (stop !== undefined) {
    if (typeof stop !== 'string') return shape('stop must be a string');
    if (!vocabulary.stops.has(stop)) return bad('stop', stop, 'is no stop code of this equipment');
    draft.stop = stop;
  }
  return null;
}

function fillNumbers(draft: Draft, hold: unknown, seq: unknown): Fault | null {
  if (hold !== undefined) {
    if (typeof hold !== 'number') return shape('hold must be a number');
    if (!(hold >= 0 && hold <= readingLimits.holdSeconds)) {
      return bad('hold', hold, `must be 0 to ${String(readingLimits.holdSeconds)} seconds`);
    }
    draft.hold = hold;
  }
  if (seq !== undefined) {
    if (typeof seq !== 'number') return shape('seq must be a number');
    if (!(Number.isSafeInteger(seq) && seq >= 0)) return bad('seq', seq, 'must be a whole number from 0');
    draft.seq = seq;
  }
  return null;
}

function fillContext(draft: Partial<Context>, given: Given): Fault | null {
  for (const name of contextNames) {
    const value = given[name];
    if (value === undefined) continue;
    if (value === null) draft[name] = null;
    else if (typeof value !== 'string') return shape(`${name} must be a string or null`);
    else if (!isText(value, readingLimits.contextCharacters)) return bad(name, value, textRule(readingLimits.contextCharacters));
    else draft[name] = value;
  }
  return null;
}

function fillMetrics(draft: Draft, metrics: unknown, vocabulary: Vocabulary): Fault | null {
  if (metrics === undefined) return null;
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return shape('m must be an object');
  const given = metrics as Record<string, unknown>;
  for (const name in given) {
    const fault = metricFault(name, given[name], vocabulary);
    if (fault !== null) return fault;
  }
  draft.metrics = given as Record<string, MetricValue>;
  return null;
}

function metricFault(name: string, value: unknown, vocabulary: Vocabulary): Fault | null {
  const numeric = vocabulary.numeric.get(name);
  if (numeric === undefined && !isMetricName(name)) {
    return { reason: 'bad-value', detail: `m: ${sampleOf(name, 80)} is no metric name` };
  }
  if (value === null) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return bad(`m.${name}`, value, 'is beyond any number');
    return value < 0 && vocabulary.counters.has(name) ? bad(`m.${name}`, value, 'is negative, and a counter cannot be') : null;
  }
  if (typeof value === 'object') return shape(`m.${name} must be a number, a boolean, a string or null`);
  if (numeric === true) return bad(`m.${name}`, value, 'must be a number');
  if (typeof value === 'string' && !isText(value, readingLimits.metricTextCharacters)) {
    return bad(`m.${name}`, value, textRule(readingLimits.metricTextCharacters));
  }
  return null;
}

/** Names that every object has by itself (`constructor` …) are refused: whoever looks one up must not find a function. */
function isMetricName(name: string): boolean {
  return name.length <= readingLimits.metricNameCharacters && metricName.test(name) && !(name in Object.prototype);
}

function isState(word: string): word is State {
  return stateWords.has(word);
}

function isText(text: string, limit: number): boolean {
  // Characters, not halves of them: only a text that might be too long is counted.
  if (text.length > limit && (text.length > 2 * limit || Array.from(text).length > limit)) return false;
  return !unprintable.test(text);
}

function textRule(limit: number): string {
  return `must be at most ${String(limit)} characters, none of them a control character`;
}

function shape(detail: string): Fault {
  return { reason: 'bad-shape', detail };
}

function bad(field: string, value: unknown, rule: string): Fault {
  return { reason: 'bad-value', detail: `${field}: ${sampleOf(value, 80)} ${rule}` };
}
