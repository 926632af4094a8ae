/**
 * A robot welding cell: one part after the other, loaded by hand, with tips to change and arcs that fail.
 * Comes in: a line and its seed. Goes out: a Machine that keeps its line's shifts and breaks.
 */
import type { MachineFactory, Metrics } from './machine.ts';
import { Process, whole, zeroed } from './process.ts';
import { Player, type Step, type Story, type Teller } from './story.ts';

const minute = 60;

const gauges = {
  current: { start: 0, unrest: 7, periodSeconds: 4, decimals: 0 },
  voltage: { start: 0, unrest: 0.5, periodSeconds: 4, decimals: 1 },
  wireFeed: { start: 0, unrest: 0.2, periodSeconds: 5, decimals: 1 },
  gasFlow: { start: 0, unrest: 0.4, periodSeconds: 9, decimals: 1 },
};

const off = { current: 0, voltage: 0, wireFeed: 0, gasFlow: 0 };

/** How people keep a line that is tended shift by shift. */
export const shiftRests: Story['rests'] = {
  break: { state: 'planned', stop: null },
  handover: { state: 'planned', stop: 'shift-change' },
  off: { state: 'idle', stop: 'no-operator' },
};

export const weldingCell: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({
    steps: steps(teller),
    rests: shiftRests,
    still: (metrics) => zeroed(metrics, ...Object.keys(off)),
  }));

function* steps(teller: Teller): Generator<Step, never> {
  const process = new Process(teller, gauges, ['parts', 'rejects', 'energy']);
  const { random } = process;
  const stand = (stop: string, seconds: number): Step =>
    process.stand(stop, seconds, { targets: off, adds: { energy: seconds / 3600 }, extra: figures });
  for (;;) {
    process.context = { order: `W-${teller.stamp()}`, product: `frame-${String(random.whole(1, 9))}` };
    yield stand('fixture-change', random.between(15, 40) * minute);
    const weldSeconds = random.between(62, 78);
    const current = random.between(215, 270);
    for (let parts = random.whole(120, 260); parts > 0; parts -= 1) {
      yield process.run(weldSeconds, {
        targets: { current, voltage: current / 10, wireFeed: current / 28, gasFlow: 16 },
        adds: { parts: 1, rejects: random.chance(0.012) ? 1 : 0, energy: (7.5 * weldSeconds) / 3600 },
        extra: figures,
      });
      yield stand('load-part', random.lognormal(13, 0.3));
      const chance = random.next();
      if (chance < 0.012) yield stand('tip-change', random.between(2, 5) * minute);
      else if (chance < 0.03) yield stand('arc-failure', random.lognormal(60, 0.7));
      else if (chance < 0.034) yield stand('waiting-material', random.between(5, 25) * minute);
      else if (chance < 0.0345) yield stand('machine-error', random.between(15, 70) * minute);
    }
    if (random.chance(0.15)) yield stand('maintenance', random.between(15, 40) * minute);
  }
}

function figures(metrics: Metrics): Metrics {
  return whole(metrics, 'parts', 'rejects');
}
