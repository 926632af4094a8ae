/**
 * The board, reactive: figures once a second, the order of tiles every few seconds and never while somebody is at it.
 * Comes in: the plant, the live records, how the board is looked at, where pointer and focus are. Goes out: figures, sections of
 * tiles, what needs somebody now, and whether another order is waiting.
 */
import { untrack } from 'svelte';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import { areAlike, sectionsOf, type Section } from '../core/board.ts';
import { figuresOf, nothingYet, type Figures } from '../core/figures.ts';
import { needsOf, type Need } from '../core/needs.ts';
import { isWithin, type Plant } from '../core/plant.ts';
import type { View } from '../core/view.ts';
import type { Live } from './live.svelte.ts';

const figuresEveryMs = 1000;
const orderEveryMs = 4000;
/** Somebody who moved or typed this recently is looking for something: leave everything where it is. */
const calmMs = 3000;
/** A pointer or focus left in the list holds its order for so long: a screen that nobody is at must not grow old. */
const holdMs = 60_000;

export class Board {
  sections: readonly Section[] = $state.raw([]);
  needs: readonly Need[] = $state.raw([]);
  figures: Figures = $state.raw(nothingYet);
  /** Not all of it is known yet: nothing may be said of the whole. */
  arriving = $state.raw(true);
  /** The order held is no longer the one that would be shown. */
  overtaken = $state.raw(false);
  readonly #plant: Plant;
  readonly #live: Live;
  readonly #clock: Clock;
  readonly #stop: Stop;
  #view: View | null = null;
  #orderedAt = 0;
  #touchedAt = 0;
  #held = { pointer: false, focus: false };

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
      this.arriving = !current && this.figures.totals.lines < this.#expected();
    });
  }

  /** Somebody moves, scrolls or types on the board. */
  readonly touch = (): void => {
    this.#touchedAt = this.#clock.now();
  };

  /** Pointer or focus is in the list: its order is held from now on, until both have left it. */
  readonly hold = (by: 'pointer' | 'focus', isThere: boolean): void => {
    this.#held = { ...this.#held, [by]: isThere };
    this.touch();
  };

  /** Shows the order that is waiting. */
  readonly settle = (): void => {
    this.#order();
  };

  get #isHeld(): boolean {
    return this.#held.pointer || this.#held.focus;
  }

  #renew(): void {
    if (this.#live.contact === 'stale') return;
    this.figures = figuresOf(this.#plant, this.#here());
    const now = this.#clock.now();
    if (now - this.#orderedAt < orderEveryMs) return;
    if (now - this.#touchedAt >= (this.#isHeld ? holdMs : calmMs)) this.#order();
    else this.#compare(now);
  }

  #order(): void {
    if (!this.#view) return;
    this.#orderedAt = this.#clock.now();
    this.overtaken = false;
    const sections = sectionsOf(this.#plant, this.#here(), this.#view, this.#live.now);
    if (!areAlike(sections, this.sections)) this.sections = sections;
    this.needs = needsOf(this.#plant, this.#here(), this.#live.now);
  }

  #compare(now: number): void {
    if (!this.#view || !this.#isHeld) return;
    this.#orderedAt = now;
    this.overtaken = !areAlike(sectionsOf(this.#plant, this.#here(), this.#view, this.#live.now), this.sections);
  }

  /** How many lines the plant has there. */
  #expected(): number {
    const view = this.#view;
    if (!view) return 0;
    return [...this.#plant.lines()].filter((line) => (view.type === null || line.type.id === view.type) && isWithin(line, view.place))
      .length;
  }

  *#here(): Generator<LiveRecord> {
    if (!this.#view) return;
    const { place, type } = this.#view;
    for (const record of this.#live.records()) {
      if (type !== null && record.type !== type) continue;
      const line = this.#plant.line(record.id);
      if (line && isWithin(line, place)) yield record;
    }
  }
}
