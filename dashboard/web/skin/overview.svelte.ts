/**
 * The overview, reactive: today every few seconds, four weeks of hours and the trend every few minutes, asked again soon after a
 * failure. Comes in: the API, which park. Goes out: the newest answers, each replaced whole, and which of them failed.
 */
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { OverviewAnswer, OverviewHours, OverviewTrend, TrendStep } from '../../../contract/overview.ts';
import type { Answer, Api, Problem } from '../core/api.ts';

/** The lines' states change by the second; the figures behind them every five minutes. */
const todayEveryMs = 10_000;
const pastEveryMs = 10 * 60_000;
const againMs = 5_000;

export class Overview {
  today: OverviewAnswer | null = $state.raw(null);
  hours: OverviewHours | null = $state.raw(null);
  trend: OverviewTrend | null = $state.raw(null);
  problem: Problem | null = $state.raw(null);
  step: TrendStep = $state.raw('day');
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #park: string | null;
  /** The next question of each kind. */
  readonly #next: Record<'today' | 'hours' | 'trend', Stop> = { today: () => undefined, hours: () => undefined, trend: () => undefined };
  #isClosed = false;

  constructor(api: Api, clock: Clock, park: string | null) {
    this.#api = api;
    this.#clock = clock;
    this.#park = park;
    void this.#today();
    void this.#hours();
    void this.#trend();
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of Object.values(this.#next)) stop();
  }

  chooseStep(step: TrendStep): void {
    if (step === this.step) return;
    this.step = step;
    this.trend = null;
    void this.#trend();
  }

  async #today(): Promise<void> {
    const answer = await this.#api.overview(this.#park);
    if (this.#isClosed) return;
    this.problem = answer.problem;
    if (answer.value) this.today = answer.value;
    this.#later('today', answer, todayEveryMs, () => this.#today());
  }

  async #hours(): Promise<void> {
    const answer = await this.#api.overviewHours(this.#park);
    if (this.#isClosed) return;
    if (answer.value) this.hours = answer.value;
    this.#later('hours', answer, pastEveryMs, () => this.#hours());
  }

  async #trend(): Promise<void> {
    const { step } = this;
    const answer = await this.#api.overviewTrend(this.#park, step);
    if (this.#isClosed || step !== this.step) return;
    if (answer.value) this.trend = answer.value;
    this.#later('trend', answer, pastEveryMs, () => this.#trend());
  }

  #later(kind: 'today' | 'hours' | 'trend', { problem }: Answer<unknown>, everyMs: number, ask: () => Promise<void>): void {
    this.#next[kind]();
    this.#next[kind] = this.#clock.after(problem ? againMs : everyMs, () => void ask());
  }
}
