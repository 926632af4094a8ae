/**
 * A fluid-bed granulator: preheat, mixing, spraying with filter shaking in between, drying, then cooling and discharge.
 * Comes in: a line and its seed. Goes out: a Machine. While spray water evaporates the product stays cool, and warms as it dries.
 */
import type { MachineFactory } from './machine.ts';
import { Process, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  inletTemperature: { start: 26, unrest: 0.4, periodSeconds: 40, decimals: 1 },
  productTemperature: { start: 25, unrest: 0.3, periodSeconds: 50, decimals: 1 },
  exhaustTemperature: { start: 25, unrest: 0.3, periodSeconds: 45, decimals: 1 },
  airflow: { start: 0, unrest: 35, periodSeconds: 12, decimals: 0 },
  sprayRate: { start: 0, unrest: 4, periodSeconds: 8, decimals: 0 },
  filterPressureDrop: { start: 0, unrest: 0.03, periodSeconds: 10, decimals: 2 },
};

export const fluidBed: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'airflow', 'sprayRate', 'filterPressureDrop'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  for (let batch = random.whole(1, 4); ; batch += 1) {
    process.context = { batch: teller.stamp(), product: `G-${String((teller.seed % 3) + 1)}` };
    yield process.stand('waiting-material', random.between(5, 20) * minute, { name: 'charging' });
    yield* granulate(process);
    process.context = { batch: null, product: null };
    if (batch % 4 === 0) yield process.stand('cleaning', random.between(40, 80) * minute, { name: 'cleaning' });
    if (random.chance(0.01)) yield process.stand('machine-error', random.between(20, 70) * minute, { name: 'repair' });
  }
}

function* granulate(process: Process): Generator<Step, void> {
  const { random } = process;
  const inlet = random.between(67, 73);
  const air = random.between(1900, 2500);
  yield process.stand('preheat', random.between(9, 13) * minute, {
    name: 'preheat',
    targets: {
      inletTemperature: { to: inlet, tauSeconds: 110 },
      productTemperature: { to: 36, tauSeconds: 240 },
      exhaustTemperature: { to: 34, tauSeconds: 260 },
      airflow: { to: air * 0.7, tauSeconds: 15 },
      filterPressureDrop: { to: 0.6, tauSeconds: 15 },
    },
  });
  yield process.run(random.between(4, 6) * minute, { name: 'mixing', targets: { airflow: { to: air, tauSeconds: 20 } } });
  yield* spray(process, random.between(45, 80) * minute, random.between(170, 260));
  yield process.run(random.between(20, 34) * minute, {
    name: 'drying',
    targets: {
      sprayRate: 0,
      productTemperature: { to: random.between(40.5, 42), tauSeconds: 500 },
      exhaustTemperature: { to: 37.5, tauSeconds: 600 },
      filterPressureDrop: { to: 1.1, tauSeconds: 200 },
    },
  });
  yield process.stand('discharge', random.between(14, 20) * minute, {
    name: 'discharge',
    targets: {
      inletTemperature: { to: 26, tauSeconds: 90 },
      productTemperature: { to: 27, tauSeconds: 260 },
      exhaustTemperature: { to: 26, tauSeconds: 260 },
      airflow: { to: 0, tauSeconds: 200 },
      filterPressureDrop: { to: 0, tauSeconds: 200 },
    },
  });
}

/** Powder settles on the filter bags: every quarter of an hour or so they are shaken, with spray and air off. */
function* spray(process: Process, seconds: number, rate: number): Generator<Step, void> {
  const { random } = process;
  for (let left = seconds; left > 0;) {
    const stretch = Math.min(left, random.between(10, 16) * minute);
    yield process.run(stretch, {
      name: 'spraying',
      targets: {
        sprayRate: { to: rate, tauSeconds: 5 },
        productTemperature: { to: 31.5, tauSeconds: 300 },
        exhaustTemperature: { to: 32, tauSeconds: 320 },
        filterPressureDrop: { to: random.between(1.6, 2.2), rampSeconds: stretch },
      },
    });
    left -= stretch;
    if (left <= 0) return;
    const blocked = random.chance(0.04);
    yield blocked
      ? process.stand('nozzle-blocked', random.between(2, 9) * minute, { name: 'spraying', targets: { sprayRate: 0 } })
      : process.stand('filter-shake', random.between(9, 15), { name: 'spraying', targets: { sprayRate: 0, filterPressureDrop: 0.8 } });
  }
}
