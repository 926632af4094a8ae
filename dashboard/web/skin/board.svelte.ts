/**
 * The board, reactive: figures once a second, the order of tiles every few seconds and never while somebody is at it.
 * Comes in: the plant, the live records, how the board is looked at. Goes out: sections, totals of all and of each
 * heading, and what needs somebody now.
 */
import { untrack } from 'svelte';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import { headingsOf, sectionsOf, type Section } from '../core/board.ts';
import { needsOf, type Need } from '../core/needs.ts';
import { isWithin, type Plant } from '../core/plant.ts';
import { Sum, type Totals } from '../core/totals.ts';
import type { View } from '../core/view.ts';
import type { Live } from './live.svelte.ts';

const orderEveryMs = 4000;
/** Somebody who moved or typed this recently is looking for something: leave everything where it is. */
const calmMs = 3000;

export class Board {
  sections: readonly Section[] = $state.raw([]);
  needs: readonly Need[] = $state.raw([]);
  totals: Totals = $state.raw(new Sum().totals());
  headings: ReadonlyMap<string, Totals> = $state.raw(new Map());
  /** A line of the place shown, for what its shift is called; the one most lines share. */
  shift: { line: string; id: string; from: number } | null = $state.raw(null);
  readonly #plant: Plant;
  readonly #live: Live;
  readonly #clock: Clock;
  readonly #stop: Stop;
  #view: View | null = null;
  #orderedAt = 0;
  #touchedAt = 0;

  constructor(plant: Plant, live: Live, clock: Clock) {
    this.#plant = plant;
    this.#live = live;
    this.#clock = clock;
    this.#stop = clock.every(1000, () => {
      if (live.contact === 'stale') return;
      this.#count();
      const now = clock.now();
      if (now - this.#orderedAt >= orderEveryMs && now - this.#touchedAt >= calmMs) this.#order();
    });
  }

  close(): void {
    this.#stop();
  }

  /** Another view, or new records altogether: everything is worked out at once. */
  show(view: View): void {
    this.#view = view;
    untrack(() => {
      this.#count();
      this.#order();
    });
  }

  /** Somebody moves, scrolls or types on the board. */
  readonly touch = (): void => {
    this.#touchedAt = this.#clock.now();
  };

  *#here(): Generator<LiveRecord> {
    const place = this.#view?.place;
    if (!place) return;
    for (const record of this.#live.records()) {
      const line = this.#plant.line(record.id);
      if (line && isWithin(line, place)) yield record;
    }
  }

  #count(): void {
    const all = new Sum();
    const sums = new Map<string, Sum>();
    const shifts = new Map<string, { line: string; id: string; from: number; lines: number }>();
    for (const record of this.#here()) {
      const line = this.#plant.line(record.id);
      if (!line) continue;
      all.add(record, this.#plant);
      for (const heading of headingsOf(line)) {
        const sum = sums.get(heading) ?? new Sum();
        sums.set(heading, sum);
        sum.add(record, this.#plant);
      }
      if (record.shift) {
        const key = `${line.calendar} ${record.shift.id} ${String(record.shift.from)}`;
        const known = shifts.get(key);
        if (known) known.lines += 1;
        else shifts.set(key, { line: record.id, id: record.shift.id, from: record.shift.from, lines: 1 });
      }
    }
    this.totals = all.totals();
    this.headings = new Map([...sums].map(([key, sum]) => [key, sum.totals()]));
    this.shift = [...shifts.values()].sort((a, b) => b.lines - a.lines)[0] ?? null;
  }

  #order(): void {
    if (!this.#view) return;
    this.#orderedAt = this.#clock.now();
    this.sections = sectionsOf(this.#plant, this.#here(), this.#view, this.#live.now);
    this.needs = needsOf(this.#plant, this.#here(), this.#live.now);
  }
}
