/**
 * Monthly reports as the screen asks for them: which places and months there are to choose from, and the words of an address.
 * Comes in: the plant, the account, the time. Goes out: choices, addresses, the rows that fit on one page. It is pure.
 */
import type { SessionAnswer } from '../../../contract/api.ts';
import type { ReportAnswer, ReportComparison, ReportGroup, ReportKind } from '../../../contract/report.ts';
import type { Text } from '../../../contract/text.ts';
import type { Plant } from './plant.ts';

/** What the address says; null where it says nothing. */
export interface ReportView {
  readonly kind: ReportKind | null;
  readonly id: string | null;
  readonly month: string | null;
}

export interface ReportPlace {
  readonly kind: ReportKind;
  readonly id: string;
  readonly name: Text;
  readonly park: Text | null;
}

const kinds: readonly ReportKind[] = ['zone', 'park', 'firm'];
const monthsBack = 24;

export function reportViewOf(query: URLSearchParams): ReportView {
  const month = query.get('month');
  return {
    kind: kinds.find((kind) => kind === query.get('of')) ?? null,
    id: query.get('id'),
    month: month !== null && /^20\d\d-(0[1-9]|1[0-2])$/.test(month) ? month : null,
  };
}

export function reportAddress({ kind, id, month }: ReportView): string {
  const query = new URLSearchParams();
  if (kind !== null) query.set('of', kind);
  if (id !== null) query.set('id', id);
  if (month !== null) query.set('month', month);
  const text = query.toString();
  return text === '' ? '/reports' : `/reports?${text}`;
}

/** What the account may have a report of: places that are its own from end to end, the largest first. */
export function placesOf(plant: Plant, { role, scope }: Pick<SessionAnswer, 'role' | 'scope'>): ReportPlace[] {
  const parts = [scope.parks ?? [], scope.firms ?? [], scope.workshops ?? []];
  const everything = (role === 'admin' || role === 'official') && parts.every((part) => part.length === 0);
  const zone: ReportPlace[] = everything ? [{ kind: 'zone', id: plant.zone.id, name: plant.zone.name, park: null }] : [];
  const places = plant.parks.flatMap((park): ReportPlace[] => {
    const own = everything || scope.parks?.includes(park.id) === true;
    const firms = park.firms.filter((firm) => own || scope.firms?.includes(firm.id) === true);
    return [
      ...(own ? [{ kind: 'park', id: park.id, name: park.name, park: null } as const] : []),
      ...firms.map((firm) => ({ kind: 'firm', id: firm.id, name: firm.name, park: park.name }) as const),
    ];
  });
  return [...zone, ...places];
}

/** This month and those before it, in the zone's time zone, as YYYY-MM. */
export function monthsUpTo(now: number, timezone: string): string[] {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, year: 'numeric', month: 'numeric' }).formatToParts(now);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  const first = part('year') * 12 + part('month') - 1;
  return Array.from({ length: monthsBack + 1 }, (_, back) => {
    const month = first - back;
    return `${String(Math.floor(month / 12))}-${String((month % 12) + 1).padStart(2, '0')}`;
  });
}

/** The part of an address below `/reports/` of the API. */
export function reportQuery(place: Pick<ReportPlace, 'kind' | 'id'>, month: string, more: Readonly<Record<string, string>> = {}): string {
  return `${place.kind}?${new URLSearchParams({ id: place.id, month, ...more }).toString()}`;
}

export const shown = { outputs: 8, groups: 8, stops: 8, workshops: 4 } as const;

/** The groups of the page: clusters of a zone, firms of a park, those that ran longest first; of a firm there are none. */
export function groupsShown(report: ReportAnswer): { readonly rows: readonly ReportGroup[]; readonly more: number } {
  const all: readonly ReportGroup[] = report.kind === 'zone' ? report.clusters : report.kind === 'park' ? report.firms : [];
  const sorted = [...all].sort((a, b) => (b.figures?.runningSeconds ?? -1) - (a.figures?.runningSeconds ?? -1));
  return { rows: sorted.slice(0, shown.groups), more: Math.max(0, all.length - shown.groups) };
}

/** The change of output in a unit within a comparison. */
export function outputChange(comparison: ReportComparison, unit: Text): ReportComparison['outputs'][number] | undefined {
  return comparison.outputs.find((output) => output.unit.zh === unit.zh && output.unit.en === unit.en);
}
