/**
 * The monthly report, put together. Comes in: the lines of a zone, park or firm with what is known of each in the month and in the
 * two it is compared with. Goes out: the answer of the API, which pages and files are made from. It is pure.
 */
import type { LineSums } from '../../../contract/history.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import type { ReportAnswer, ReportGroup, ReportKind, ReportStop, ReportWorkshop } from '../../../contract/report.ts';
import type { Text } from '../../../contract/text.ts';
import { grouped } from '../../../kpi/grouping.ts';
import { workshopId } from '../scope.ts';
import { definitions } from './definitions.ts';
import { figuresOf, groupOf, isKnown, type Known } from './groups.ts';
import { growthOf } from './growth.ts';
import type { Month, Span } from './months.ts';

const stopsShown = 10;
const workshopsShown = 5;
const rankedCoverage = 0.5;

export interface ReportParts {
  readonly plant: Plant;
  readonly kind: ReportKind;
  readonly id: string;
  readonly lines: readonly Line[];
  readonly month: Month;
  readonly known: Span & { readonly state: ReportAnswer['state'] };
  /** The earlier month and the earlier year's, as much of them as is compared. */
  readonly spans: readonly [lastMonth: Span, lastYear: Span];
  /** Of the month, the month before, and the year before, in the order of the lines. */
  readonly sums: readonly [now: readonly LineSums[], lastMonth: readonly LineSums[], lastYear: readonly LineSums[]];
  /** Whether a workshop of one line may be named: whoever may not see lines may not see them this way either. */
  readonly seesLines: boolean;
  readonly now: number;
}

export function reportOf(parts: ReportParts): ReportAnswer {
  const { plant, kind, id, lines, month, known, spans, sums, now: madeAt } = parts;
  const [now, lastMonth, lastYear] = sums.map((own) => withLines(lines, own));
  const current = now ?? [];
  const names = namesOf(plant);
  const named = (of: string) => (one: string) => names.get(`${of} ${one}`) ?? { zh: one, en: one };
  const name = named(kind)(id);
  const clusterName = named('cluster');
  return {
    ...{ kind, id, name, zone: plant.file.zone.name, timezone: plant.timezone, month: month.name, state: known.state },
    ...{ from: month.from, to: known.to, end: month.end, madeAt },
    whole: groupOf(id, name, current, clusterName),
    clusters: groupsBy(current, ({ line }) => line.cluster, named('cluster'), clusterName),
    firms: groupsBy(current, ({ line }) => line.firm, named('firm'), clusterName).map((group) => {
      const line = lines.find(({ firm }) => firm === group.id);
      const park = names.get(`park ${line?.park ?? ''}`) ?? { zh: '', en: '' };
      return { ...group, cluster: line?.cluster ?? '', park };
    }),
    monthOnMonth: growthOf(spans[0], current, lastMonth ?? []),
    yearOnYear: growthOf(spans[1], current, lastYear ?? []),
    stops: stopsOf(current),
    ...ranked(current, names, parts.seesLines),
    definitions: [...definitions],
  };
}

function withLines(lines: readonly Line[], sums: readonly LineSums[]): Known[] {
  return lines.flatMap((line, index) => {
    const part = sums[index];
    return part ? [{ line, part }] : [];
  });
}

/** Names of everything, by "kind id". */
function namesOf(plant: Plant): Map<string, Text> {
  const { zone, parks } = plant.file;
  const names = new Map<string, Text>([[`zone ${zone.id}`, zone.name]]);
  for (const park of parks) {
    names.set(`park ${park.id}`, park.name);
    if (!names.has(`cluster ${park.cluster}`) || park.clusterName) names.set(`cluster ${park.cluster}`, park.clusterName ?? park.name);
    for (const firm of park.firms) {
      names.set(`firm ${firm.id}`, firm.name);
      for (const workshop of firm.workshops) names.set(`workshop ${firm.id}/${workshop.id}`, workshop.name);
    }
  }
  return names;
}

function groupsBy(
  all: readonly Known[],
  idOf: (known: Known) => string,
  nameOf: (id: string) => Text,
  clusterName: (id: string) => Text,
): ReportGroup[] {
  return [...grouped(all, idOf)].map(([id, own]) => groupOf(id, nameOf(id), own, clusterName));
}

function stopsOf(all: readonly Known[]): ReportStop[] {
  const stops = new Map<string, ReportStop>();
  for (const { line, part } of all) {
    for (const [stop, { count, ms }] of Object.entries(part.sums.stops)) {
      const declared = Object.hasOwn(line.type.stops, stop) ? line.type.stops[stop] : undefined;
      const sum = stops.get(stop) ?? {
        stop,
        name: declared?.name ?? { zh: stop, en: stop },
        state: declared?.state ?? '',
        count: 0,
        seconds: 0,
      };
      stops.set(stop, { ...sum, count: sum.count + count, seconds: sum.seconds + ms / 1000 });
    }
  }
  return [...stops.values()].sort((a, b) => b.seconds - a.seconds || b.count - a.count).slice(0, stopsShown);
}

/** The best from the top, the worst from the bottom; no workshop is both. */
function ranked(
  all: readonly Known[],
  names: ReadonlyMap<string, Text>,
  seesLines: boolean,
): Pick<ReportAnswer, 'best' | 'worst' | 'unranked'> {
  const byLine = new Map(all.map((known) => [known.line.id, known]));
  const shops = [
    ...grouped(
      all.map(({ line }) => line),
      workshopId,
    ),
  ].map(([id, lines]): ReportWorkshop | null => {
    const own = lines.flatMap((line) => byLine.get(line.id) ?? []);
    const figures = figuresOf(own);
    const comparable = figures?.utilization !== null && (figures?.coverage ?? 0) >= rankedCoverage;
    if (!figures || !comparable || (!seesLines && lines.length < 2)) return null;
    const [name, firm] = [names.get(`workshop ${id}`), names.get(`firm ${id.split('/')[0] ?? ''}`)];
    const unnamed = { zh: id, en: id };
    return { id, name: name ?? unnamed, firm: firm ?? unnamed, lines: own.length, activeLines: own.filter(isKnown).length, figures };
  });
  const found = shops.filter((shop) => shop !== null).sort((a, b) => (b.figures.utilization ?? 0) - (a.figures.utilization ?? 0));
  const best = found.slice(0, Math.min(workshopsShown, Math.ceil(found.length / 2)));
  const worst = found.slice(Math.max(best.length, found.length - workshopsShown)).reverse();
  return { best, worst, unranked: shops.length - found.length };
}
