/**
 * The live records, reactive: what arrives is kept at once and shown at most once an animation frame.
 * Pages say what they watch; the feed behind heals gaps and silence by itself.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { LineDelta, LiveRecord, Summary, WatchFilter } from '../../../contract/live.ts';
import type { Delays } from '../core/delays.ts';
import { Feed, type Contact, type LiveSocket } from '../core/feed.ts';
import { Lines } from '../core/lines.ts';

export class Live {
  contact: Contact = $state.raw('connecting');
  summary: Summary | null = $state.raw(null);
  /** The server's time, once a second; it stands still while nothing is heard, as does everything counted from it. */
  now = $state.raw(0);
  /** Longest time between two contacts within the last second, ms; while stale, the silence so far. */
  widest = $state.raw(0);
  /** Whether the records are those of what is watched now. */
  current = $state.raw(false);
  /** Rises with every frame that shows something new. */
  frame = $state.raw(0);
  /** Where somebody wants to know how late the screen is. */
  delays: Delays | null = null;
  readonly #lines = new Lines();
  readonly #clock: Clock;
  readonly #feed: Feed;
  readonly #tick: Stop;
  #watched: string | null = null;
  #single = false;
  #pending = false;
  readonly #shown: LineDelta[] = [];

  constructor(socket: LiveSocket, clock: Clock, refused: () => void) {
    this.#clock = clock;
    this.#feed = new Feed(socket, clock, {
      snapshot: ({ lines }) => {
        if (this.#single) this.#lines.apply(this.#adopted(lines));
        else this.#lines.replace(lines);
        this.current = true;
        this.now = this.#feed.now();
        this.#show();
      },
      delta: ({ lines }) => {
        this.#lines.apply(lines);
        this.#show();
        if (this.delays) this.#shown.push(...lines);
      },
      summary: (summary) => {
        this.summary = summary;
      },
      contact: (contact) => {
        this.contact = contact;
        this.now = this.#feed.now() - (contact === 'stale' ? (this.#feed.silence() ?? 0) : 0);
      },
      refused,
    });
    this.now = clock.now();
    this.#tick = clock.every(1000, () => {
      this.widest = this.#feed.widest();
      if (this.contact !== 'stale') this.now = this.#feed.now();
    });
  }

  open(): void {
    this.#feed.open();
  }

  close(): void {
    this.#tick();
    this.#feed.close();
  }

  watch(filter: WatchFilter): void {
    const text = JSON.stringify(filter);
    if (text === this.#watched) return;
    this.#watched = text;
    this.#single = filter.line !== undefined;
    this.current = false;
    this.#feed.watch(filter);
  }

  /** The server's time, running on while nothing is heard: for a clock, never for what data tell. */
  time(): number {
    return this.#feed.now();
  }

  /** The line's newest record; reading it in a component follows it from then on. */
  line(id: string): LiveRecord | undefined {
    return this.frame < 0 ? undefined : this.#lines.get(id);
  }

  /** All records, once, without following them. */
  records(): IterableIterator<LiveRecord> {
    return this.#lines.values();
  }

  /** What was changed in this frame is on the screen once the browser has time again. */
  #time(changes: readonly LineDelta[]): void {
    this.#clock.after(0, () => {
      this.delays?.add(changes, this.#feed.now(), (id) => this.#lines.get(id));
    });
  }

  /** One line's snapshot joins what is known of the others, so that the board is there at once on the way back. */
  #adopted(lines: readonly LiveRecord[]): readonly LiveRecord[] {
    const strangers = lines.filter(({ id }) => !this.#lines.get(id));
    if (strangers.length > 0) this.#lines.replace([...this.#lines.values(), ...strangers]);
    return lines;
  }

  #show(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.frame += 1;
      if (this.#shown.length > 0) this.#time(this.#shown.splice(0));
    });
  }
}
