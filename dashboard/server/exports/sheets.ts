/**
 * A line's states, metrics or figures as rows of one table, the headings first, so that a spreadsheet can filter it as it is.
 * Comes in: what history told, the line, a language. Goes out: rows of texts and numbers. Times are the zone's own, as spreadsheets
 * read them; what a text must not begin with is the CSV's concern.
 */
import type { Language, Point } from '../../../contract/api.ts';
import type { StateSpan, UtilizationRecord } from '../../../contract/figures.ts';
import type { Line } from '../../../contract/plant.ts';
import type { Cell } from '../reports/tables.ts';
import { stateWord, wordsOf, type Words } from './words.ts';

export type Told =
  | { readonly table: 'states'; readonly spans: readonly StateSpan[] }
  | { readonly table: 'figures'; readonly records: readonly UtilizationRecord[] }
  | { readonly table: 'metrics'; readonly series: readonly { readonly metric: string; readonly points: readonly Point[] }[] };

export interface SheetParts {
  readonly line: Line;
  readonly language: Language;
  readonly timezone: string;
  readonly told: Told;
}

export function sheetOf({ line, language, timezone, told }: SheetParts): Cell[][] {
  const words = wordsOf(language);
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  const time = (ts: number): string => clock.format(ts);
  const zoned = (word: string): string => `${word} (${timezone})`;
  switch (told.table) {
    case 'states':
      return [
        [zoned(words.from), zoned(words.to), words.seconds, words.state, words.reason, words.code, words.original, words.originalCode],
        ...told.spans.map(({ from, to, state, stop, original }) => {
          const before = original ? [situation(original, line, language), original.stop] : [null, null];
          return [time(from), time(to), (to - from) / 1000, stateWord(state, language), stopName(stop, line, language), stop, ...before];
        }),
      ];
    case 'figures':
      return [figureHeadings(line, language, words, zoned), ...told.records.map((record) => figureRow(record, time))];
    case 'metrics':
      return [
        [zoned(words.time), words.metric, words.id, words.unit, words.min, words.mean, words.max],
        ...told.series.flatMap(({ metric, points }) => {
          const { name, unit = '1' } = line.type.metrics[metric] ?? {};
          return points.map(([ts, min, max, mean]) => [
            time(ts),
            name?.[language] ?? metric,
            metric,
            unit === '1' ? null : unit,
            min,
            exact(mean),
            max,
          ]);
        }),
      ];
  }
}

function stopName(stop: string | null, line: Line, language: Language): string | null {
  return stop === null ? null : (line.type.stops[stop]?.name[language] ?? stop);
}

/** As the line's page says it: the reason, or the state where there is none. */
function situation({ state, stop }: Pick<StateSpan, 'state' | 'stop'>, line: Line, language: Language): string {
  return stopName(stop, line, language) ?? stateWord(state, language);
}

function figureHeadings(line: Line, language: Language, words: Words, zoned: (word: string) => string): Cell[] {
  const unit = line.type.output?.unit[language];
  return [
    ...[zoned(words.from), zoned(words.to), words.busy, words.running, words.setup, words.idle, words.stopped, words.fault],
    ...[words.unknown, words.planned, words.overtime, words.utilization, words.low, words.high, words.coverage],
    ...[unit === undefined ? words.output : `${words.output} (${unit})`, words.scrap, words.performance, words.quality, words.oee],
  ];
}

function figureRow(record: UtilizationRecord, time: (ts: number) => string): Cell[] {
  return [
    ...[time(record.from), time(record.to), record.busySeconds, record.runningSeconds, record.setupSeconds, record.idleSeconds],
    ...[record.stoppedSeconds, record.faultSeconds, record.unknownSeconds, record.plannedSeconds, record.overtimeSeconds],
    ...[record.utilization, record.low, record.high, record.coverage].map(percent),
    ...[exact(record.output), exact(record.scrap)],
    ...[record.performance, record.quality, record.oee].map(percent),
  ];
}

function percent(ratio: number | null): number | null {
  return ratio === null ? null : Number((ratio * 100).toFixed(2));
}

/** No more digits than a sum of measurements has. */
function exact(value: number): number {
  return Number(value.toFixed(6));
}
