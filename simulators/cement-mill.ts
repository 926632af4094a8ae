/**
 * A cement ball mill: runs while the silo has room and electricity is cheap, rests when it is dear.
 * Comes in: a line and its seed. Goes out: a Machine that works around the clock.
 */
import type { MachineFactory } from './machine.ts';
import { Process, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;

const gauges = {
  feed: { start: 145, unrest: 3, periodSeconds: 60, decimals: 0 },
  motorPower: { start: 3500, unrest: 40, periodSeconds: 40, decimals: 0 },
  vibration: { start: 2.6, unrest: 0.4, periodSeconds: 30, decimals: 1 },
  outlet: { start: 98, unrest: 2, periodSeconds: 300, decimals: 0 },
  separatorSpeed: { start: 165, unrest: 2, periodSeconds: 90, decimals: 0 },
};

export const cementMill: MachineFactory = (input) =>
  new Player(input, 3 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'feed', 'motorPower', 'vibration', 'separatorSpeed'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, ['cement', 'energy']);
  const { random } = process;
  for (;;) {
    process.context = { product: random.pick(['cement-42.5', 'cement-32.5']) };
    yield* grind(process, random.between(6, 13) * hour);
    const chance = random.next();
    if (chance < 0.55) yield stand(process, 'peak-tariff', random.between(2, 4) * hour);
    else if (chance < 0.85) yield stand(process, 'silo-full', random.between(0.5, 3) * hour);
    else if (chance < 0.94) yield stand(process, 'ball-refill', random.between(1, 2) * hour);
    else yield stand(process, 'machine-error', random.between(0.5, 2) * hour);
  }
}

function* grind(process: Process, seconds: number): Generator<Step, void> {
  const { random } = process;
  for (let left = seconds; left > 0;) {
    const stretch = Math.min(left, random.between(30, 90) * minute);
    const feed = random.between(138, 156);
    yield process.run(stretch, {
      targets: {
        feed: { to: feed, tauSeconds: 40 },
        motorPower: { to: 3350 + feed * 1.4, tauSeconds: 25 },
        vibration: { to: random.between(2.2, 3.4), tauSeconds: 60 },
        outlet: { to: random.between(94, 106), tauSeconds: 15 * minute },
        separatorSpeed: { to: random.between(155, 175), tauSeconds: 60 },
      },
      adds: { cement: (feed * stretch) / hour, energy: (3560 * stretch) / hour },
    });
    left -= stretch;
  }
}

function stand(process: Process, stop: string, seconds: number): Step {
  return process.stand(stop, seconds, {
    targets: { feed: 0, motorPower: 0, vibration: 0, separatorSpeed: 0, outlet: { to: 35, tauSeconds: 1.5 * hour } },
    adds: { energy: (60 * seconds) / hour },
  });
}
