/**
 * A line's past, reactive: the spans of a window, carried on by its live records where it goes on, and fetched again where these
 * tell of late readings. Comes in: the API, the window to show. Goes out: gap-free spans up to its end or to now.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { BackfillsAnswer } from '../../../contract/api.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { Api } from '../core/api.ts';
import { Freshness } from '../core/freshness.ts';
import { upToNow } from '../core/strip.ts';

/** Without an end it goes on with the time. */
export interface PastWindow {
  readonly from: number;
  readonly to: number | null;
}

const lookEveryMs = 2_000;
/** Beyond it the server does not look for what came late. */
const backfillsMs = 48 * 3_600_000;

export class Past {
  spans: readonly StateSpan[] = $state.raw([]);
  /** What of the window was delivered late; nothing until that is known. */
  backfills: BackfillsAnswer = $state.raw({ spans: [], before: null });
  failed = $state.raw(false);
  /** False until the first answer about this window. */
  known = $state.raw(false);
  readonly #api: Api;
  readonly #line: string;
  readonly #now: () => number;
  readonly #stop: Stop;
  readonly #freshness = new Freshness();
  #window: PastWindow | null = null;
  #asking = false;

  constructor(api: Api, line: string, clock: Clock, now: () => number) {
    this.#api = api;
    this.#line = line;
    this.#now = now;
    this.#stop = clock.every(lookEveryMs, () => {
      if (!this.#asking && this.#freshness.isDue(this.#now())) void this.fetch();
    });
  }

  close(): void {
    this.#stop();
    this.#window = null;
  }

  /** This window from now on; another one asks anew. */
  begin(window: PastWindow): void {
    if (window.from === this.#window?.from && window.to === this.#window.to) return;
    this.#window = window;
    this.known = false;
    this.backfills = { spans: [], before: null };
    void this.fetch();
  }

  /** The newest record: what it says of now carries the history on. */
  follow(record: LiveRecord, now: number): void {
    this.#freshness.see(record.shift, now);
    if (this.known && this.#window?.to === null) this.spans = upToNow(this.spans, record, now);
  }

  async fetch(): Promise<void> {
    const window = this.#window;
    const now = this.#now();
    if (window === null || now <= window.from) return;
    this.#freshness.fetch(now);
    this.#asking = true;
    await this.#ask(window, Math.min(now, window.to ?? now));
    this.#asking = false;
  }

  async #ask(window: PastWindow, to: number): Promise<void> {
    const { from } = window;
    const answer = await this.#api.states(this.#line, from, to);
    if (window !== this.#window) return;
    this.failed = answer.problem !== null;
    if (answer.value) {
      this.spans = answer.value;
      this.known = true;
    }
    if (to - from > backfillsMs) return;
    const late = await this.#api.backfills(this.#line, from, to);
    if (window === this.#window && late.value) this.backfills = late.value;
  }
}
