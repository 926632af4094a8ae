/**
 * A coating pan: preheat, spraying film on tablets in a turning drum, drying, then cooling and discharge.
 * Comes in: a line and its seed. Goes out: a Machine. The bed stays near 45 °C: inlet air brings what the spray takes.
 */
import type { MachineFactory } from './machine.ts';
import { Process, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  bedTemperature: { start: 25, unrest: 0.3, periodSeconds: 60, decimals: 1 },
  inletTemperature: { start: 26, unrest: 0.5, periodSeconds: 45, decimals: 1 },
  panSpeed: { start: 0, unrest: 0.08, periodSeconds: 15, decimals: 1 },
  sprayRate: { start: 0, unrest: 3, periodSeconds: 8, decimals: 0 },
};

export const coatingPan: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'panSpeed', 'sprayRate'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  for (let batch = random.whole(1, 5); ; batch += 1) {
    process.context = { batch: teller.stamp(), product: `C-${String((teller.seed % 4) + 1)}` };
    yield process.stand('waiting-material', random.between(8, 25) * minute, { name: 'charging' });
    yield* coat(process);
    process.context = { batch: null, product: null };
    if (batch % 5 === 0) yield process.stand('cleaning', random.between(50, 90) * minute, { name: 'cleaning' });
    if (random.chance(0.012)) yield process.stand('machine-error', random.between(20, 80) * minute, { name: 'repair' });
  }
}

function* coat(process: Process): Generator<Step, void> {
  const { random } = process;
  yield process.stand('preheat', random.between(14, 18) * minute, {
    name: 'preheat',
    targets: {
      inletTemperature: { to: random.between(60, 65), tauSeconds: 100 },
      bedTemperature: { to: 45, tauSeconds: 190 },
      panSpeed: { to: 3, tauSeconds: 5 },
    },
  });
  const spraying = { sprayRate: { to: random.between(120, 200), tauSeconds: 6 }, panSpeed: { to: random.between(6, 9), tauSeconds: 10 } };
  for (let left = random.between(90, 150) * minute; left > 0;) {
    const stretch = Math.min(left, random.exponential(100 * minute));
    yield process.run(stretch, {
      name: 'spraying',
      targets: { ...spraying, bedTemperature: { to: random.between(44.3, 45.7), tauSeconds: 400 } },
    });
    left -= stretch;
    if (left > 0) {
      yield process.stand('gun-blocked', random.lognormal(150, 0.5), { name: 'spraying', targets: { sprayRate: 0, panSpeed: 2.5 } });
    }
  }
  yield process.run(random.between(8, 12) * minute, {
    name: 'drying',
    targets: { sprayRate: 0, panSpeed: { to: 4, tauSeconds: 10 }, bedTemperature: { to: 46, tauSeconds: 300 } },
  });
  yield process.stand('discharge', random.between(18, 28) * minute, {
    name: 'discharge',
    targets: {
      inletTemperature: { to: 26, tauSeconds: 120 },
      bedTemperature: { to: 28, tauSeconds: 300 },
      panSpeed: { to: 0, rampSeconds: 12 * minute },
    },
  });
}
