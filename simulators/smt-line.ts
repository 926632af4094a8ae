/**
 * An SMT line: boards in a steady stream, feeders that run empty, stencils and nozzles to clean, products to change.
 * Comes in: a line and its seed. Goes out: a Machine that keeps its line's shifts and breaks.
 */
import type { MachineFactory, Metrics } from './machine.ts';
import { Process, whole, zeroed } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';
import { shiftRests } from './welding-cell.ts';

const minute = 60;

const gauges = {
  placementRate: { start: 0, unrest: 1.2, periodSeconds: 20, decimals: 1 },
  reflowPeak: { start: 242, unrest: 1, periodSeconds: 240, decimals: 1 },
  conveyorSpeed: { start: 80, unrest: 0.6, periodSeconds: 60, decimals: 0 },
};
const counters = ['pickErrors', 'placements', 'boards', 'rejects', 'energy'];

export const smtLine: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: shiftRests,
    still: (metrics) => zeroed(metrics, 'placementRate', 'conveyorSpeed'),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, counters);
  const { random } = process;
  for (;;) {
    process.context = { order: `P-${teller.stamp()}`, product: `board-${String(random.whole(1, 20))}` };
    yield stand(process, 'product-change', random.between(18, 45) * minute);
    yield* produce(process, random.between(2.5, 6) * 60 * minute, random.between(130, 172));
    if (random.chance(0.1)) yield stand(process, 'maintenance', random.between(15, 35) * minute);
  }
}

function* produce(process: Process, seconds: number, boardsPerHour: number): Generator<Step, void> {
  const { random } = process;
  const placementsPerBoard = Math.round(random.between(280, 420));
  for (let left = seconds; left > 0;) {
    const stretch = Math.min(left, Math.max(15, random.exponential(7 * minute)));
    left -= stretch;
    const boards = (boardsPerHour * stretch) / 3600;
    yield process.run(stretch, {
      targets: {
        placementRate: { to: (boardsPerHour * placementsPerBoard) / 1000, tauSeconds: 4 },
        conveyorSpeed: 80,
        reflowPeak: { to: random.between(241.5, 244.5), tauSeconds: 300 },
      },
      adds: {
        boards,
        placements: boards * placementsPerBoard,
        pickErrors: boards * placementsPerBoard * 0.0004,
        rejects: boards * 0.006,
        energy: (26 * stretch) / 3600,
      },
      extra: figures,
    });
    const chance = random.next();
    if (chance < 0.5) yield stand(process, 'stencil-cleaning', random.between(20, 35));
    else if (chance < 0.9) yield stand(process, 'feeder-empty', random.lognormal(75, 0.5));
    else if (chance < 0.97) yield stand(process, 'nozzle-cleaning', random.between(90, 200));
    else if (chance < 0.995) yield stand(process, 'waiting-material', random.between(4, 20) * minute);
    else yield stand(process, 'machine-error', random.between(15, 60) * minute);
  }
}

function stand(process: Process, stop: string, seconds: number): Step {
  return process.stand(stop, seconds, { targets: { placementRate: 0 }, adds: { energy: (18 * seconds) / 3600 }, extra: figures });
}

function figures(metrics: Metrics): Metrics {
  return whole(metrics, 'pickErrors', 'placements', 'boards', 'rejects');
}
