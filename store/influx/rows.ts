/**
 * Minute rows and what they add up to as points: their tags, their fields, and how rows of the server become sums again.
 * Comes in: sums of a line. Goes out: ten numbers, each of them always there so that a row overwrites the one before, and the
 * stops as JSON: two fields a stop code would be hundreds of columns, and the server pays for each of them line by line.
 */
import type { Sums } from '../../contract/figures.ts';
import type { Line } from '../../contract/plant.ts';
import { emptySums, isEmpty } from '../../kpi/utilization.ts';
import type { Series, Value } from './server.ts';
import { float, integer, named, spelled, text, uncarried, unspelled } from './text.ts';

export type Tags = Readonly<Record<string, string>>;

const countNames = ['runningMs', 'setupMs', 'idleMs', 'stoppedMs', 'faultMs', 'plannedMs', 'overtimeMs', 'faults'] as const;
const amountNames = ['output', 'scrap'] as const;
const sumNames = [...countNames, ...amountNames];

/** What is selected of a row, in the order in which `sumsOfRow` takes it. */
export const sumColumns = [...sumNames, 'stops'].map(named).join(', ');

/** A row of the server. */
export interface SumsRow {
  readonly line: string;
  readonly tags: Tags;
  readonly time: number;
  readonly sums: Sums;
}

/** What people group by. The line alone tells rows apart; the rest says where it stood when they were written. */
export function tagsOf(id: string, line: Line | undefined): Tags {
  if (!line) return { line: id };
  return { line: id, park: line.park, cluster: line.cluster, firm: line.firm, workshop: line.workshop, type: line.type.id };
}

export function fieldsOf(sums: Sums): [name: string, value: string][] {
  const stops = Object.entries(sums.stops).map(([code, { count, ms }]) => [code, count, ms]);
  return [
    ...countNames.map((name): [string, string] => [name, integer(sums[name])]),
    ...amountNames.map((name): [string, string] => [name, float(sums[name])]),
    ['stops', text(stops.length === 0 ? '' : JSON.stringify(stops))],
  ];
}

/** Two fields for each stop code, for people and their charts; codes that only the row before had become zero. */
export function stopFields({ stops }: Sums, before: Sums | undefined): [name: string, value: string][] {
  const codes = new Set([...Object.keys(stops), ...Object.keys(before?.stops ?? {})]);
  return [...codes].flatMap((code): [string, string][] => {
    const { count, ms } = (Object.hasOwn(stops, code) ? stops[code] : undefined) ?? { count: 0, ms: 0 };
    return [
      [`stop:${spelled(code)}:ms`, integer(ms)],
      [`stop:${spelled(code)}:count`, integer(count)],
    ];
  });
}

/** The rows of an answer that selected `sumColumns`; rows of zeros are none. */
export function rowsOf(series: readonly Series[]): SumsRow[] {
  return series.flatMap(({ tags, values }) => {
    const own = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, unspelled(value)]));
    const rows = values.map((row) => ({ line: own.line ?? '', tags: own, time: Number(row[0]), sums: sumsOfRow(row) }));
    return rows.filter(({ sums }) => !isEmpty(sums));
  });
}

/** Adds `part` into `total`, whatever the stop codes are called. */
export function add(total: Sums, part: Sums): void {
  for (const name of sumNames) total[name] += part[name];
  for (const [code, { count, ms }] of Object.entries(part.stops)) addStop(total.stops, code, count, ms);
}

function sumsOfRow([, ...row]: readonly Value[]): Sums {
  const sums = emptySums();
  sumNames.forEach((name, index) => {
    sums[name] = Number(row[index]);
  });
  const stops = row[sumNames.length];
  if (typeof stops === 'string' && stops !== '') {
    for (const [code, count, ms] of JSON.parse(uncarried(stops)) as [string, number, number][]) addStop(sums.stops, code, count, ms);
  }
  return sums;
}

/** Stop codes come from outside: assignment would not make a property of `__proto__`. */
function addStop(stops: Sums['stops'], code: string, count: number, ms: number): void {
  const sum = Object.hasOwn(stops, code) ? stops[code] : undefined;
  if (sum) {
    sum.count += count;
    sum.ms += ms;
  } else Object.defineProperty(stops, code, { value: { count, ms }, writable: true, enumerable: true, configurable: true });
}
