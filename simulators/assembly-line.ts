/**
 * A stationed assembly line for special vehicles: one takt after the other, stations that overrun, people who call for help.
 * Comes in: a line and its seed. Goes out: a Machine that keeps its line's shifts and breaks.
 */
import type { MachineFactory, Metrics } from './machine.ts';
import { Process, whole, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';
import { shiftRests } from './welding-cell.ts';

const minute = 60;

const gauges = {
  cycleTime: { start: 30, unrest: 0, periodSeconds: 60, decimals: 1 },
  torque: { start: 0, unrest: 25, periodSeconds: 25, decimals: 0 },
};

export const assemblyLine: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({ steps: steps(teller), rests: shiftRests, still: (metrics) => zeroed(metrics, 'torque') }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, ['units', 'rework', 'energy']);
  const { random } = process;
  for (;;) {
    process.context = { order: `V-${teller.stamp()}`, product: `model-${String(random.whole(1, 6))}` };
    yield stand(process, 'model-change', random.between(30, 70) * minute);
    for (let units = random.whole(12, 30); units > 0; units -= 1) yield* build(process);
    if (random.chance(0.2)) yield stand(process, 'waiting-material', random.between(10, 40) * minute);
  }
}

/** One takt; calls and overruns interrupt it and make the cycle longer. */
function* build(process: Process): Generator<Step, void> {
  const { random } = process;
  const takt = random.between(25, 29) * minute;
  let spent = 0;
  for (let left = takt; left > 0;) {
    const stretch = Math.min(left, Math.max(30, random.exponential(24 * minute)));
    left -= stretch;
    const done = left <= 0;
    spent += stretch;
    yield process.run(stretch, {
      targets: { torque: random.between(120, 190) },
      adds: { units: stretch / takt, rework: done && random.chance(0.05) ? 1 : 0, energy: (38 * stretch) / 3600 },
      extra: figures,
    });
    if (done) break;
    const seconds = random.lognormal(110, 0.6);
    spent += seconds;
    const chance = random.next();
    if (chance < 0.55) yield stand(process, 'andon-call', seconds);
    else if (chance < 0.985) yield stand(process, 'station-overrun', seconds);
    else yield stand(process, 'machine-error', random.between(15, 60) * minute);
  }
  // The line indexes: for a moment everything moves on, and the finished cycle's time is told from here on.
  yield process.run(20, { targets: { cycleTime: spent / minute, torque: 0 }, adds: { energy: 0.3 }, extra: figures });
}

function stand(process: Process, stop: string, seconds: number): Step {
  return process.stand(stop, seconds, { targets: { torque: 0 }, adds: { energy: (9 * seconds) / 3600 }, extra: figures });
}

function figures(metrics: Metrics): Metrics {
  return whole(metrics, 'units', 'rework');
}
