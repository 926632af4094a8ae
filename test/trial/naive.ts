/**
 * The trial's own idea of every answer: the naive figures of lines, added up over groups, with ratios formed from them.
 * Comes in: every line's readings as they arrived. Goes out: records to hold answers against, in whole milliseconds and units.
 */
import type { Calendar } from '../../contract/calendar.ts';
import type { UtilizationRecord } from '../../contract/figures.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { naiveFigures, type NaiveFigures } from '../naive.ts';
import { timezone } from './zone.ts';

const times = ['busy', 'running', 'setup', 'idle', 'stopped', 'fault', 'unknown', 'planned', 'overtime'] as const;
type Time = (typeof times)[number];
const amounts = ['output', 'scrap'] as const;
const ratios = ['utilization', 'low', 'high', 'coverage', 'performance', 'quality', 'oee'] as const;

/** Milliseconds and units; what was ideal beside them, for the one ratio that needs it. */
type Totals = Record<Time | (typeof amounts)[number] | 'ideal', number> & { stops: Record<string, { count: number; ms: number }> };

export class Expectations {
  readonly #plant: Plant;
  readonly #arrived: ReadonlyMap<string, readonly Reading[]>;
  readonly #seen = new Map<string, Totals>();

  constructor(plant: Plant, arrived: ReadonlyMap<string, readonly Reading[]>) {
    this.#plant = plant;
    this.#arrived = arrived;
  }

  /** What is wrong with a record of those lines, in words; null where nothing is. */
  difference(lines: readonly Line[], record: UtilizationRecord): string | null {
    const expected = flat(sum(lines.map((line) => this.#totals(line, record.from, record.to))));
    const given = flatRecord(record);
    const wrong = Object.keys({ ...expected, ...given }).filter((name) => !isClose(expected[name], given[name], name));
    if (wrong.length === 0) return null;
    return wrong.map((name) => `${name}: expected ${String(expected[name])}, was ${String(given[name])}`).join('; ');
  }

  calendarOf(line: Line): Calendar {
    const calendar = this.#plant.calendars.get(line.calendar);
    if (!calendar) throw new Error(`no calendar: ${line.calendar}`);
    return calendar;
  }

  #totals(line: Line, from: number, to: number): Totals {
    const key = `${line.id} ${String(from)} ${String(to)}`;
    const found = this.#seen.get(key);
    if (found) return found;
    const window = { from, to, now: Number.MAX_SAFE_INTEGER };
    const figures = naiveFigures(this.#arrived.get(line.id) ?? [], line.type, this.calendarOf(line), timezone, window);
    const totals = totalsOf(figures, line.type.output?.idealPerHour ?? 0);
    this.#seen.set(key, totals);
    return totals;
  }
}

function totalsOf(figures: NaiveFigures, idealPerHour: number): Totals {
  const ms = (time: Time): number => Math.round(figures[`${time}Seconds`] * 1000);
  return {
    ...(Object.fromEntries(times.map((time) => [time, ms(time)])) as Record<Time, number>),
    output: figures.output,
    scrap: figures.scrap,
    ideal: (idealPerHour * ms('running')) / 3_600_000,
    stops: Object.fromEntries(
      Object.entries(figures.stops).map(([stop, { count, seconds }]) => [stop, { count, ms: Math.round(seconds * 1000) }]),
    ),
  };
}

function sum(parts: readonly Totals[]): Totals {
  const names = [...times, ...amounts, 'ideal'] as const;
  const total = {
    ...Object.fromEntries(names.map((name) => [name, parts.reduce((all, part) => all + part[name], 0)])),
    stops: {},
  } as Totals;
  for (const { stops } of parts) {
    for (const [stop, { count, ms }] of Object.entries(stops)) {
      const entry = (total.stops[stop] ??= { count: 0, ms: 0 });
      entry.count += count;
      entry.ms += ms;
    }
  }
  return total;
}

type Flat = Record<string, number | null>;

/** The figures by name, ratios included, as the definitions say. */
function flat({ stops, ideal, ...total }: Totals): Flat {
  const over = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const utilization = over(total.running, total.busy - total.unknown);
  const performance = over(total.output, ideal);
  const quality = over(total.output - total.scrap, total.output);
  return {
    ...total,
    utilization,
    low: over(total.running, total.busy),
    high: over(total.running + total.unknown, total.busy),
    coverage: total.busy === 0 ? null : 1 - total.unknown / total.busy,
    performance,
    quality,
    oee: utilization === null || performance === null || quality === null ? null : utilization * performance * quality,
    ...Object.fromEntries(
      Object.entries(stops).flatMap(([stop, { count, ms }]) => [
        [`${stop} count`, count],
        [`${stop} ms`, ms],
      ]),
    ),
  };
}

function flatRecord(record: UtilizationRecord): Flat {
  return {
    ...Object.fromEntries(times.map((time) => [time, Math.round(record[`${time}Seconds`] * 1000)])),
    ...Object.fromEntries([...amounts, ...ratios].map((name) => [name, record[name]])),
    ...Object.fromEntries(
      Object.entries(record.stops).flatMap(([stop, { count, seconds }]) => [
        [`${stop} count`, count],
        [`${stop} ms`, Math.round(seconds * 1000)],
      ]),
    ),
  };
}

/** Whole numbers must be equal; ratios may differ in the last digits of a division. */
function isClose(expected: number | null | undefined, given: number | null | undefined, name: string): boolean {
  if (!ratios.some((ratio) => ratio === name)) return expected === given;
  if (typeof expected !== 'number' || typeof given !== 'number') return expected === given;
  return Math.abs(expected - given) <= 1e-12 * Math.max(1, Math.abs(expected));
}
