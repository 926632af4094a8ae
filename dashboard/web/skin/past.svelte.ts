/**
 * A line's recent past, reactive: the spans of its shift, fetched now and then and carried on by its live records.
 * Comes in: the API, the window to show. Goes out: gap-free spans up to now. Late readings are seen at the next fetch.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { BackfillsAnswer } from '../../../contract/api.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { LiveRecord } from '../../../contract/live.ts';
import type { Api } from '../core/api.ts';
import { upToNow } from '../core/strip.ts';

const fetchEveryMs = 30_000;

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
  #from: number | null = null;

  constructor(api: Api, line: string, clock: Clock, now: () => number) {
    this.#api = api;
    this.#line = line;
    this.#now = now;
    this.#stop = clock.every(fetchEveryMs, () => void this.fetch());
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
    if (this.known) this.spans = upToNow(this.spans, record, now);
  }

  async fetch(): Promise<void> {
    const from = this.#from;
    const to = this.#now();
    if (from === null || to <= from) return;
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
