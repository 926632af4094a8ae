/**
 * A report as tables for files: rows of texts and numbers under headings that name their units, in one language.
 * Comes in: a report. Goes out: tables. What a file format makes of a cell (a sign against formulas, a number format) is not known here.
 */
import type { Language } from '../../../contract/api.ts';
import type {
  ReportAnswer,
  ReportChange,
  ReportComparison,
  ReportFigures,
  ReportGroup,
  ReportGrowth,
  ReportWorkshop,
} from '../../../contract/report.ts';
import type { Text } from '../../../contract/text.ts';
import { wordsOf, type Words } from './words.ts';

/** Texts, and numbers with how they are read; a null is nothing known, an undefined nothing to say. */
export type Cell = string | number | null | undefined;
export type ColumnKind = 'text' | 'count' | 'amount' | 'hours' | 'ratio' | 'change';

export interface Column {
  readonly heading: string;
  readonly kind: ColumnKind;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Tables {
  readonly title: string;
  /** Below the title: of when, up to when, by whom. */
  readonly about: readonly string[];
  readonly main: Table;
  readonly definitions: Table;
  readonly others: readonly Table[];
}

export function tablesOf(report: ReportAnswer, language: Language): Tables {
  const words = wordsOf(language);
  const name = (text: Text): string => text[language];
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: report.timezone, dateStyle: 'short', timeStyle: 'short' });
  return {
    title: `${name(report.name)} ${report.month} ${words.report}`,
    about: [
      `${words.covers}: ${time.format(report.from)} – ${time.format(report.to)} (${report.timezone})`,
      ...(report.state === 'ended' ? [] : [words[report.state]]),
      `${words.made}: ${time.format(report.madeAt)} · Bobbin`,
    ],
    main: mainTable(report, words, name),
    definitions: {
      title: words.definitions,
      columns: [text(words.term), text(words.meaning)],
      rows: report.definitions.map(({ term, meaning }) => [name(term), name(meaning)]),
    },
    others: [growthTable(report, words, name), stopsTable(report, words, name), workshopsTable(report, words, name)],
  };
}

type NameOf = (text: Text) => string;
const text = (heading: string): Column => ({ heading, kind: 'text' });
const column = (heading: string, kind: ColumnKind): Column => ({ heading, kind });

function mainTable(report: ReportAnswer, words: Words, name: NameOf): Table {
  const rows = (level: string, group: ReportGroup): Cell[][] => {
    const [first, ...more] = group.outputs.map(({ unit, output, scrap, performance, quality }) => [
      ...[output, name(unit), scrap, performance, quality],
    ]);
    const head = [level, name(group.name), group.lines, group.activeLines, ...figureCells(group.figures)];
    // Further units of the same group stand in rows of their own: they are never added.
    return [[...head, ...(first ?? [])], ...more.map((cells) => [level, name(group.name), ...Array<Cell>(head.length - 2), ...cells])];
  };
  const columns = [
    ...[text(words.level), text(words.name), column(words.lines, 'count'), column(words.activeLines, 'count')],
    ...figureColumns(words),
    ...[column(words.output, 'amount'), text(words.unit), column(words.scrap, 'amount')],
    ...[column(words.performance, 'ratio'), column(words.quality, 'ratio')],
  ];
  return {
    title: words.overview,
    columns,
    rows: [
      ...rows(words[report.kind], report.whole),
      ...report.clusters.flatMap((group) => rows(words.cluster, group)),
      ...(report.kind === 'firm' ? [] : report.firms.flatMap((group) => rows(words.firm, group))),
    ],
  };
}

function figureColumns(words: Words): Column[] {
  return [
    ...[column(words.utilization, 'ratio'), column(words.low, 'ratio'), column(words.high, 'ratio'), column(words.coverage, 'ratio')],
    ...[
      words.busy,
      words.runningHours,
      words.setup,
      words.idle,
      words.stopped,
      words.fault,
      words.planned,
      words.unknown,
      words.overtime,
    ].map((heading) => column(heading, 'hours')),
  ];
}

function figureCells(figures: ReportFigures | null): Cell[] {
  if (!figures) return Array<Cell>(13).fill(null);
  const { utilization, low, high, coverage } = figures;
  const seconds = [figures.busySeconds, figures.runningSeconds, figures.setupSeconds, figures.idleSeconds, figures.stoppedSeconds];
  seconds.push(figures.faultSeconds, figures.plannedSeconds, figures.unknownSeconds, figures.overtimeSeconds);
  return [utilization, low, high, coverage, ...seconds.map((value) => value / 3600)];
}

function growthTable(report: ReportAnswer, words: Words, name: NameOf): Table {
  const note = ({ reason, uncertain }: ReportChange): string => (reason ? words[reason] : uncertain ? words.uncertain : '');
  const rows = (period: string, of: string, comparison: ReportComparison): Cell[][] => {
    const head = [period, of, comparison.lines, comparison.linesBefore, comparison.coverage, comparison.coverageBefore];
    const row = (figure: string, unit: string, change: ReportChange, scale = 1): Cell[] => {
      const scaled = (value: number | null): number | null => (value === null ? null : value * scale);
      return [...head, figure, unit, scaled(change.now), scaled(change.before), change.change, note(change)];
    };
    return [
      row(words.utilizationPoints, '%', comparison.utilization, 100),
      row(words.runningTime, words.hours, comparison.runningSeconds, 1 / 3600),
      ...comparison.outputs.map((output) => row(words.outputOf, name(output.unit), output)),
    ];
  };
  const both = (period: string, growth: ReportGrowth): Cell[][] => [
    ...rows(period, words.allLines, growth.total),
    ...rows(period, words.sameLines, growth.sameLines),
  ];
  return {
    title: words.growth,
    columns: [
      ...[text(words.period), text(words.scope), column(words.linesNow, 'count'), column(words.linesBefore, 'count')],
      ...[column(words.coverage, 'ratio'), column(words.coverageBefore, 'ratio'), text(words.figure), text(words.unit)],
      ...[column(words.now, 'amount'), column(words.before, 'amount'), column(words.change, 'change'), text(words.note)],
    ],
    rows: [...both(words.monthOnMonth, report.monthOnMonth), ...both(words.yearOnYear, report.yearOnYear)],
  };
}

function stopsTable(report: ReportAnswer, words: Words, name: NameOf): Table {
  return {
    title: words.stops,
    columns: [text(words.stop), text(words.code), column(words.lost, 'hours'), column(words.times, 'count')],
    rows: report.stops.map((stop) => [name(stop.name), stop.stop, stop.seconds / 3600, stop.count]),
  };
}

function workshopsTable(report: ReportAnswer, words: Words, name: NameOf): Table {
  const rows = (rank: string, shops: readonly ReportWorkshop[]): Cell[][] =>
    shops.map((shop, index) => [
      ...[rank, index + 1, name(shop.firm), name(shop.name), shop.lines, shop.activeLines],
      ...figureCells(shop.figures).slice(0, 4),
    ]);
  return {
    title: words.workshops,
    columns: [
      ...[text(words.ranking), column(words.place, 'count'), text(words.firm), text(words.workshop)],
      ...[column(words.lines, 'count'), column(words.activeLines, 'count'), ...figureColumns(words).slice(0, 4)],
    ],
    rows: [...rows(words.best, report.best), ...rows(words.worst, report.worst)],
  };
}
