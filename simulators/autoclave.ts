/**
 * An autoclave: loading, air removal by steam pulses, heating, the hold near 122 °C, cooling, unloading.
 * Comes in: a line and its seed. Goes out: a Machine. F0 is summed second by second over the temperatures of the cycle:
 * Σ 10^((T − 121.1) / 10) · Δt, in minutes.
 */
import { rounded, type MachineFactory } from './machine.ts';
import { Process, type Target } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  temperature: { start: 32, unrest: 0.15, periodSeconds: 25, decimals: 1 },
  pressure: { start: 1, unrest: 0.01, periodSeconds: 15, decimals: 2 },
};

export const autoclave: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({ steps: new Autoclave(teller).steps(), rests: null, still: (metrics) => metrics }));

class Autoclave {
  readonly #process: Process;
  readonly #teller: Teller;
  /** F0 of the cycle so far, at the beginning of the phase that comes next. */
  #f0 = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
    this.#process = new Process(teller, gauges);
  }

  *steps(): Generator<Step, never> {
    const process = this.#process;
    const { random } = process;
    for (;;) {
      process.context = { batch: this.#teller.stamp(), product: `S-${String((this.#teller.seed % 3) + 1)}` };
      this.#f0 = 0;
      yield process.stand('loading', random.between(15, 30) * minute, { name: 'loading' });
      yield* this.#cycle();
      yield this.#unload();
      process.context = { batch: null, product: null };
      if (random.chance(0.12)) yield process.stand('leak-test', random.between(18, 25) * minute, { name: 'leak-test' });
      if (random.chance(0.3)) yield process.stand('waiting-material', random.between(10, 60) * minute, { name: 'ready' });
      if (random.chance(0.01)) yield process.stand('door-seal', random.between(30, 80) * minute, { name: 'repair' });
    }
  }

  *#cycle(): Generator<Step, void> {
    const { random } = this.#process;
    for (let pulse = 1; pulse <= 3; pulse += 1) {
      yield this.#heat('air-removal', 70, { to: 70 + 8 * pulse, tauSeconds: 60 }, { to: 0.15, tauSeconds: 20 });
      yield this.#heat('air-removal', 50, { to: 90 + 6 * pulse, tauSeconds: 20 }, { to: 1.6, tauSeconds: 15 });
    }
    yield this.#heat(
      'heating',
      random.between(7, 10) * minute,
      { to: random.between(121.9, 122.1), tauSeconds: 55 },
      { to: 2.13, tauSeconds: 60 },
    );
    const hold = random.between(15, 17) * minute;
    if (random.chance(0.02)) {
      // Steam fails in the middle of the hold: the load cools, and the hold begins anew.
      yield this.#heat('sterilising', hold * random.next(), 122, 2.14);
      yield this.#process.stand('steam-loss', random.between(3, 12) * minute, {
        name: 'sterilising',
        targets: { temperature: { to: 95, tauSeconds: 8 * minute }, pressure: { to: 1.2, tauSeconds: 5 * minute } },
      });
      this.#f0 = 0;
      yield this.#heat('heating', random.between(6, 8) * minute, { to: 122, tauSeconds: 50 }, { to: 2.13, tauSeconds: 60 });
    }
    yield this.#heat('sterilising', hold, 122, 2.14);
    yield this.#heat('cooling', random.between(22, 35) * minute, { to: 45, tauSeconds: 8 * minute }, { to: 1, tauSeconds: 4 * minute });
  }

  #heat(name: string, seconds: number, temperature: Target, pressure: Target): Step {
    const f0 = lethality(this.#process.path('temperature', temperature), seconds, this.#f0);
    this.#f0 = f0(seconds);
    return this.#process.run(seconds, {
      name,
      targets: { temperature, pressure },
      extra: (metrics, elapsed) => ({
        ...metrics,
        ...(name === 'sterilising' ? { holdTemperature: metrics.temperature ?? null } : {}),
        F0: rounded(f0(elapsed), 1),
      }),
    });
  }

  /** The result of the cycle is told as its unloading begins. */
  #unload(): Step {
    const cycleF0 = rounded(this.#f0, 1);
    const tellSeconds = this.#teller.line.type.expectSeconds;
    return this.#process.stand('unloading', this.#process.random.between(12, 20) * minute, {
      name: 'unloading',
      targets: { temperature: { to: 35, tauSeconds: 10 * minute }, pressure: 1 },
      extra: (metrics, elapsed) => ({ ...metrics, F0: cycleF0, ...(elapsed < tellSeconds ? { cycleF0 } : {}) }),
    });
  }
}

/** F0 by seconds since the beginning of a phase, on top of what the cycle had before. */
function lethality(temperatureAt: (seconds: number) => number, seconds: number, before: number): (seconds: number) => number {
  const sums = new Float64Array(Math.ceil(seconds) + 1);
  sums[0] = before;
  for (let second = 1; second < sums.length; second += 1) {
    sums[second] = (sums[second - 1] ?? 0) + 10 ** ((temperatureAt(second) - 121.1) / 10) / 60;
  }
  return (elapsed) => sums[Math.min(sums.length - 1, Math.floor(elapsed))] ?? before;
}
