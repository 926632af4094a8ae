/**
 * The board, reactive: figures once a second, the order of tiles every few seconds and never while somebody is at it.
 * Comes in: the plant, the live records, how the board is looked at. Goes out: figures, sections of tiles, and what needs
 * somebody now.
 */
import { untrack } from 'svelte';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import { sectionsOf, type Section } from '../core/board.ts';
import { figuresOf, nothingYet, type Figures } from '../core/figures.ts';
import { needsOf, type Need } from '../core/needs.ts';
import { isWithin, type Plant } from '../core/plant.ts';
import type { View } from '../core/view.ts';
import type { Live } from './live.svelte.ts';

const figuresEveryMs = 1000;
const orderEveryMs = 4000;
/** Somebody who moved or typed this recently is looking for something: leave everything where it is. */
const calmMs = 3000;

export class Board {
  sections: readonly Section[] = $state.raw([]);
  needs: readonly Need[] = $state.raw([]);
  figures: Figures = $state.raw(nothingYet);
  /** Nothing to show yet, but on its way. */
  arriving = $state.raw(true);
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
    this.#stop = clock.every(figuresEveryMs, () => {
      this.#renew();
    });
  }

  close(): void {
    this.#stop();
  }

  /** Another view, or (`current`) the records of the one shown have come: everything is worked out at once. */
  show(view: View, current: boolean): void {
    this.#view = { ...view, place: this.#plant.narrowed(view.place) };
    untrack(() => {
      this.figures = figuresOf(this.#plant, this.#here());
      this.#order();
      this.arriving = !current && this.figures.totals.lines === 0;
    });
  }

  /** Somebody moves, scrolls or types on the board. */
  readonly touch = (): void => {
    this.#touchedAt = this.#clock.now();
  };

  #renew(): void {
    if (this.#live.contact === 'stale') return;
    this.figures = figuresOf(this.#plant, this.#here());
    const now = this.#clock.now();
    if (now - this.#orderedAt >= orderEveryMs && now - this.#touchedAt >= calmMs) this.#order();
  }

  #order(): void {
    if (!this.#view) return;
    this.#orderedAt = this.#clock.now();
    this.sections = sectionsOf(this.#plant, this.#here(), this.#view, this.#live.now);
    this.needs = needsOf(this.#plant, this.#here(), this.#live.now);
  }

  *#here(): Generator<LiveRecord> {
    const place = this.#view?.place;
    if (!place) return;
    for (const record of this.#live.records()) {
      const line = this.#plant.line(record.id);
      if (line && isWithin(line, place)) yield record;
    }
  }
}
