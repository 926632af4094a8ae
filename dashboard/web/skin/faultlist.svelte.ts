/**
 * The list of the fault centre, reactive: its order follows the alarms, but never while somebody is at it.
 * Comes in: the open alarms, the plant, the view. Goes out: rows and counts. The records shown in the rows are always the newest.
 */
import { untrack } from 'svelte';
import type { Clock, Stop } from '../../../contract/clock.ts';
import { listingOf, rowsOfListing, type AlarmListing, type AlarmRow } from '../core/alarmlist.ts';
import { faultAddress, type FaultView } from '../core/faults.ts';
import type { Plant } from '../core/plant.ts';
import type { OpenAlarms } from './alarms.svelte.ts';

/** Somebody who touched the list this recently is about to tap: leave everything where it is. */
const calmMs = 1_500;
/** Ordering ten thousand alarms takes some milliseconds; a burst of them must not take all there are. */
const pauseMs = 400;

export class FaultList {
  listing: AlarmListing = $state.raw({ groups: [], counts: { mine: 0, open: 0, working: 0, shelved: 0 } });
  rows: readonly AlarmRow[] = $state.raw([]);
  /** Another list altogether, to be read from its top: the filters, not the alarm that is open. */
  asked = $state.raw('');
  readonly #alarms: OpenAlarms;
  readonly #plant: Plant;
  readonly #clock: Clock;
  readonly #stop: Stop;
  #view: FaultView | null = null;
  #isOld = false;
  #orderedAt = 0;
  #touchedAt = 0;

  constructor(alarms: OpenAlarms, plant: Plant, clock: Clock) {
    this.#alarms = alarms;
    this.#plant = plant;
    this.#clock = clock;
    this.#stop = clock.every(pauseMs, () => {
      if (this.#isOld) this.follow();
    });
  }

  close(): void {
    this.#stop();
  }

  /** Looked at otherwise: ordered at once. */
  show(view: FaultView): void {
    this.#view = view;
    untrack(() => {
      this.asked = faultAddress({ ...view, alarm: null });
      this.#order();
    });
  }

  /** The alarms have changed. */
  follow(): void {
    const now = this.#clock.now();
    this.#isOld = now - this.#touchedAt < calmMs || now - this.#orderedAt < pauseMs;
    if (!this.#isOld || this.rows.length === 0) this.#order();
  }

  readonly touch = (): void => {
    this.#touchedAt = this.#clock.now();
  };

  #order(): void {
    if (!this.#view) return;
    this.#isOld = false;
    this.#orderedAt = this.#clock.now();
    this.listing = listingOf(this.#alarms.records(), this.#plant, this.#alarms.me, this.#view);
    this.rows = rowsOfListing(this.listing.groups);
  }
}
