/**
 * The order of the board: which lines are on it, under which headings, and in which rows of tiles.
 * Comes in: the plant, the live records and how the board is looked at. Goes out: sections and rows. Pure; it is worked
 * out anew every few seconds rather than at every change, so that nothing jumps under the pointer.
 */
import type { LiveRecord } from '../../../contract/live.ts';
import { isWithin, type Plant, type PlantLine } from './plant.ts';
import { longStopMs } from './states.ts';
import type { View } from './view.ts';

/** A heading with the lines directly under it; `lines` is empty where smaller headings follow. */
export interface Section {
  readonly key: string;
  readonly level: 'park' | 'firm' | 'workshop' | 'all';
  /** Any line under the heading: it tells whose heading it is. */
  readonly first: PlantLine;
  readonly lines: readonly string[];
}

export type Row =
  | { readonly kind: 'heading'; readonly key: string; readonly section: Section }
  | { readonly kind: 'tiles'; readonly key: string; readonly lines: readonly string[] }
  /** The shift of one line, below the row it is in. */
  | { readonly kind: 'shift'; readonly key: string; readonly line: string };

interface Candidate {
  readonly line: PlantLine;
  readonly rank: number;
  /** Within a rank, larger comes first. */
  readonly weight: number;
}

/** What a person may type: every word must be found somewhere in what is known of the line. */
export function matches(line: PlantLine, record: LiveRecord, text: string): boolean {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const stop = record.stop === null ? undefined : line.type.stops[record.stop]?.name;
  const now = [record.order, record.batch, record.design, record.product, stop?.zh, stop?.en].join(' ').toLowerCase();
  return wanted.every((word) => line.words.includes(word) || now.includes(word));
}

/** Every heading key a line counts towards. */
export function headingsOf(line: PlantLine): [park: string, firm: string, workshop: string] {
  const park = line.park.id;
  const firm = `${park}/${line.firm.id}`;
  return [park, firm, `${firm}/${line.workshop.id}`];
}

export function sectionsOf(plant: Plant, records: Iterable<LiveRecord>, view: View, now: number): Section[] {
  const candidates: Candidate[] = [];
  for (const record of records) {
    const line = plant.line(record.id);
    if (!line || !isWithin(line, view.place) || !matches(line, record, view.text)) continue;
    if (view.states.length > 0 && !view.states.includes(record.state)) continue;
    if (view.type !== null && view.type !== record.type) continue;
    candidates.push({ line, ...urgencyOf(record, now) });
  }
  const byPlace = (a: Candidate, b: Candidate): number => a.line.position - b.line.position;
  const byNeed = (a: Candidate, b: Candidate): number => a.rank - b.rank || b.weight - a.weight || byPlace(a, b);
  candidates.sort(view.order === 'worst' ? byNeed : byPlace);
  if (view.layout === 'list' || view.layout === 'rows') return listed(candidates);
  return grouped(candidates, view);
}

/** Whether both show the same lines in the same places. */
export function areAlike(some: readonly Section[], others: readonly Section[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ key, lines }, index) => {
    const other = others[index];
    return other?.key === key && other.lines.length === lines.length && lines.every((line, place) => line === other.lines[place]);
  });
}

/** Sections cut into rows of tiles, `columns` to a row; below the row with the line `open`, room for its shift. */
export function rowsOf(sections: readonly Section[], columns: number, open: string | null = null): Row[] {
  const rows: Row[] = [];
  for (const section of sections) {
    if (section.level !== 'all') rows.push({ kind: 'heading', key: section.key, section });
    for (let start = 0; start < section.lines.length; start += columns) {
      const lines = section.lines.slice(start, start + columns);
      rows.push({ kind: 'tiles', key: `${section.key}:${String(start)}`, lines });
      if (open !== null && lines.includes(open)) rows.push({ kind: 'shift', key: `shift:${open}`, line: open });
    }
  }
  return rows;
}

const arrows = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] } as const;
export type Arrow = keyof typeof arrows;

export function isArrow(key: string): key is Arrow {
  return Object.hasOwn(arrows, key);
}

