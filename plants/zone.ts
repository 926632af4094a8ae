/**
 * The demo zone: the parks of the Ruzhou zone with as many firms and lines as are known of it. Comes in: a size.
 * Goes out: the model that plants/yaml.ts writes down, always the same for the same size (seeded). Chance decides only
 * how the embroidery lines spread over firms, workshops and buildings; the counts are facts and come out exactly.
 */
import type { Text } from '../contract/text.ts';
import { firmName } from './names.ts';

export interface Run {
  readonly type: string;
  /** First and last number of `prefix-NNNN`. */
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
  readonly digits: number;
  /** Absent: lines are named after their number. */
  readonly name?: Text;
}

export interface Workshop {
  readonly name: Text;
  readonly building?: string;
  readonly calendar?: string;
  readonly runs: readonly Run[];
}

export interface Firm {
  readonly id: string;
  readonly name: Text;
  readonly calendar?: string;
  readonly workshops: readonly Workshop[];
}

/** One phase of the embroidery park: so many more firms, lines and buildings than before it. */
export interface Phase {
  readonly firms: number;
  readonly lines: number;
  readonly buildings: number;
  readonly firmLines: readonly [least: number, most: number];
}

/** Phases 1 and 2: 73 buildings, 160 firms back from Keqiao with 1,300 lines. */
const settled: Phase = { firms: 160, lines: 1300, buildings: 73, firmLines: [2, 40] };
/** Phase 3: 23 embroidery firms more, 3,500 lines once all run. The buildings are not known; as many as hold them. */
const phase3: Phase = { firms: 23, lines: 2200, buildings: 60, firmLines: [40, 150] };

export const zoneSizes = { ruzhou: [settled], 'ruzhou-3500': [settled, phase3] } as const satisfies Record<string, readonly Phase[]>;

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The embroidery firms of all phases, f001 and up, with lines emb-0001 and up. */
export function embroideryFirms(phases: readonly Phase[]): Firm[] {
  const firms: Firm[] = [];
  let [lines, buildings] = [0, 0];
  phases.forEach((phase, index) => {
    const random = randomFrom(20_251 + index);
    let inPhase = 0;
    for (const size of firmSizes(phase, random)) {
      const number = firms.length + 1;
      const workshops = workshopSizes(size).map((count, at, all): Workshop => {
        // A workshop stands where its middle line falls when the lines are laid out evenly over the buildings.
        const building = buildings + 1 + Math.floor(((inPhase + count / 2) / phase.lines) * phase.buildings);
        const schiffli = at > 0 && at === all.length - 1 && random() < 0.35;
        const type = schiffli ? 'embroidery-schiffli' : 'embroidery-multihead';
        const run: Run = { type, prefix: 'emb', from: lines + inPhase + 1, to: lines + inPhase + count, digits: 4 };
        inPhase += count;
        return { name: workshopName(at), building: String(building), runs: [run] };
      });
      firms.push({ id: `f${String(number).padStart(3, '0')}`, name: firmName(number), calendar: embroideryCalendar(number), workshops });
    }
    lines += phase.lines;
    buildings += phase.buildings;
  });
  return firms;
}

/** Sizes of the phase's firms: many small, a few large, every one within its bounds, exactly the phase's lines together. */
function firmSizes({ firms, lines, firmLines: [least, most] }: Phase, random: () => number): number[] {
  const weights = Array.from({ length: firms }, () => Math.exp(0.8 * bell(random)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = weights.map((weight) => Math.min(most, Math.max(least, Math.round((weight / total) * lines))));
  let missing = lines - sizes.reduce((sum, size) => sum + size, 0);
  while (missing !== 0) {
    const at = Math.floor(random() * firms);
    const size = (sizes[at] ?? 0) + Math.sign(missing);
    if (size < least || size > most) continue;
    sizes[at] = size;
    missing -= Math.sign(missing);
  }
  return sizes;
}

/** Roughly normal, mean 0, deviation 1. */
function bell(random: () => number): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}

/** One workshop up to 8 lines, then more: 1 to 4 in a firm, as equal as can be. */
function workshopSizes(size: number): number[] {
  const count = size <= 8 ? 1 : size <= 18 ? 2 : size <= 28 ? 3 : 4;
  return Array.from({ length: count }, (_, at) => Math.floor((size * (at + 1)) / count) - Math.floor((size * at) / count));
}

const ordinals = ['一', '二', '三', '四'] as const;

function workshopName(at: number): Text {
  return { zh: `${ordinals[at] ?? ''}车间`, en: `Workshop ${String(at + 1)}` };
}

/** One firm in six keeps Sundays and public holidays; the others run every day and stagger their breaks. */
function embroideryCalendar(number: number): string {
  return (['daily-1200', 'daily-1130', 'daily-1230', 'two-shift', 'daily-1200', 'daily-1130'] as const)[number % 6] ?? 'two-shift';
}
