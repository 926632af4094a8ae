/**
 * A line's past: what it did in the days before it was switched on, told as a device would that reports changes alone.
 * Comes in: a line, a seed, its schedule, a window of time. Goes out: readings from oldest to newest, each holding until the
 * next, all under orders named `demo-…`: whoever looks at them can tell that nobody ever worked on these. Short stops are
 * left out and longer ones stand for them, so a day is some fifty readings and a month fits into two packets.
 */
import type { EquipmentType } from '../contract/equipment.ts';
import type { State } from '../contract/reading.ts';
import { rounded, type Metrics, type SentReading } from './machine.ts';
import { hash, Random } from './random.ts';
import { Attendance, type Schedule } from './schedule.ts';

export interface PastInput {
  readonly line: { readonly id: string; readonly type: EquipmentType };
  readonly seed: string;
  readonly schedule: Schedule;
  readonly from: number;
  readonly to: number;
}

/** Holding seconds are those to the next reading; the last one holds on while the line takes up its present. */
export type PastReading = SentReading & { hold: number };

interface Stand {
  readonly state: State;
  readonly stop: string | null;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A line that does not change says so, and how its counters stand, at least this often. */
const longestSilenceMs = 4 * hourMs;
/** For how long the last reading holds past the end: as long as a line may take to get its first live reading through. */
const handoverSeconds = 300;

/** How likely and how long stops are, by the state they put a line in: share, median minutes, spread, longest minutes. */
const kinds = {
  stopped: { share: 0.7, minutes: 21, spread: 0.4, longest: 60 },
  setup: { share: 0.24, minutes: 32, spread: 0.35, longest: 80 },
  idle: { share: 0.045, minutes: 25, spread: 0.5, longest: 120 },
  fault: { share: 0.015, minutes: 40, spread: 0.4, longest: 150 },
} as const;
type StopKind = keyof typeof kinds;
const stopKinds = ['stopped', 'setup', 'idle', 'fault'] as const;

export function* pastOf(input: PastInput): Generator<PastReading, void> {
  let last: SentReading | null = null;
  for (const reading of changesOf(input)) {
    if (last !== null) yield { ...last, hold: (reading.ts - last.ts) / 1000 };
    last = reading;
  }
  if (last !== null) yield { ...last, order: null, hold: (input.to - last.ts) / 1000 + handoverSeconds };
}

function* changesOf({ line, seed, schedule, from, to }: PastInput): Generator<SentReading, void> {
  const { type } = line;
  const random = new Random(`${seed}/${line.id}/past/${String(from)}`);
  const attendance = new Attendance(schedule, hash(`${seed}/${line.id}`));
  const stops = stopsOf(type);
  const gains = gainsOf(type, random.between(0.8, 0.93));
  const utilization = random.between(0.62, 0.8);
  const meanRunMs = stops.length === 0 ? 8 * hourMs : (meanStopMs(stops) * utilization) / (1 - utilization);
  let workedMs = 0;
  let order = '';
  let orderUntil = from;
  /** What is left of the stretch under way; a break interrupts it and does not end it. */
  let leftMs = 0;
  let stand: Stand = { state: 'stopped', stop: null };
  let told: SentReading | null = null;
  for (let at = from; at < to;) {
    const duty = attendance.at(at);
    if (at >= orderUntil) {
      order = `demo-${schedule.stamp(at)}`;
      orderUntil = at + random.between(16, 30) * hourMs;
    }
    if (duty.kind === 'work' && leftMs <= 0) {
      stand = stand.state === 'running' && stops.length > 0 ? random.pick(picked(stops, random)) : { state: 'running', stop: null };
      leftMs = stand.state === 'running' ? meanRunMs * random.between(0.5, 1.5) : stopMs(stand.state, random);
    }
    const now = duty.kind === 'work' ? stand : restOf(duty.kind, type);
    if (told?.state !== now.state || (told.stop ?? null) !== now.stop || at - told.ts >= longestSilenceMs) {
      told = readingAt(at, now, order, type, gains, workedMs / hourMs);
      yield told;
    }
    const until = Math.min(duty.until, duty.kind === 'work' ? fullMinute(at + Math.max(minuteMs, leftMs)) : Infinity, to);
    if (duty.kind === 'work') leftMs -= until - at;
    if (now.state === 'running') workedMs += until - at;
    at = until;
    // How the counters stand as a shift ends, for the next one is not to have its output; and in the end, for the present has counters of its own.
    const isLast = at >= to || !['work', 'break'].includes(attendance.at(at).kind);
    if (isLast && now.state === 'running') yield readingAt(at - 1, now, order, type, gains, workedMs / hourMs);
  }
}

/** Stretches end with whole minutes, like a log kept by hand; of minutes that are all alike, a store has to keep but one. */
function fullMinute(ts: number): number {
  return Math.ceil(ts / minuteMs) * minuteMs;
}

function readingAt(
  ts: number,
  { state, stop }: Stand,
  order: string,
  type: EquipmentType,
  gains: ReadonlyMap<string, number>,
  hours: number,
): SentReading {
  const m: Metrics = {};
  for (const [name, perHour] of gains)
    m[name] = type.metrics[name]?.decimals === 0 ? Math.floor(perHour * hours) : rounded(perHour * hours, 2);
  return { ts, state, ...(stop === null ? {} : { stop }), order, m };
}

/** Stop codes by kind; kinds of which the type has none are left out. */
function stopsOf(type: EquipmentType): { kind: StopKind; codes: readonly [Stand, ...Stand[]] }[] {
  return stopKinds.flatMap((kind) => {
    const codes = Object.entries(type.stops).flatMap(([stop, { state }]) => (state === kind && !isRest(stop) ? [{ state, stop }] : []));
    const [first, ...others] = codes;
    return first ? [{ kind, codes: [first, ...others] as const }] : [];
  });
}

function picked(stops: ReturnType<typeof stopsOf>, random: Random): readonly [Stand, ...Stand[]] {
  let chance = random.next() * stops.reduce((sum, { kind }) => sum + kinds[kind].share, 0);
  for (const { kind, codes } of stops) {
    chance -= kinds[kind].share;
    if (chance < 0) return codes;
  }
  return stops[0]?.codes ?? [{ state: 'stopped', stop: null }];
}

function meanStopMs(stops: ReturnType<typeof stopsOf>): number {
  const shares = stops.reduce((sum, { kind }) => sum + kinds[kind].share, 0);
  const minutes = stops.reduce((sum, { kind }) => sum + kinds[kind].share * kinds[kind].minutes * Math.exp(kinds[kind].spread ** 2 / 2), 0);
  return (minutes / shares) * minuteMs;
}

function stopMs(state: State, random: Random): number {
  const { minutes, spread, longest } = kinds[state === 'setup' || state === 'idle' || state === 'fault' ? state : 'stopped'];
  return Math.min(longest, random.lognormal(minutes, spread)) * minuteMs;
}

/** How a line stands while nobody works at it, in the words its type has for that. */
function restOf(kind: 'break' | 'handover' | 'off', type: EquipmentType): Stand {
  if (kind === 'break') return { state: 'planned', stop: null };
  if (kind === 'handover') return { state: 'planned', stop: Object.hasOwn(type.stops, 'shift-change') ? 'shift-change' : null };
  const stop = ['box-off', 'no-operator'].find((code) => type.stops[code]?.state === 'idle');
  return { state: 'idle', stop: stop ?? null };
}

function isRest(stop: string): boolean {
  return stop === 'box-off' || stop === 'power-loss';
}

/** What each counter gains in an hour of running: the output at most of its ideal rate, scrap at a hundredth of it. */
function gainsOf(type: EquipmentType, rate: number): ReadonlyMap<string, number> {
  const output = type.output ? (rate * type.output.idealPerHour) / type.output.scale : 0;
  const gains = new Map<string, number>();
  if (type.output) gains.set(type.output.metric, output);
  if (type.output && type.scrap) gains.set(type.scrap.metric, (output * type.output.scale * 0.011) / type.scrap.scale);
  if (type.metrics.energy?.kind === 'counter') gains.set('energy', 4);
  return gains;
}
