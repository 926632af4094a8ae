/**
 * What overviews ask of the store: today beside the same hours of earlier weeks, four weeks of hours, trends. Comes in: times and
 * lines. Goes out: sums and answers, each worked out once for all who ask while it is true. Fails where the store does.
 */
import type { Clock } from '../../../contract/clock.ts';
import type { UtilizationRecord } from '../../../contract/figures.ts';
import type { History, LineSums, Slice } from '../../../contract/history.ts';
import type { OverviewHours, OverviewTrend, TrendStep } from '../../../contract/overview.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import { cut } from '../../../kpi/calendar.ts';
import { addSums, emptySums, isEmpty } from '../../../kpi/utilization.ts';
import type { Known } from '../reports/groups.ts';
import { growthOf } from '../reports/growth.ts';
import type { Span } from '../reports/months.ts';
import { briefly } from './figures.ts';
import type { Memory } from './memory.ts';
import type { Sums } from './overview.ts';
import { fourWeeks, sameHours, trendSpans } from './spans.ts';
import { weekOf } from './week.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A question that is not answered by then never will be. */
const longestMs = minuteMs;
const todayMs = 10 * minuteMs;
/** A trend moves slowly: its last step is the only one that still grows. */
const trendMs = 10 * minuteMs;
/** Hours of one question to the store, so that others get their turn in between. */
const hoursAtOnce = 48;

export interface PastParts {
  readonly plant: Plant;
  readonly history: History;
  readonly clock: Clock;
  readonly memory: Memory;
}

/** Lines; the same ones always have the same key. */
export interface Lines {
  readonly key: string;
  readonly lines: readonly Line[];
}

export interface SameHours {
  readonly today: Sums;
  readonly weekAgo: Sums;
  /** Of the last four such weekdays together. */
  readonly fourWeeks: Sums;
}

export interface Past {
  /** Of every line of the plant: today, and the same hours of the same weekday before. */
  sameHours(today: Span): Promise<SameHours>;
  hours(of: Lines): Promise<OverviewHours>;
  trend(of: Lines, step: TrendStep): Promise<OverviewTrend>;
}

export function createPast({ plant, history, clock, memory }: PastParts): Past {
  const everyLine = [...plant.lines.values()];

  /** Whoever asked may have given up; who asks next still gets the answer. A store that hangs is given up at last. */
  const bounded = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = clock.after(longestMs, () => {
        reject(new Error('the store has not answered about an overview'));
      });
      answer.then(resolve, reject).finally(stop);
    });
  /** One question at a time: they are large, and others ask the store, too. */
  let tail: Promise<unknown> = Promise.resolve();
  const aggregates = (groups: readonly (readonly Line[])[], slices: readonly Slice[]): Promise<UtilizationRecord[][]> => {
    if (slices.length === 0) return Promise.resolve(groups.map(() => []));
    const ids = groups.map((lines) => lines.map(({ id }) => id));
    const turn = tail.then(() => bounded(history.aggregates(ids, slices, 'amounts')));
    tail = turn.catch(() => undefined);
    return turn;
  };
  /** Asked of all lines, so that one answer is good for every scope. One entry a window; of no time at all nothing is known. */
  const sumsOf = async (windows: readonly Span[]): Promise<Sums[]> => {
    const real = windows.filter(({ from, to }) => from < to);
    const lines = everyLine.map((line) => [line]);
    const found = await aggregates(lines, real);
    return windows.map((window) => {
      const index = real.indexOf(window);
      return new Map(everyLine.map(({ id }, at) => [id, partOf(id, found[at]?.[index])]));
    });
  };
  const hoursOf = async (lines: readonly Line[], { from, to }: Span): Promise<UtilizationRecord[]> => {
    const hours = cut(from, to, 'hour', plant.timezone);
    const records: UtilizationRecord[] = [];
    for (let first = 0; first < hours.length; first += hoursAtOnce) {
      const [found = []] = await aggregates([lines], hours.slice(first, first + hoursAtOnce));
      records.push(...found);
    }
    return records;
  };
  const remembered = (name: string, span: Span, keptMs: number, lines: readonly Line[]): Promise<UtilizationRecord[]> =>
    memory.recall(`hours ${name} ${String(span.from)} ${String(span.to)}`, clock.now() + keptMs, () => hoursOf(lines, span));

  return {
    sameHours: (span) =>
      memory.recall(`today ${String(span.from)} ${String(span.to)}`, clock.now() + todayMs, async () => {
        const [today = new Map()] = await sumsOf([span]);
        const weeks = await sumsOf(sameHours(span, plant.timezone));
        return { today, weekAgo: weeks[0] ?? new Map(), fourWeeks: together(weeks) };
      }),

    async hours({ key, lines }) {
      const { settled, recent } = fourWeeks(clock.now(), plant.timezone);
      // What came late is in these a day later, and in yesterday's and today's within the hour.
      const old = await remembered(key, settled, dayMs, lines);
      const young = await remembered(key, recent, hourMs, lines);
      return { from: settled.from, to: recent.to, cells: weekOf([...old, ...young], plant.timezone) };
    },

    trend: ({ key, lines }, step) =>
      memory.recall(`trend ${step} ${key}`, clock.now() + trendMs, async () => {
        const { steps, period, before } = trendSpans(step, clock.now(), plant.timezone);
        const [now, earlier] = await sumsOf([period, before]);
        const known = (sums: Sums | undefined): Known[] => lines.map((line) => ({ line, part: sums?.get(line.id) ?? partOf(line.id) }));
        const inBoth = lines.filter(({ id }) => now?.get(id)?.known === true && earlier?.get(id)?.known === true);
        const [total = [], same] = await aggregates(inBoth.length === 0 ? [lines] : [lines, inBoth], steps);
        const points = total.map((record, index) => {
          const sameLines = same?.[index];
          return { from: record.from, to: record.to, total: briefly(record), sameLines: sameLines ? briefly(sameLines) : null };
        });
        return { step, points, from: period.from, to: period.to, growth: growthOf(before, known(now), known(earlier)) };
      }),
  };
}

/** A record as the sums it is made of. What nothing at all is said of is not known. */
function partOf(line: string, record?: UtilizationRecord): LineSums {
  const sums = emptySums();
  if (!record) return { line, known: false, sums, scheduledMs: 0, idealOutput: 0 };
  for (const name of ['running', 'setup', 'idle', 'stopped', 'fault', 'planned', 'overtime'] as const) {
    sums[`${name}Ms`] = Math.round(record[`${name}Seconds`] * 1000);
  }
  Object.assign(sums, { output: record.output, scrap: record.scrap });
  const scheduledMs = Math.round((record.busySeconds + record.plannedSeconds) * 1000);
  const idealOutput = record.performance === null || record.performance === 0 ? 0 : record.output / record.performance;
  return { line, known: !isEmpty(sums), sums, scheduledMs, idealOutput };
}

/** Each line's windows as if they were one. */
function together(windows: readonly Sums[]): Sums {
  const total = new Map<string, LineSums>();
  for (const [id, first] of windows[0] ?? []) {
    const sums = emptySums();
    let known = false;
    let [scheduledMs, idealOutput] = [0, 0];
    for (const window of windows) {
      const part = window.get(id) ?? first;
      addSums(sums, part.sums);
      known ||= part.known;
      scheduledMs += part.scheduledMs;
      idealOutput += part.idealOutput;
    }
    total.set(id, { line: id, known, sums, scheduledMs, idealOutput });
  }
  return total;
}
