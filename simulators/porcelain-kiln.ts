/**
 * A gas-fired shuttle kiln for Ru porcelain: setting, oxidation, reduction, soaking, slow cooling, drawing.
 * Comes in: a line and its seed. Goes out: a Machine. The celadon colour is made in the reducing phase, with little air and
 * several per cent of carbon monoxide in the kiln.
 */
import type { MachineFactory, Metrics } from './machine.ts';
import { Process, whole, zeroed, type Target } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;

const gauges = {
  temperature: { start: 40, unrest: 3, periodSeconds: 180, decimals: 0 },
  carbonMonoxide: { start: 0, unrest: 0.3, periodSeconds: 60, decimals: 1 },
  kilnPressure: { start: 0, unrest: 1, periodSeconds: 30, decimals: 0 },
  gasFlow: { start: 0, unrest: 1.5, periodSeconds: 25, decimals: 1 },
};

export const porcelainKiln: MachineFactory = (input) =>
  new Player(input, 3 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'gasFlow', 'kilnPressure', 'carbonMonoxide'),
  }));

interface Firing {
  readonly name: string;
  readonly hours: readonly [number, number];
  readonly temperature: (seconds: number) => Target;
  readonly carbonMonoxide: number;
  readonly gasFlow: number;
}

const firings: readonly Firing[] = [
  { name: 'drying', hours: [2.5, 3.5], temperature: (rampSeconds) => ({ to: 300, rampSeconds }), carbonMonoxide: 0.2, gasFlow: 22 },
  { name: 'oxidation', hours: [3.5, 4.5], temperature: (rampSeconds) => ({ to: 980, rampSeconds }), carbonMonoxide: 0.3, gasFlow: 74 },
  { name: 'reduction', hours: [4, 5], temperature: (rampSeconds) => ({ to: 1275, rampSeconds }), carbonMonoxide: 4.6, gasFlow: 92 },
  { name: 'soaking', hours: [0.8, 1.3], temperature: () => ({ to: 1288, tauSeconds: 15 * minute }), carbonMonoxide: 2.2, gasFlow: 66 },
  { name: 'cooling', hours: [10, 13], temperature: () => ({ to: 45, tauSeconds: 4.2 * hour }), carbonMonoxide: 0, gasFlow: 0 },
];

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, ['gas', 'pieces', 'rejects']);
  const { random } = process;
  for (;;) {
    process.context = { batch: teller.stamp(), product: `glaze-${String(random.whole(1, 5))}` };
    yield process.stand('set-ware', random.between(2, 3.5) * hour, { name: 'setting', targets: { kilnPressure: 0 }, extra: figures });
    for (const firing of firings) {
      if (firing.name === 'oxidation' && random.chance(0.04)) yield process.stand('flame-out', random.between(8, 30) * minute, flameOut);
      yield fire(process, firing);
    }
    const pieces = random.whole(2200, 2900);
    yield process.stand('draw-ware', random.between(1.5, 2.5) * hour, {
      name: 'drawing',
      adds: { pieces, rejects: Math.round(pieces * random.between(0.03, 0.09)) },
      extra: figures,
    });
    process.context = { batch: null, product: null };
    if (random.chance(0.2)) yield process.stand('no-order', random.between(2, 8) * hour, { name: 'empty', extra: figures });
  }
}

const flameOut = {
  name: 'oxidation',
  targets: { gasFlow: 0, carbonMonoxide: 0, temperature: { to: 200, tauSeconds: 2 * hour } },
  extra: figures,
};

function fire(process: Process, firing: Firing): Step {
  const seconds = process.random.between(...firing.hours) * hour;
  return process.run(seconds, {
    name: firing.name,
    targets: {
      temperature: firing.temperature(seconds),
      carbonMonoxide: { to: firing.carbonMonoxide, tauSeconds: 8 * minute },
      kilnPressure: { to: firing.carbonMonoxide > 1 ? 14 : 6, tauSeconds: 5 * minute },
      gasFlow: { to: firing.gasFlow, tauSeconds: 10 * minute },
    },
    adds: { gas: (firing.gasFlow * seconds) / hour },
    extra: figures,
  });
}

function figures(metrics: Metrics): Metrics {
  return whole(metrics, 'pieces', 'rejects');
}
