/**
 * A tablet press: batch change, start-up, hours at 120 thousand tablets an hour, weight checks, and stops of its own.
 * Comes in: a line and its seed. Goes out: a Machine whose figures lie where real recordings of such a press do: the force
 * deviation leaps up at every start, and the first tablets of each start are waste.
 */
import { rounded, type MachineFactory, type Metrics } from './machine.ts';
import { Process, whole, zeroed, type Phase } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  tbl_speed: { start: 0, unrest: 0, periodSeconds: 60, decimals: 1 },
  fom: { start: 0, unrest: 0.4, periodSeconds: 60, decimals: 0 },
  main_comp: { start: 0, unrest: 0.15, periodSeconds: 90, decimals: 1 },
  pre_comp: { start: 0, unrest: 0.04, periodSeconds: 120, decimals: 1 },
  tbl_fill: { start: 4.9, unrest: 0.04, periodSeconds: 600, decimals: 2 },
  SREL: { start: 0, unrest: 0.5, periodSeconds: 80, decimals: 1 },
  cyl_main: { start: 2.1, unrest: 0.02, periodSeconds: 600, decimals: 2 },
  cyl_pre: { start: 5, unrest: 0, periodSeconds: 600, decimals: 2 },
  stiffness: { start: 2, unrest: 0, periodSeconds: 300, decimals: 0 },
  ejection: { start: 120, unrest: 9, periodSeconds: 120, decimals: 0 },
};

interface Product {
  readonly code: string;
  readonly mainForce: number;
  readonly fill: number;
  readonly deviation: number;
  readonly ejection: number;
}

const products = [
  { code: 'T-1', mainForce: 4.7, fill: 4.9, deviation: 3.1, ejection: 90 },
  { code: 'T-2', mainForce: 7.4, fill: 5.4, deviation: 4.2, ejection: 180 },
  { code: 'T-3', mainForce: 10.2, fill: 6.1, deviation: 5.6, ejection: 320 },
] as const satisfies readonly Product[];

export const tabletPress: MachineFactory = (input) =>
  new Player(input, 2 * 86_400_000, (teller) => ({
    steps: new Press(teller).steps(),
    rests: null,
    still: (metrics) => zeroed(metrics, 'tbl_speed', 'fom', 'main_comp', 'pre_comp', 'SREL'),
  }));

class Press {
  readonly #process: Process;
  readonly #teller: Teller;
  #product: Product = products[0];

  constructor(teller: Teller) {
    this.#teller = teller;
    this.#process = new Process(teller, gauges, ['produced', 'waste']);
  }

  *steps(): Generator<Step, never> {
    const process = this.#process;
    const { random } = process;
    for (let batch = random.whole(1, 6); ; batch += 1) {
      if (batch % 6 === 0) this.#product = random.pick<Product>(products);
      process.context = { batch: this.#teller.stamp(), product: this.#product.code };
      process.reset('produced', 'waste');
      yield this.#stand('batch-change', random.between(15, 40) * minute);
      for (let trial = random.whole(1, 3); trial > 0; trial -= 1) {
        yield* this.#press(random.between(40, 150), 70, random.between(600, 2500));
        yield this.#stand('weight-check', random.between(2, 6) * minute);
      }
      yield* this.#produce(random.between(8, 11) * 60 * minute);
      process.context = { batch: null, product: null };
      if (batch % 3 === 2) yield this.#stand('cleaning', random.between(60, 110) * minute);
      if (batch % 6 === 5) yield this.#stand('tooling-change', random.between(80, 160) * minute);
      if (random.chance(0.2)) yield this.#stand('no-order', random.between(30, 150) * minute);
    }
  }

  /** Full speed, until the machine or somebody stops it. */
  *#produce(seconds: number): Generator<Step, void> {
    const { random } = this.#process;
    for (let left = seconds; left > 0;) {
      const stretch = Math.min(left, Math.max(60, random.exponential(38 * minute)));
      yield* this.#press(stretch, 120, random.between(60, 220));
      left -= stretch;
      const chance = random.next();
      if (chance < 0.68) yield this.#stand('weight-check', random.lognormal(75, 0.5));
      else if (chance < 0.9) yield this.#stand('force-limit', random.lognormal(110, 0.8));
      else if (chance < 0.98) yield this.#stand('waiting-material', random.between(4, 20) * minute);
      else yield this.#stand('machine-error', random.between(20, 80) * minute);
    }
  }

  /** A start, whose tablets are mostly waste, then steady pressing. */
  *#press(seconds: number, speed: number, waste: number): Generator<Step, void> {
    const startSeconds = Math.min(seconds, 20);
    const product = this.#product;
    const targets = {
      tbl_speed: { to: speed, tauSeconds: 3 },
      fom: { to: speed / 4, tauSeconds: 3 },
      main_comp: { to: product.mainForce, tauSeconds: 4 },
      pre_comp: { to: product.mainForce / 9, tauSeconds: 4 },
      tbl_fill: { to: product.fill, tauSeconds: 300 },
      SREL: product.deviation,
      stiffness: { to: 1400, tauSeconds: 20 },
      ejection: { to: product.ejection, tauSeconds: 20 },
    };
    yield this.#process.run(startSeconds, {
      targets,
      adds: { produced: (speed * startSeconds) / 3600, waste },
      extra: (metrics, elapsed) => figures({ ...metrics, SREL: rounded(Number(metrics.SREL) + 148 * Math.exp(-elapsed / 2), 1) }),
    });
    const rest = seconds - startSeconds;
    if (rest > 0) yield this.#process.run(rest, { targets, adds: { produced: (speed * rest) / 3600, waste: rest / 60 }, extra: figures });
  }

  #stand(stop: string, seconds: number): Step {
    const still: Phase['targets'] = { tbl_speed: 0, fom: 0, main_comp: 0, pre_comp: 0, SREL: 0, stiffness: 2 };
    return this.#process.stand(stop, seconds, { targets: still, extra: figures });
  }
}

function figures(metrics: Metrics): Metrics {
  return whole(metrics, 'produced', 'waste');
}
