/**
 * A monitored clean room of grade C: pressure difference, climate, particles, and doors that people use.
 * Comes in: a line and its seed. Goes out: a Machine. An open door lets the pressure fall for seconds, not for minutes; now and
 * then the air handling drifts far enough to be noticed.
 */
import type { MachineFactory } from './machine.ts';
import { Process, type Phase } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  pressureDifference: { start: 16, unrest: 0.7, periodSeconds: 40, decimals: 1 },
  temperature: { start: 21.8, unrest: 0.35, periodSeconds: 1800, decimals: 1 },
  humidity: { start: 52, unrest: 2, periodSeconds: 2700, decimals: 1 },
  particles05: { start: 620_000, unrest: 210_000, periodSeconds: 240, decimals: 0 },
  particles5: { start: 4800, unrest: 1900, periodSeconds: 180, decimals: 0 },
};

const closed: NonNullable<Phase['extra']> = (metrics) => ({ ...metrics, doorOpen: false });
const open: NonNullable<Phase['extra']> = (metrics) => ({ ...metrics, doorOpen: true });

export const cleanRoom: MachineFactory = (input) =>
  new Player(input, 2 * 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: null,
    still: (metrics) => ({ ...metrics, pressureDifference: 0 }),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges);
  const { random } = process;
  const pressure = 15 + (teller.seed % 30) / 10;
  for (;;) {
    yield* work(process, pressure, random.between(20, 23) * 60 * minute);
    yield process.stand('disinfection', random.between(40, 70) * minute, {
      targets: { pressureDifference: pressure, particles05: { to: 250_000, tauSeconds: 600 }, particles5: { to: 900, tauSeconds: 600 } },
      extra: closed,
    });
    if (random.chance(0.02)) yield process.stand('sensor-failure', random.between(10, 60) * minute, { extra: closed });
    if (random.chance(0.015)) {
      yield process.stand('fan-failure', random.between(15, 60) * minute, {
        targets: { pressureDifference: { to: 2, tauSeconds: 40 }, particles05: { to: 2_400_000, tauSeconds: 900 } },
        extra: closed,
      });
    }
  }
}

function* work(process: Process, pressure: number, seconds: number): Generator<Step, void> {
  const { random } = process;
  for (let left = seconds; left > 0;) {
    const drifting = random.chance(0.003);
    const shut = drifting ? random.between(3, 12) * minute : Math.max(20, random.exponential(9 * minute));
    yield process.run(shut, {
      targets: {
        pressureDifference: { to: drifting ? random.between(9.5, 12) : pressure, tauSeconds: 6 },
        particles05: { to: random.between(480_000, 980_000), tauSeconds: 200 },
        particles5: { to: random.between(4000, 9000), tauSeconds: 200 },
      },
      extra: closed,
    });
    const ajar = random.between(6, 26);
    yield process.run(ajar, {
      targets: {
        pressureDifference: { to: random.between(5, 8.5), tauSeconds: 2 },
        particles05: { to: 1_500_000, tauSeconds: 90 },
        particles5: { to: 12_000, tauSeconds: 90 },
      },
      extra: open,
    });
    left -= shut + ajar;
  }
}
