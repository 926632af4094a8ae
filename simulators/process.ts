/**
 * The building block of process equipment: gauges that move from one phase's targets to the next's, and counters that add up.
 * Comes in: gauges, counters, and phases as a story names them. Goes out: steps for the player. A gauge starts a phase where the
 * last one left it, and every figure is a function of the time spent in the phase.
 */
import { rounded, type Metrics, type SentContext } from './machine.ts';
import { hash, noise, type Random } from './random.ts';
import { runStep, stopStep, type Step, type Teller } from './story.ts';

export interface Gauge {
  readonly start: number;
  /** The width of its unrest, to either side; none around zero, where a gauge is switched off. */
  readonly unrest: number;
  readonly periodSeconds: number;
  readonly decimals: number;
}

/** Where a gauge goes in a phase: at once (a number), ever closer (`tauSeconds`), or straight there in `rampSeconds`. */
export type Target = number | { readonly to: number; readonly tauSeconds: number } | { readonly to: number; readonly rampSeconds: number };

export interface Phase {
  readonly name?: string;
  readonly targets?: Readonly<Record<string, Target>>;
  /** What counters gain over the whole phase. */
  readonly adds?: Readonly<Record<string, number>>;
  /** Figures of the phase's own, made after all others. */
  readonly extra?: (metrics: Metrics, elapsedSeconds: number, at: number) => Metrics;
}

interface Curve {
  readonly name: string;
  readonly gauge: Gauge;
  readonly seed: number;
  readonly from: number;
  readonly target: Target;
}

export class Process {
  readonly teller: Teller;
  readonly random: Random;
  context: SentContext = {};
  readonly #gauges: Readonly<Record<string, Gauge>>;
  readonly #values = new Map<string, number>();
  readonly #counters: Record<string, number>;

  constructor(teller: Teller, gauges: Readonly<Record<string, Gauge>>, counters: readonly string[] = []) {
    this.teller = teller;
    this.random = teller.random;
    this.#gauges = gauges;
    for (const [name, { start }] of Object.entries(gauges)) this.#values.set(name, start);
    this.#counters = Object.fromEntries(counters.map((name) => [name, 0]));
  }

  run(seconds: number, phase: Phase): Step {
    return runStep(seconds, this.context, this.#phase(seconds, phase));
  }

  stand(stop: string, seconds: number, phase: Phase = {}): Step {
    return stopStep(this.teller.line.type, stop, seconds, this.context, this.#phase(seconds, phase));
  }

  /** The way a gauge will take towards a target from where it stands now, without its unrest, by seconds. */
  path(name: string, target: Target): (seconds: number) => number {
    const from = this.#values.get(name) ?? 0;
    return (seconds) => valueOf(from, target, seconds);
  }

  /** Sets counters back, as a controller does when a batch begins. */
  reset(...counters: string[]): void {
    for (const name of counters) this.#counters[name] = 0;
  }

  #phase(seconds: number, phase: Phase): Step['read'] {
    const curves = Object.entries(this.#gauges).map(([name, gauge]): Curve => {
      const from = this.#values.get(name) ?? gauge.start;
      return { name, gauge, seed: this.teller.seed ^ hash(name), from, target: phase.targets?.[name] ?? from };
    });
    for (const curve of curves) this.#values.set(curve.name, valueOf(curve.from, curve.target, seconds));
    const counted = { ...this.#counters };
    const adds = phase.adds ?? {};
    for (const [name, added] of Object.entries(adds)) this.#counters[name] = (counted[name] ?? 0) + added;
    return (elapsedMs, at) => {
      const elapsed = elapsedMs / 1000;
      const metrics: Metrics = phase.name === undefined ? {} : { phase: phase.name };
      for (const curve of curves) metrics[curve.name] = restless(curve, valueOf(curve.from, curve.target, elapsed), at);
      const share = Math.min(1, elapsed / seconds);
      for (const [name, before] of Object.entries(counted)) {
        // Whole counts are reached, not rounded to: a piece counts when it is done.
        metrics[name] = Math.floor((before + (adds[name] ?? 0) * share) * 10 + 1e-6) / 10;
      }
      return phase.extra ? phase.extra(metrics, elapsed, at) : metrics;
    };
  }
}

/** Zero for what stops moving when a machine stands: drives, sprays, flows. */
export function zeroed(metrics: Metrics, ...names: string[]): Metrics {
  return { ...metrics, ...Object.fromEntries(names.filter((name) => name in metrics).map((name) => [name, 0])) };
}

/** The value of a counter that only knows whole things. */
export function whole(metrics: Metrics, ...names: string[]): Metrics {
  return { ...metrics, ...Object.fromEntries(names.map((name) => [name, Math.floor(Number(metrics[name]))])) };
}

function valueOf(from: number, target: Target, elapsed: number): number {
  if (typeof target === 'number') return target;
  if ('tauSeconds' in target) return target.to + (from - target.to) * Math.exp(-elapsed / target.tauSeconds);
  return from + (target.to - from) * Math.min(1, elapsed / target.rampSeconds);
}

function restless({ gauge, seed }: Curve, value: number, at: number): number {
  if (Math.abs(value) <= 2 * gauge.unrest) return rounded(value, gauge.decimals);
  return rounded(value + gauge.unrest * noise(seed, at, gauge.periodSeconds * 1000), gauge.decimals);
}
