/**
 * The overview of a day, put together: the whole, its clusters, parks, firms and buildings, each beside the same hours a week ago.
 * Comes in: lines with what is known of each in every window. Goes out: the answer of the API but for the lines' states, which
 * `withStates` puts in anew each time. It is pure.
 */
import type { LineSums } from '../../../contract/history.ts';
import type {
  OverviewAnswer,
  OverviewBuilding,
  OverviewCluster,
  OverviewComparison,
  OverviewFirm,
  OverviewGroup,
  OverviewPark,
  PlanPlace,
} from '../../../contract/overview.ts';
import type { Line, Plant } from '../../../contract/plant.ts';
import { states, type State } from '../../../contract/reading.ts';
import type { ReportGrowth } from '../../../contract/report.ts';
import { grouped } from '../../../kpi/grouping.ts';
import type { Known } from '../reports/groups.ts';
import { growthOf } from '../reports/growth.ts';
import type { Span } from '../reports/months.ts';
import { figuresOfLines } from './figures.ts';

/** What is known of every line in one window. */
export type Sums = ReadonlyMap<string, LineSums>;

export interface OverviewParts {
  readonly plant: Plant;
  readonly kind: OverviewAnswer['kind'];
  readonly id: string;
  readonly lines: readonly Line[];
  readonly today: Span;
  readonly sums: { readonly today: Sums; readonly weekAgo: Sums; readonly fourWeeks: Sums };
  /** Whether sums of these lines may be seen. */
  readonly maySee: (lines: readonly Line[]) => boolean;
}

const noStates = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;

/** Lines as they were in each window. */
interface Group {
  readonly lines: readonly Line[];
  readonly now: readonly Known[];
  readonly week: readonly Known[];
  readonly month: readonly Known[];
}

export function overviewOf(parts: OverviewParts): OverviewAnswer {
  const { plant, kind, id, lines, today } = parts;
  const of = (own: readonly Line[]): Group => groupOf(own, parts);
  const brief = (name: string, own: readonly Line[], group = of(own)): OverviewGroup => ({
    id: name,
    lines: own.length,
    now: noStates,
    figures: figuresOfLines(group.now),
  });
  const whole = of(lines);
  const week = growthOf(today, whole.now, whole.week);
  return {
    ...{ kind, id, at: 0, from: today.from, to: today.to },
    whole: brief(id, lines, whole),
    weekAgo: comparisonOf(week, whole.week),
    fourWeeks: comparisonOf(growthOf(today, whole.now, whole.month), whole.month),
    runningSeconds: week.total.runningSeconds,
    clusters: clustersOf(plant, lines, of, brief),
    parks: [...grouped(lines, ({ park }) => park)].map(([park, own]): OverviewPark => {
      const group = of(own);
      return { ...brief(park, own, group), change: growthOf(today, group.now, group.week).total.utilization };
    }),
    firms: [...grouped(lines, ({ firm }) => firm)].map(([firm, own]): OverviewFirm => {
      const group = of(own);
      return { ...brief(firm, own, group), park: own[0]?.park ?? '', change: growthOf(today, group.now, group.week).total.utilization };
    }),
    buildings: buildingsOf(parts, brief),
  };
}

function groupOf(lines: readonly Line[], { sums }: OverviewParts): Group {
  const known = (from: (line: Line) => LineSums | undefined): Known[] =>
    lines.flatMap((line) => {
      const part = from(line);
      return part ? [{ line, part }] : [];
    });
  return {
    lines,
    now: known(({ id }) => sums.today.get(id)),
    week: known(({ id }) => sums.weekAgo.get(id)),
    month: known(({ id }) => sums.fourWeeks.get(id)),
  };
}

function comparisonOf({ total, sameLines }: ReportGrowth, before: readonly Known[]): OverviewComparison {
  return {
    figures: figuresOfLines(before),
    change: total.utilization,
    sameLines: sameLines.utilization,
    lines: sameLines.lines,
  };
}

function clustersOf(
  plant: Plant,
  lines: readonly Line[],
  of: (lines: readonly Line[]) => Group,
  brief: (id: string, lines: readonly Line[], group: Group) => OverviewGroup,
): OverviewCluster[] {
  const names = new Map(plant.file.parks.map((park) => [park.cluster, park.clusterName ?? park.name]));
  const clusters = [...grouped(lines, ({ cluster }) => cluster)].map(([id, own]) => {
    const group = of(own);
    const { outputs } = growthOf({ from: 0, to: 0 }, group.now, group.week).total;
    return { ...brief(id, own, group), name: names.get(id) ?? { zh: id, en: id }, outputs };
  });
  const running = clusters.reduce((sum, { figures }) => sum + (figures?.runningSeconds ?? 0), 0);
  return clusters.map((cluster) => ({
    ...cluster,
    share: running === 0 || !cluster.figures ? null : cluster.figures.runningSeconds / running,
  }));
}

function buildingsOf(
  { plant, lines, maySee }: OverviewParts,
  brief: (id: string, lines: readonly Line[]) => OverviewGroup,
): OverviewBuilding[] {
  const places = placesOf(plant);
  const inBuildings = lines.filter(({ building }) => building !== null);
  return [...grouped(inBuildings, ({ park, building }) => `${park}/${building ?? ''}`)].map(([id, own]) => {
    const isHidden = !maySee(own);
    const [park, building] = [own[0]?.park ?? '', own[0]?.building ?? ''];
    const firms = [...new Set(own.map(({ firm }) => firm))];
    const shown = isHidden ? { id, lines: own.length, now: noStates, figures: null } : brief(id, own);
    return { ...shown, park, building, firms, at: places.get(id) ?? null, isHidden };
  });
}

/** Where the plant file says that buildings stand, by "park/building". */
function placesOf(plant: Plant): Map<string, PlanPlace> {
  return new Map(
    plant.file.parks.flatMap(({ id, buildings = [] }) =>
      buildings.map(({ id: building, column, row }) => [`${id}/${building}`, { column, row }] as const),
    ),
  );
}

/** The same with its lines counted by their states at that moment. */
export function withStates(answer: OverviewAnswer, lines: readonly Line[], stateOf: (line: Line) => State, at: number): OverviewAnswer {
  const counts = new Map<string, Record<State, number>>();
  for (const line of lines) {
    const state = stateOf(line);
    for (const key of keysOf(line)) {
      const own = counts.get(key) ?? { ...noStates };
      counts.set(key, own);
      own[state] += 1;
    }
  }
  const counted = <T extends OverviewGroup>(kind: string, groups: readonly T[]): T[] =>
    groups.map((group) => ({ ...group, now: counts.get(`${kind} ${group.id}`) ?? noStates }));
  return {
    ...{ ...answer, at },
    whole: { ...answer.whole, now: counts.get('whole') ?? noStates },
    clusters: counted('cluster', answer.clusters),
    parks: counted('park', answer.parks),
    firms: counted('firm', answer.firms),
    buildings: answer.buildings.map((building) => (building.isHidden ? building : (counted('building', [building])[0] ?? building))),
  };
}

function keysOf({ cluster, park, firm, building }: Line): string[] {
  return ['whole', `cluster ${cluster}`, `park ${park}`, `firm ${firm}`, `building ${park}/${building ?? ''}`];
}
