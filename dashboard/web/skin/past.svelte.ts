/**
 * A line's recent past, reactive: the spans of its shift, carried on by its live records, and fetched again where these
 * tell of late readings. Comes in: the API, the window to show. Goes out: gap-free spans up to now.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { BackfillsAnswer } from '../../../contract/api.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { Api } from '../core/api.ts';
import { Freshness } from '../core/freshness.ts';
import { upToNow } from '../core/strip.ts';

const lookEveryMs = 2_000;

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
  #from: number | null = null;
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
    this.#from = null;
  }

  /** The window begins here; another beginning asks anew. */
  begin(from: number): void {
    if (from === this.#from) return;
    this.#from = from;
    this.known = false;
    void this.fetch();
  }

  /** The newest record: what it says of now carries the history on. */
  follow(record: LiveRecord, now: number): void {
    this.#freshness.see(record.shift, now);
    if (this.known) this.spans = upToNow(this.spans, record, now);
  }

  async fetch(): Promise<void> {
    const from = this.#from;
    const to = this.#now();
    if (from === null || to <= from) return;
    this.#freshness.fetch(to);
    this.#asking = true;
    await this.#ask(from, to);
    this.#asking = false;
  }

  async #ask(from: number, to: number): Promise<void> {
    const answer = await this.#api.states(this.#line, from, to);
    if (from !== this.#from) return;
    this.failed = answer.problem !== null;
    if (answer.value) {
      this.spans = answer.value;
      this.known = true;
    }
    const late = await this.#api.backfills(this.#line, from, to);
    if (from === this.#from && late.value) this.backfills = late.value;
  }
}