/** The tile an arrow key leads to from the given one, with the row it stands in; null at the edge. */
export function neighbour(rows: readonly Row[], id: string | null, arrow: Arrow): { id: string; row: number } | null {
  const tiles = rows.flatMap((row, index) => (row.kind === 'tiles' ? [{ index, lines: row.lines }] : []));
  const at = tiles.findIndex(({ lines }) => id !== null && lines.includes(id));
  const from = tiles[at];
  if (!from || id === null) return found(tiles[0], 0);
  const column = from.lines.indexOf(id);
  const [down, right] = arrows[arrow];
  if (down !== 0) return found(tiles[at + down], column);
  if (from.lines[column + right] !== undefined) return found(from, column + right);
  return right > 0 ? found(tiles[at + 1], 0) : found(tiles[at - 1], Number.MAX_SAFE_INTEGER);
}

function found(row: { index: number; lines: readonly string[] } | undefined, column: number): { id: string; row: number } | null {
  const id = row?.lines[Math.min(column, row.lines.length - 1)];
  return row && id !== undefined ? { id, row: row.index } : null;
}

/**
 * Worst first: fault, stopped for long, unknown, stopped, setup, idle, running by lowest utilization, planned.
 * Waiting weighs by its length; utilization in steps of two points, so that neighbours do not change places all the time.
 */
function urgencyOf(record: LiveRecord, now: number): { rank: number; weight: number } {
  const waited = record.since === null ? 0 : now - record.since;
  switch (record.state) {
    case 'fault':
      return { rank: 0, weight: waited };
    case 'stopped':
      return { rank: waited >= longStopMs ? 1 : 3, weight: waited };
    case 'unknown':
      return { rank: 2, weight: 0 };
    case 'setup':
      return { rank: 4, weight: waited };
    case 'idle':
      return { rank: 5, weight: waited };
    case 'running':
      return { rank: 6, weight: -Math.floor((record.shift?.utilization ?? 1) * 50) };
    case 'planned':
      return { rank: 7, weight: 0 };
  }
}

function listed(candidates: readonly Candidate[]): Section[] {
  const first = candidates[0]?.line;
  return first ? [{ key: 'all', level: 'all', first, lines: candidates.map(({ line }) => line.id) }] : [];
}

interface Group {
  readonly key: string;
  readonly first: PlantLine;
  readonly lines: string[];
  /** The worst rank among its lines: trouble counts, the rest is alike. */
  worst: number;
  position: number;
}

/**
 * Parks stay where they are. By place, so do firms and workshops; worst first, firms with a fault come before firms with a
 * long stop, these before firms with a lost line, and those before all others. Coarse on purpose: a group moves
 * only when its trouble begins or ends.
 */
function grouped(candidates: readonly Candidate[], view: View): Section[] {
  const firms = new Map<string, number>();
  const workshops = new Map<string, Group>();
  for (const { line, rank } of candidates) {
    const [, firm, workshop] = headingsOf(line);
    const trouble = view.order === 'worst' && rank <= 2 ? rank : 3;
    firms.set(firm, Math.min(firms.get(firm) ?? 3, trouble));
    const group = workshops.get(workshop) ?? { key: workshop, first: line, lines: [], worst: 3, position: line.position };
    workshops.set(workshop, group);
    group.lines.push(line.id);
    group.worst = Math.min(group.worst, trouble);
    group.position = Math.min(group.position, line.position);
  }
  const troubleOf = ({ first }: Group): number => firms.get(headingsOf(first)[1]) ?? 3;
  const groups = [...workshops.values()].sort((a, b) => {
    if (a.first.park !== b.first.park || view.order === 'place') return a.position - b.position;
    const byFirm = troubleOf(a) - troubleOf(b);
    if (a.first.firm !== b.first.firm) return byFirm || a.position - b.position;
    return a.worst - b.worst || a.position - b.position;
  });
  return headed(groups, view);
}

/** A park's heading before its first group, a firm's before its first where it has several workshops. */
function headed(groups: readonly Group[], view: View): Section[] {
  const sections: Section[] = [];
  let park = view.place.park ?? '';
  let firm = '';
  for (const { key, first, lines } of groups) {
    const [parkKey, firmKey] = headingsOf(first);
    if (parkKey !== park) sections.push({ key: parkKey, level: 'park', first, lines: [] });
    if (firmKey !== firm && first.firm.workshops.length > 1 && view.place.firm === null) {
      sections.push({ key: firmKey, level: 'firm', first, lines: [] });
    }
    [park, firm] = [parkKey, firmKey];
    sections.push({ key, level: 'workshop', first, lines });
  }
  return sections;
}
