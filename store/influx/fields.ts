/**
 * A reading as a point: which fields it has, and how they become the same reading again.
 * Comes in: a reading and the metrics its equipment type declares, or the columns and values of a row. A metric is a field
 * under its own name; a field never changes its type, so texts and flags say in their names what they are. Whatever has no
 * field of its own (nulls, undeclared metrics, values of another kind than declared) lies in `rest` as JSON.
 */
import type { EquipmentType, Metric } from '../../contract/equipment.ts';
import { contextNames, states, type Context, type MetricValue, type Reading, type State } from '../../contract/reading.ts';
import { float, integer, point, text, uncarried } from './text.ts';
import type { Value } from './server.ts';

export const readingsMeasurement = 'readings';

export type Kind = 'number' | 'text' | 'flag';
export const kinds: readonly Kind[] = ['number', 'text', 'flag'];
/** Fields that every reading may have, whatever the equipment. */
export const ownFields = ['received', 'position', 'state', 'stop', 'hold', 'seq', ...contextNames, 'rest'] as const;

const reserved: ReadonlySet<string> = new Set([...ownFields, 'line', 'time']);
const suffixes: Readonly<Record<Kind, string>> = { number: '_number', text: '_text', flag: '_flag' };
const suffix = /_(number|text|flag)$/;

const kindOfMetric: Readonly<Record<Metric['kind'], Kind>> = { gauge: 'number', counter: 'number', text: 'text', flag: 'flag' };
const kindOfValue: Readonly<Record<string, Kind | undefined>> = { number: 'number', string: 'text', boolean: 'flag' };

/** A declared metric's field. No two metrics share one; `metricOf` is the reverse. */
export function fieldOf(metric: string, kind: Kind): string {
  const name = reserved.has(metric) || /^(_|m_)/.test(metric) ? `m_${metric}` : metric;
  return kind === 'number' && !suffix.test(metric) ? name : `${name}${suffixes[kind]}`;
}

export function metricOf(field: string): { metric: string; kind: Kind } {
  const kind = (suffix.exec(field)?.[1] ?? 'number') as Kind;
  const name = field.replace(suffix, '');
  return { metric: name.startsWith('m_') ? name.slice(2) : name, kind };
}

/** What has no field: contexts that are null, and metrics by name. */
type Rest = Partial<Context> & { m?: Record<string, MetricValue> };

/** A reading as a line of line protocol, and the names of its undeclared metrics. Throws where a value is none a reading may have. */
export function readingPoint(reading: Reading, type: EquipmentType | undefined, position: number): { line: string; undeclared: string[] } {
  const { line, ts, receivedAt, state, stop, hold, seq, metrics } = reading;
  const fields: [string, string][] = [
    ['received', integer(receivedAt)],
    ['position', integer(position)],
  ];
  if (state !== undefined) fields.push(['state', text(state)]);
  if (stop !== undefined) fields.push(['stop', text(stop)]);
  if (hold !== undefined) fields.push(['hold', float(hold)]);
  if (seq !== undefined) fields.push(['seq', integer(seq)]);
  const rest: string[] = [];
  for (const name of contextNames) {
    const given = reading[name];
    if (given === null) rest.push(member(name, 'null'));
    else if (given !== undefined) fields.push([name, text(given)]);
  }
  const others: string[] = [];
  const undeclared: string[] = [];
  for (const name of Object.keys(metrics)) {
    const value = metrics[name] ?? null;
    const declared = declaredKind(type, name);
    if (declared === undefined) undeclared.push(name);
    if (declared === undefined || declared !== kindOfValue[typeof value]) others.push(member(name, jsonOf(value)));
    else fields.push([fieldOf(name, declared), fieldValue(value)]);
  }
  if (others.length > 0) rest.push(member('m', `{${others.join(',')}}`));
  if (rest.length > 0) fields.push(['rest', text(`{${rest.join(',')}}`)]);
  return { line: point(readingsMeasurement, { line }, fields, ts), undeclared };
}

function declaredKind(type: EquipmentType | undefined, name: string): Kind | undefined {
  if (!type || !Object.hasOwn(type.metrics, name)) return undefined;
  const kind = type.metrics[name]?.kind;
  return kind && kindOfMetric[kind];
}

function fieldValue(value: MetricValue): string {
  if (typeof value === 'number') return float(value);
  // A flag is 0 or 1, so that the server can reckon with it.
  return typeof value === 'boolean' ? integer(Number(value)) : text(String(value));
}

function member(name: string, json: string): string {
  return `${JSON.stringify(name)}:${json}`;
}

/** JSON.stringify would make 0 of −0, and null of what is no number. */
function jsonOf(value: MetricValue): string {
  return typeof value === 'number' ? float(value) : JSON.stringify(value);
}

/** Turns rows with these columns into readings; metrics only where they are `wanted`, all of them where that is null. */
export class ReadingReader {
  readonly #put: (((draft: Draft, value: Value) => void) | null)[];
  readonly #position: number;
  readonly #received: number;

  constructor(columns: readonly string[], wanted: ReadonlySet<string> | null) {
    this.#position = columns.indexOf('position');
    this.#received = columns.indexOf('received');
    this.#put = columns.map((column) => putterOf(column, wanted));
  }

  position(row: readonly Value[]): number {
    return Number(row[this.#position]);
  }

  reading(line: string, row: readonly Value[]): Reading {
    const draft: Draft = { line, ts: Number(row[0]), receivedAt: Number(row[this.#received]), metrics: {} };
    row.forEach((value, index) => {
      if (value !== null) this.#put[index]?.(draft, value);
    });
    return draft;
  }
}

type Draft = { -readonly [Field in keyof Reading]: Reading[Field] } & { metrics: Record<string, MetricValue> };
const stateWords: ReadonlySet<string> = new Set(states);

function putterOf(column: string, wanted: ReadonlySet<string> | null): ((draft: Draft, value: Value) => void) | null {
  switch (column) {
    case 'time':
    case 'line':
    case 'received':
    case 'position':
      return null;
    case 'state':
      return (draft, value) => {
        if (stateWords.has(String(value))) draft.state = value as State;
      };
    case 'stop':
    case 'order':
    case 'batch':
    case 'design':
    case 'product':
      return (draft, value) => {
        draft[column] = uncarried(String(value));
      };
    case 'hold':
    case 'seq':
      return (draft, value) => {
        draft[column] = Number(value);
      };
    case 'rest':
      return (draft, value) => {
        putRest(draft, restOf(value), wanted);
      };
    default:
      return metricPutter(column, wanted);
  }
}

function metricPutter(column: string, wanted: ReadonlySet<string> | null): ((draft: Draft, value: Value) => void) | null {
  const { metric, kind } = metricOf(column);
  if (wanted?.has(metric) === false) return null;
  return (draft, value) => {
    draft.metrics[metric] = kind === 'number' ? Number(value) : kind === 'flag' ? value === 1 : uncarried(String(value));
  };
}

function putRest(draft: Draft, { m, ...contexts }: Rest, wanted: ReadonlySet<string> | null): void {
  Object.assign(draft, contexts);
  if (!m) return;
  for (const name of Object.keys(m)) {
    if (wanted?.has(name) === false) continue;
    // Plain assignment to `__proto__` would not make a property of it.
    Object.defineProperty(draft.metrics, name, { value: m[name], writable: true, enumerable: true, configurable: true });
  }
}

/** What a row's `rest` says. */
export function restOf(value: Value): Rest {
  return JSON.parse(uncarried(String(value))) as Rest;
}
