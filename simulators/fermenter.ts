/**
 * A stirred fermenter: cleaning, sterilising, inoculation, growth until oxygen becomes scarce, fed culture, harvest.
 * Comes in: a line and its seed. Goes out: a Machine. As the culture grows, dissolved oxygen falls to its set point and the
 * agitator speeds up to keep it there.
 */
import type { MachineFactory } from './machine.ts';
import { Process, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;

const gauges = {
  temperature: { start: 25, unrest: 0.1, periodSeconds: 120, decimals: 1 },
  pH: { start: 7, unrest: 0.03, periodSeconds: 90, decimals: 2 },
  dissolvedOxygen: { start: 90, unrest: 1.2, periodSeconds: 45, decimals: 1 },
  agitation: { start: 0, unrest: 4, periodSeconds: 20, decimals: 0 },
  pressure: { start: 0, unrest: 0.01, periodSeconds: 60, decimals: 2 },
};

export const fermenter: MachineFactory = (input) =>
  new Player(input, 4 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'agitation'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  for (;;) {
    process.context = { batch: teller.stamp(), product: `F-${String((teller.seed % 2) + 1)}` };
    yield* prepare(process);
    yield* cultivate(process);
    yield process.stand('harvest', random.between(1.5, 2.5) * hour, {
      name: 'harvest',
      targets: {
        temperature: { to: 12, tauSeconds: 40 * minute },
        agitation: { to: 80, tauSeconds: 60 },
        dissolvedOxygen: { to: 20, tauSeconds: 15 * minute },
        pressure: { to: 0.1, tauSeconds: 20 * minute },
      },
    });
    process.context = { batch: null, product: null };
    yield process.stand('cleaning', random.between(1.5, 3) * hour, {
      name: 'cleaning',
      targets: {
        temperature: { to: 65, tauSeconds: 20 * minute },
        agitation: 0,
        dissolvedOxygen: { to: 90, tauSeconds: hour },
        pressure: 0,
      },
    });
    if (random.chance(0.3)) yield process.stand('waiting-material', random.between(1, 6) * hour, { name: 'ready' });
  }
}

function* prepare(process: Process): Generator<Step, void> {
  const { random } = process;
  yield process.stand('sterilising', random.between(50, 65) * minute, {
    name: 'sterilising',
    targets: {
      temperature: { to: 121.8, tauSeconds: 9 * minute },
      pressure: { to: 1.15, tauSeconds: 10 * minute },
      agitation: { to: 120, tauSeconds: 20 },
    },
  });
  yield process.stand('sterilising', random.between(70, 90) * minute, {
    name: 'cooling',
    targets: {
      temperature: { to: 37, tauSeconds: 10 * minute },
      pressure: { to: 0.5, tauSeconds: 8 * minute },
      dissolvedOxygen: { to: 98, tauSeconds: 15 * minute },
    },
  });
  yield process.stand('inoculation', random.between(15, 25) * minute, {
    name: 'inoculation',
    targets: { temperature: 37, pH: 7, agitation: { to: 160, tauSeconds: 30 } },
  });
}

function* cultivate(process: Process): Generator<Step, void> {
  const { random } = process;
  const growth = random.between(8, 13) * hour;
  const setPoint = random.between(34, 38);
  yield process.run(growth, {
    name: 'growth',
    targets: { dissolvedOxygen: { to: setPoint, rampSeconds: growth * 0.7 }, agitation: { to: 420, rampSeconds: growth }, pressure: 0.5 },
  });
  if (random.chance(0.08)) {
    yield process.stand('foam-out', random.between(4, 15) * minute, {
      name: 'feeding',
      targets: { agitation: { to: 200, tauSeconds: 15 } },
    });
  }
  // Feed is given in portions: after each, oxygen dips a little and comes back.
  const feeding = random.between(16, 26) * hour;
  const agitation = random.between(430, 475);
  for (let left = feeding; left > 0;) {
    const stretch = Math.min(left, random.between(20, 40) * minute);
    const oxygen = setPoint + random.between(-2.5, 2);
    yield process.run(stretch, {
      name: 'feeding',
      targets: { dissolvedOxygen: { to: oxygen, tauSeconds: 5 * minute }, agitation: { to: agitation, tauSeconds: 3 * minute } },
    });
    left -= stretch;
  }
  if (random.chance(0.015)) yield process.stand('contamination', random.between(1, 3) * hour, { name: 'feeding' });
}
