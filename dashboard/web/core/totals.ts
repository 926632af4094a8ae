/**
 * What many lines come to together: counts by state and the utilization of their running shifts.
 * Seconds and counts are added first and divided last; a ratio of ratios is never formed [KPI-5].
 */
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { State } from '../../../contract/reading.ts';
import type { Text } from '../../../contract/text.ts';
import type { Plant } from './plant.ts';
import { emptyCounts } from './states.ts';
import { targetOf } from './target.ts';

export interface Rates {
  readonly utilization: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly coverage: number | null;
}

/** Output of the lines that count in this unit. */
export interface UnitOutput {
  readonly unit: Text;
  readonly amount: number;
  /** Σ ideal rate × planned busy time so far. */
  readonly target: number;
  readonly lines: number;
}

export interface Totals extends Rates {
  readonly lines: number;
  readonly counts: Readonly<Record<State, number>>;
  /** The most lines first. */
  readonly outputs: readonly UnitOutput[];
  /** Lines whose shift is running now. */
  readonly onShift: number;
}

/** Below this coverage a ratio is shown with its range, marked with a hatched edge. */
const honestCoverage = 0.9;

/** Below this coverage the figure says next to nothing; its range is what is known. */
const tellingCoverage = 0.2;

export function isShort(rates: Rates): boolean {
  return rates.coverage !== null && rates.coverage < honestCoverage;
}

export function isScant(rates: Rates): boolean {
  return rates.coverage !== null && rates.coverage < tellingCoverage;
}

export class Sum {
  readonly counts = emptyCounts();
  readonly #outputs = new Map<string, { unit: Text; amount: number; target: number; lines: number }>();
  #lines = 0;
  #onShift = 0;
  #running = 0;
  #busy = 0;
  #unknown = 0;

  add(record: LiveRecord, plant: Plant): void {
    this.#lines += 1;
    this.counts[record.state] += 1;
    if (!record.shift) return;
    this.#onShift += 1;
    this.#addSeconds(record.shift);
    const type = plant.types[record.type];
    if (type?.output) this.#addOutput(type.output.unit, record.shift.output, targetOf(type, record.shift) ?? 0);
  }

  totals(): Totals {
    const outputs = [...this.#outputs.values()].sort((a, b) => b.lines - a.lines);
    return { lines: this.#lines, counts: this.counts, onShift: this.#onShift, outputs, ...this.#rates() };
  }

  #addSeconds(record: UtilizationRecord): void {
    this.#running += record.runningSeconds;
    this.#busy += record.busySeconds;
    this.#unknown += record.unknownSeconds;
  }

  #addOutput(unit: Text, amount: number, target: number): void {
    const known = this.#outputs.get(unit.en);
    if (known) {
      known.amount += amount;
      known.target += target;
      known.lines += 1;
    } else this.#outputs.set(unit.en, { unit, amount, target, lines: 1 });
  }

  #rates(): Rates {
    return ratesOf([{ runningSeconds: this.#running, busySeconds: this.#busy, unknownSeconds: this.#unknown }]);
  }
}

/** Seconds added first, then divided. */
export function ratesOf(records: Iterable<Pick<UtilizationRecord, 'runningSeconds' | 'busySeconds' | 'unknownSeconds'>>): Rates {
  let [running, busy, unknown] = [0, 0, 0];
  for (const record of records) {
    running += record.runningSeconds;
    busy += record.busySeconds;
    unknown += record.unknownSeconds;
  }
  return {
    utilization: ratio(running, busy - unknown),
    low: ratio(running, busy),
    high: ratio(running + unknown, busy),
    coverage: ratio(busy - unknown, busy),
  };
}

export function totalsOf(records: Iterable<LiveRecord>, plant: Plant): Totals {
  const sum = new Sum();
  for (const record of records) sum.add(record, plant);
  return sum.totals();
}

function ratio(part: number, whole: number): number | null {
  return whole <= 0 ? null : part / whole;
}
