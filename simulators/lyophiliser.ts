/**
 * A lyophiliser: freezing, evacuation, primary and secondary drying over one to two and a half days, then unloading and defrost.
 * Comes in: a line and its seed. Goes out: a Machine. While ice sublimes the product stays far colder than its shelf, and
 * closes up to it at the end of primary drying.
 */
import type { MachineFactory, Metrics } from './machine.ts';
import { Process } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;
const atmosphere = 1_013_000;

const gauges = {
  shelfTemperature: { start: 5, unrest: 0.15, periodSeconds: 300, decimals: 1 },
  chamberPressure: { start: atmosphere, unrest: 4, periodSeconds: 120, decimals: 0 },
  productTemperature: { start: 8, unrest: 0.2, periodSeconds: 400, decimals: 1 },
  condenserTemperature: { start: 18, unrest: 0.5, periodSeconds: 200, decimals: 1 },
};

export const lyophiliser: MachineFactory = (input) =>
  new Player(input, 5 * 86_400_000, (teller) => ({ steps: steps(teller), rests: null, still: (metrics) => metrics }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  for (;;) {
    process.context = { batch: teller.stamp(), product: `L-${String((teller.seed % 3) + 1)}` };
    yield* load(process);
    yield* freeze(process);
    yield* dry(process);
    yield process.stand('unloading', random.between(1, 2) * hour, {
      name: 'unloading',
      targets: {
        chamberPressure: { to: atmosphere, tauSeconds: 4 * minute },
        shelfTemperature: { to: 5, tauSeconds: 40 * minute },
        productTemperature: { to: 20, tauSeconds: 30 * minute },
      },
    });
    process.context = { batch: null, product: null };
    yield process.stand('defrost', random.between(2, 3) * hour, {
      name: 'defrost',
      targets: { condenserTemperature: { to: 20, tauSeconds: 25 * minute }, productTemperature: { to: 8, tauSeconds: hour } },
    });
    yield process.stand('cleaning', random.between(1, 3) * hour, { name: 'cleaning' });
    if (random.chance(0.25)) yield process.stand('no-order', random.between(2, 9) * hour, { name: 'ready' });
  }
}

function* load(process: Process): Generator<Step, void> {
  const { random } = process;
  yield process.stand('loading', random.between(1, 2) * hour, { name: 'loading' });
  yield process.stand('leak-test', random.between(40, 55) * minute, {
    name: 'leak-test',
    targets: { condenserTemperature: { to: -74, tauSeconds: 9 * minute } },
  });
}

function* freeze(process: Process): Generator<Step, void> {
  const { random } = process;
  yield process.run(random.between(2, 2.5) * hour, {
    name: 'freezing',
    targets: { shelfTemperature: { to: -45, rampSeconds: 100 * minute }, productTemperature: { to: -43, rampSeconds: 115 * minute } },
  });
  yield process.run(random.between(2.5, 4.5) * hour, {
    name: 'freezing',
    targets: { productTemperature: { to: -44.5, tauSeconds: hour } },
  });
  yield process.run(random.between(45, 60) * minute, {
    name: 'evacuation',
    targets: { chamberPressure: { to: 90, tauSeconds: 3.5 * minute } },
  });
}

function* dry(process: Process): Generator<Step, void> {
  const { random } = process;
  const shelf = random.between(-20, -10);
  const pressure = random.between(80, 120);
  yield process.run(random.between(12, 24) * hour, {
    name: 'primary-drying',
    targets: {
      shelfTemperature: { to: shelf, rampSeconds: 3 * hour },
      productTemperature: { to: random.between(-35, -32), tauSeconds: 2 * hour },
      chamberPressure: { to: pressure, tauSeconds: 10 * minute },
      condenserTemperature: { to: -68, tauSeconds: hour },
    },
    extra: drying,
  });
  yield process.run(random.between(5, 9) * hour, {
    name: 'primary-drying',
    targets: { productTemperature: { to: shelf - 0.4, tauSeconds: 1.6 * hour }, condenserTemperature: { to: -73, tauSeconds: 2 * hour } },
    extra: drying,
  });
  if (random.chance(0.03)) {
    const targets = { chamberPressure: { to: 420, tauSeconds: 8 * minute } };
    yield process.stand('vacuum-loss', random.between(15, 50) * minute, { name: 'primary-drying', targets, extra: drying });
  }
  yield process.run(random.between(7, 10) * hour, {
    name: 'secondary-drying',
    targets: {
      shelfTemperature: { to: random.between(25, 29), rampSeconds: 3.5 * hour },
      productTemperature: { to: 27, rampSeconds: 4 * hour },
      chamberPressure: { to: 70, tauSeconds: 15 * minute },
    },
    extra: drying,
  });
}

/** The vacuum has limits only while drying, so it is sent a second time under the name that carries them. */
function drying(metrics: Metrics): Metrics {
  return { ...metrics, dryingPressure: metrics.chamberPressure ?? null };
}
