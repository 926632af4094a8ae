/**
 * Minute rows and hours as points: their tags, their fields, and how rows of the server become sums again.
 * Comes in: sums of a line. Goes out: fields of whole milliseconds and counts, two of them for each stop code, all of them
 * numbers, so that the server can add them up. What is zero is left out, unless it takes the place of what was not.
 */
import type { Sums } from '../../contract/figures.ts';
import type { Line } from '../../contract/plant.ts';
import { emptySums } from '../../kpi/utilization.ts';
import type { Series, Value } from './server.ts';
import { float, integer, spelled, unspelled } from './text.ts';

export type Tags = Readonly<Record<string, string>>;
/** Field values by name, none of them zero. */
export type Amounts = ReadonlyMap<string, number>;

const countNames = ['runningMs', 'setupMs', 'idleMs', 'stoppedMs', 'faultMs', 'plannedMs', 'overtimeMs', 'faults'] as const;
const amountNames = ['output', 'scrap'] as const;
const floats: ReadonlySet<string> = new Set(amountNames);
const sumNames: ReadonlySet<string> = new Set([...countNames, ...amountNames]);
const stopField = /^stop:(.*):(ms|count)$/;

/** What people group by. The line alone tells rows apart; the rest says where it stood when they were written. */
export function tagsOf(id: string, line: Line | undefined): Tags {
  if (!line) return { line: id };
  return { line: id, park: line.park, cluster: line.cluster, firm: line.firm, workshop: line.workshop, type: line.type.id };
}

export function amountsOf(sums: Sums): Amounts {
  const amounts = new Map<string, number>();
  const put = (name: string, value: number): void => {
    if (value !== 0) amounts.set(name, value);
  };
  for (const name of countNames) put(name, sums[name]);
  for (const name of amountNames) put(name, sums[name]);
  for (const [code, { ms, count }] of Object.entries(sums.stops)) {
    put(`stop:${spelled(code)}:ms`, ms);
    put(`stop:${spelled(code)}:count`, count);
  }
  return amounts;
}

/** The fields of a row that takes the place of `before`: whatever that had and this one has not becomes zero. */
export function fieldsOf(amounts: Amounts, before: Amounts): [name: string, value: string][] {
  const names = new Set(['runningMs', ...amounts.keys(), ...before.keys()]);
  return [...names].map((name) => {
    const value = amounts.get(name) ?? 0;
    return [name, floats.has(name) ? float(value) : integer(value)];
  });
}

/** A row's amounts; `prefix` stands before the names of fields in the answer to an aggregation. */
export function amountsOfRow(columns: readonly string[], row: readonly Value[], prefix = ''): Amounts {
  const amounts = new Map<string, number>();
  columns.forEach((column, index) => {
    const value = row[index];
    if (typeof value !== 'number' || value === 0 || index === 0 || !column.startsWith(prefix)) return;
    const name = column.slice(prefix.length);
    if (sumNames.has(name) || stopField.test(name)) amounts.set(name, value);
  });
  return amounts;
}

/** Adds amounts to sums. */
function addAmounts(sums: Sums, amounts: Amounts): void {
  for (const [name, value] of amounts) {
    const [, code, unit] = stopField.exec(name) ?? [];
    if (code === undefined) sums[name as (typeof countNames)[number]] += value;
    else addStop(sums.stops, unspelled(code), unit === 'ms' ? 'ms' : 'count', value);
  }
}

/** Stop codes come from outside: assignment would not make a property of `__proto__`. */
function addStop(stops: Sums['stops'], code: string, unit: 'ms' | 'count', value: number): void {
  if (!Object.hasOwn(stops, code)) {
    Object.defineProperty(stops, code, { value: { count: 0, ms: 0 }, writable: true, enumerable: true, configurable: true });
  }
  const sum = stops[code];
  if (sum) sum[unit] += value;
}

/** Sums by line and what `key` makes of a time, over all series a line has had; those that are all zero are not there. */
export function sumsOf(
  series: readonly Series[],
  prefix = '',
  key: (time: number) => number = (time) => time,
): Map<string, Map<number, Sums>> {
  const lines = new Map<string, Map<number, Sums>>();
  for (const { tags, columns, values } of series) {
    const line = unspelled(tags.line ?? '');
    const rows = lines.get(line) ?? new Map<number, Sums>();
    for (const row of values) {
      const amounts = amountsOfRow(columns, row, prefix);
      if (amounts.size === 0) continue;
      const at = key(Number(row[0]));
      const sums = rows.get(at) ?? emptySums();
      addAmounts(sums, amounts);
      rows.set(at, sums);
    }
    if (rows.size > 0) lines.set(line, rows);
  }
  return lines;
}
