/**
 * A cold store for medicines at 2 to 8 °C: a compressor that switches on and off, doors, defrosting, now and then a failure.
 * Comes in: a line and its seed. Goes out: a Machine. Its logger has a battery, so it reports a mains failure itself.
 */
import type { MachineFactory } from './machine.ts';
import { Process, type Phase } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;
const hour = 3600;

const gauges = {
  temperature: { start: 4.8, unrest: 0.08, periodSeconds: 300, decimals: 1 },
  humidity: { start: 58, unrest: 2, periodSeconds: 900, decimals: 0 },
};

type Extra = NonNullable<Phase['extra']>;
const shut: Extra = (metrics) => ({ ...metrics, doorOpen: false, mainsPower: true });
const ajar: Extra = (metrics) => ({ ...metrics, doorOpen: true, mainsPower: true });
const dark: Extra = (metrics) => ({ ...metrics, doorOpen: false, mainsPower: false });

export const coldStore: MachineFactory = (input) =>
  new Player(input, 2 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => ({ ...metrics, mainsPower: false }),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  for (;;) {
    yield* cool(process, random.between(6, 8) * hour);
    yield process.stand('defrost', random.between(14, 20) * minute, {
      targets: { temperature: { to: 6.1, rampSeconds: 20 * minute }, humidity: { to: 66, tauSeconds: 10 * minute } },
      extra: shut,
    });
    if (random.chance(0.02)) {
      yield process.stand('compressor-failure', random.between(25, 90) * minute, {
        targets: { temperature: { to: 11, tauSeconds: 100 * minute } },
        extra: shut,
      });
    }
    if (random.chance(0.02)) {
      yield process.stand('power-loss', random.between(5, 30) * minute, {
        targets: { temperature: { to: 11, tauSeconds: 140 * minute } },
        extra: dark,
      });
    }
  }
}

/** The compressor cools from 5.5 down to 3.8 °C, then the store warms up again; somebody opens the door now and then. */
function* cool(process: Process, seconds: number): Generator<Step, void> {
  const { random } = process;
  for (let left = seconds; left > 0;) {
    const cooling = random.between(9, 14) * minute;
    yield process.run(cooling, {
      targets: { temperature: { to: 3.6, tauSeconds: 6 * minute }, humidity: { to: 54, tauSeconds: 8 * minute } },
      extra: shut,
    });
    const warming = random.between(12, 20) * minute;
    yield process.run(warming, {
      targets: { temperature: { to: 5.3, rampSeconds: 18 * minute }, humidity: { to: 60, tauSeconds: 15 * minute } },
      extra: shut,
    });
    left -= cooling + warming;
    if (!random.chance(0.3)) continue;
    const used = random.between(1, 5) * minute;
    yield process.run(used, {
      targets: { temperature: { to: 8, tauSeconds: 8 * minute }, humidity: { to: 72, tauSeconds: 4 * minute } },
      extra: ajar,
    });
    left -= used;
  }
}
