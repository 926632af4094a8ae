/**
 * What is wrong with a rejected reading, as a sentence can be made of it. Comes in: the reason and the detail the collector wrote down.
 * Goes out: the key of a text, what fills it, and what to look at. A detail that is not known here is passed on as it is.
 */
import type { Rejection } from '../../../contract/reading.ts';

/** The texts that explain a rejection; `other` shows the detail itself. */
export const faultKinds = [
  'not-utf8',
  'not-json',
  'empty-array',
  'not-object',
  'wrong-type',
  'ts-fraction',
  'ts-old',
  'future',
  'no-state',
  'no-stop',
  'hold',
  'seq',
  'too-long',
  'metric-name',
  'not-number',
  'infinite',
  'negative-counter',
  'too-big',
  'too-many-readings',
  'elsewhere',
  'unknown-line',
  'too-many-metrics',
  'other',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface RejectedFault {
  readonly kind: FaultKind;
  /** The field of the reading, what it held, and how much it was over: empty where that says nothing. */
  readonly field: string;
  readonly value: string;
  readonly amount: number | null;
}

/** `[kind, pattern]`: named groups of the pattern fill the text. */
const patterns: readonly (readonly [FaultKind, RegExp])[] = [
  ['not-utf8', /^is not UTF-8$/],
  ['empty-array', /^an array must hold at least one reading$/],
  ['not-object', /^a reading must be an object$/],
  [
    'wrong-type',
    /^(?<field>m\.\w+|\w+) must be (?<value>a number, a boolean, a string or null|a string or null|a number|a string|an object)$/,
  ],
  ['ts-fraction', /^(?<field>ts): (?<value>.*) must be whole milliseconds since 1970$/],
  ['ts-old', /^(?<field>ts): (?<value>.*) is before the year 2000$/],
  ['future', /^ts is (?<amount>\d+) s ahead of the server's clock$/],
  ['no-state', /^(?<field>state): (?<value>.*) is no state$/],
  ['no-stop', /^(?<field>stop): (?<value>.*) is no stop code of this equipment$/],
  ['hold', /^(?<field>hold): (?<value>.*) must be 0 to (?<amount>\d+) seconds$/],
  ['seq', /^(?<field>seq): (?<value>.*) must be a whole number from 0$/],
  ['metric-name', /^m: (?<value>.*) is no metric name$/],
  ['infinite', /^(?<field>m\.\w+): (?<value>.*) is beyond any number$/],
  ['negative-counter', /^(?<field>m\.\w+): (?<value>.*) is negative, and a counter cannot be$/],
  ['not-number', /^(?<field>m\.\w+): (?<value>.*) must be a number$/],
  ['too-long', /^(?<field>m\.\w+|\w+): (?<value>.*) must be at most (?<amount>\d+) characters, none of them a control character$/],
  ['too-big', /^(?<amount>\d+) bytes, \d+ at most$/],
  ['too-many-readings', /^(?<amount>\d+) readings in a packet, \d+ at most$/],
  ['elsewhere', /^the line stands elsewhere in the plant: (?<value>.*)$/],
  ['unknown-line', /^no line of the plant: (?<value>.*)$/],
  ['too-many-metrics', /^(?<amount>\d+) undeclared metrics on the line, \d+ at most$/],
];

export function faultOf({ reason, detail }: Pick<Rejection, 'reason' | 'detail'>): RejectedFault {
  for (const [kind, pattern] of patterns) {
    const groups = pattern.exec(detail)?.groups;
    if (!pattern.test(detail)) continue;
    return {
      kind,
      field: groups?.field ?? '',
      value: groups?.value ?? '',
      amount: groups?.amount === undefined ? null : Number(groups.amount),
    };
  }
  return { kind: reason === 'not-json' ? 'not-json' : 'other', field: '', value: detail, amount: null };
}
