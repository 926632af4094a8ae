/**
 * Giving stops of one line another reason, reactive: which stop it is about, what was said of it before, saying it, and undoing it. Comes in: a
 * span that somebody picked. Goes out: what the dialog shows; a count that rises as figures follow.
 */
import { createContext } from 'svelte';
import type { Clock } from '../../../contract/clock.ts';
import type { StateSpan } from '../../../contract/figures.ts';
import type { Reclassification } from '../../../contract/reclassification.ts';
import type { Api } from '../core/api.ts';
import { canHaveAnother, mayReclassify } from '../core/reclassify.ts';
import { spanAt } from '../core/strip.ts';
import type { Work } from './desk.svelte.ts';
import type { Past } from './past.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import type { Tongue } from './tongue.svelte.ts';

/** A stop that is cut off by the window began, or ended, no further from it than this. */
const reachMs = 24 * 3_600_000;
/** Figures follow within seconds: they are looked at soon, and once more. */
const followMs = [2_000, 6_000];
const problems = ['no-span', 'no-stop', 'not-over', 'not-recorded', 'recorded'] as const;

export interface ReclassifyingParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly tongue: Tongue;
  readonly toasts: Toasts;
  readonly account: Work['account'];
  readonly now: () => number;
  readonly past: Past;
  readonly line: string;
}

export class Reclassifying {
  /** The stop somebody is asked about; null: none. */
  asked: StateSpan | null = $state.raw(null);
  /** What was said of it so far, the newest first. */
  said: readonly Reclassification[] = $state.raw([]);
  busy = $state.raw(false);
  problem: string | null = $state.raw(null);
  /** Rises whenever figures of the line may have followed. */
  edition = $state.raw(0);
  readonly #parts: ReclassifyingParts;

  constructor(parts: ReclassifyingParts) {
    this.#parts = parts;
  }

  offers(span: StateSpan): boolean {
    return mayReclassify(this.#parts.account) && canHaveAnother(span, this.#parts.now());
  }

  async begin(span: StateSpan): Promise<void> {
    const { api, line } = this.#parts;
    if (!this.offers(span)) return;
    Object.assign(this, { asked: span, said: [], problem: null });
    const whole = await this.#whole(span);
    const said = await api.reclassifications(line, whole.from, whole.to);
    if (this.asked !== span) return;
    this.asked = whole;
    this.said = (said.value ?? []).toReversed();
  }

  end(): void {
    this.asked = null;
  }

  /** `stop` null: what the machine said holds again. Resolves with whether it was taken. */
  async say(stop: string | null, why: string): Promise<boolean> {
    const { api, line, past, clock, toasts, tongue } = this.#parts;
    const span = this.asked;
    if (!span || this.busy) return false;
    this.busy = true;
    const { problem } = await api.reclassify(line, { from: span.from, to: span.to, stop, why });
    this.busy = false;
    this.problem = problem && this.#words(problem.code);
    if (problem) return false;
    toasts.show({ tone: 'done', text: tongue.t(stop === null ? 'reclassify.undone' : 'reclassify.done') });
    void past.fetch();
    for (const ms of followMs) {
      clock.after(ms, () => {
        this.edition += 1;
      });
    }
    return true;
  }

  #words(code: string): string {
    const { t } = this.#parts.tongue;
    const known = problems.find((one) => one === code);
    return t(known ? `reclassify.problem.${known}` : 'reclassify.problem');
  }

  /** The stop from its beginning to its end, where the page shows only a part of it. */
  async #whole(span: StateSpan): Promise<StateSpan> {
    const { api, line, past, now } = this.#parts;
    if (span !== past.spans[0] && span !== past.spans.at(-1)) return span;
    const found = await api.states(line, span.from - reachMs, Math.min(span.to + reachMs, now()));
    return spanAt(found.value ?? [], span.from) ?? span;
  }
}

export const [useReclassifying, provideReclassifying] = createContext<Reclassifying>();
