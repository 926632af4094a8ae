/**
 * A machine for any equipment type that has no simulator of its own: it runs, stops for the type's own reasons, and keeps
 * its gauges in their usual range. Comes in: a line whose type is data. Goes out: a Machine that knows nothing but that data.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { MachineFactory, Metrics } from './machine.ts';
import { Process, whole, type Gauge } from './process.ts';
import { Player, type Step, type Teller } from './story.ts';

const hour = 3600;

export const generic: MachineFactory = (input) =>
  new Player(input, 86_400_000, (teller) => ({ steps: steps(teller), rests: null, still: (metrics) => metrics }));

function* steps(teller: Teller): Generator<Step, never> {
  const { type } = teller.line;
  const counters = namesOf(type, 'counter');
  const process = new Process(teller, gaugesOf(type), counters);
  const { random } = process;
  const stops = Object.keys(type.stops).filter((code) => ['stopped', 'setup', 'idle'].includes(type.stops[code]?.state ?? ''));
  const [first, ...others] = stops;
  const halted = type.state?.then === 'running' ? { [type.state.metric]: type.state.above } : {};
  for (;;) {
    const seconds = Math.max(30, random.exponential(0.5 * hour));
    const extra = (metrics: Metrics): Metrics => whole(metrics, ...counters);
    yield process.run(seconds, { targets: running(type), adds: gains(type, counters, seconds), extra });
    if (first !== undefined) yield process.stand(random.pick([first, ...others]), random.lognormal(240, 0.8), { targets: halted, extra });
  }
}

function gaugesOf(type: EquipmentType): Record<string, Gauge> {
  const gauges = namesOf(type, 'gauge').map((name): [string, Gauge] => {
    const [low, high] = type.metrics[name]?.range ?? [0, 100];
    const decimals = type.metrics[name]?.decimals ?? 1;
    return [name, { start: low + (high - low) * 0.6, unrest: (high - low) * 0.03, periodSeconds: 60, decimals }];
  });
  return Object.fromEntries(gauges);
}

function running(type: EquipmentType): Record<string, number> {
  return Object.fromEntries(Object.entries(gaugesOf(type)).map(([name, { start }]) => [name, start]));
}

/** The output at nine tenths of its ideal rate, scrap at a hundredth of that, anything else ten an hour. */
function gains(type: EquipmentType, counters: readonly string[], seconds: number): Record<string, number> {
  const output = type.output ? (0.9 * type.output.idealPerHour * seconds) / (hour * type.output.scale) : 0;
  const gain = (name: string): number => {
    if (name === type.output?.metric) return output;
    return name === type.scrap?.metric ? (output * (type.output?.scale ?? 1)) / (100 * type.scrap.scale) : (10 * seconds) / hour;
  };
  return Object.fromEntries(counters.map((name) => [name, gain(name)]));
}

function namesOf(type: EquipmentType, kind: 'gauge' | 'counter'): string[] {
  return Object.keys(type.metrics).filter((name) => type.metrics[name]?.kind === kind);
}
