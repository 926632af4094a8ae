/**
 * A rotary cement kiln: days of steady burning, then a blocked cyclone or a ring, and hours of heating up again.
 * Comes in: a line and its seed. Goes out: a Machine that works around the clock.
 */
import type { MachineFactory } from './machine.ts';
import { Process, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;

const gauges = {
  burningZone: { start: 1400, unrest: 14, periodSeconds: 420, decimals: 0 },
  kilnSpeed: { start: 3.8, unrest: 0.03, periodSeconds: 300, decimals: 2 },
  feed: { start: 335, unrest: 3, periodSeconds: 90, decimals: 0 },
  secondaryAir: { start: 1120, unrest: 18, periodSeconds: 300, decimals: 0 },
  shell: { start: 315, unrest: 4, periodSeconds: 3600, decimals: 0 },
  driveCurrent: { start: 560, unrest: 25, periodSeconds: 120, decimals: 0 },
};

export const rotaryKiln: MachineFactory = (input) =>
  new Player(input, 6 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => zeroed(metrics, 'feed', 'kilnSpeed', 'driveCurrent'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, ['clinker', 'energy']);
  const { random } = process;
  process.context = { product: 'clinker-42.5' };
  for (;;) {
    yield* burn(process, random.exponential(70 * hour));
    const chance = random.next();
    if (chance < 0.5) yield stand(process, 'cyclone-blocked', random.between(1, 3) * hour);
    else if (chance < 0.75) yield stand(process, 'ring-formation', random.between(1, 4) * hour);
    else yield stand(process, 'machine-error', random.between(0.5, 2) * hour);
    yield stand(process, 'heating-up', random.between(2, 3.5) * hour, 1405);
  }
}

/** Burns in stretches of an hour or two, each with its own small change of feed and fire. */
function* burn(process: Process, seconds: number): Generator<Step, void> {
  const { random } = process;
  for (let left = seconds; left > 0;) {
    const stretch = Math.min(left, random.between(1, 2.5) * hour);
    const feed = random.between(322, 345);
    yield process.run(stretch, {
      targets: {
        burningZone: { to: random.between(1375, 1430), tauSeconds: 20 * minute },
        feed: { to: feed, tauSeconds: 2 * minute },
        kilnSpeed: { to: 3.5 + feed / 1000, tauSeconds: 3 * minute },
        secondaryAir: { to: random.between(1080, 1150), tauSeconds: 15 * minute },
        shell: { to: random.between(300, 335), tauSeconds: 40 * minute },
        driveCurrent: { to: random.between(520, 610), tauSeconds: 3 * minute },
      },
      // Of raw meal, five parts in eight are left as clinker.
      adds: { clinker: (feed * 0.62 * stretch) / hour, energy: (5200 * stretch) / hour },
    });
    left -= stretch;
  }
}

function stand(process: Process, stop: string, seconds: number, burningZone = 1080): Step {
  const tauSeconds = (burningZone > 1300 ? 0.5 : 2) * hour;
  return process.stand(stop, seconds, {
    targets: {
      feed: 0,
      kilnSpeed: { to: 0.4, tauSeconds: 60 },
      burningZone: { to: burningZone, tauSeconds },
      secondaryAir: { to: burningZone > 1300 ? 950 : 500, tauSeconds },
      shell: { to: 270, tauSeconds: 3 * hour },
      driveCurrent: { to: 90, tauSeconds: 60 },
    },
    adds: { energy: (1100 * seconds) / hour },
  });
}
