/**
 * The comparison: asks the product's API for every line and every group, and holds each answer against the naive one.
 * Comes in: a signed-in client, expectations. Goes out: how many records were compared, and every difference in words.
 */
import { aggregateLevels, type AggregateAnswer, type AggregateLevel } from '../../contract/api.ts';
import type { BatchRecord, StateSpan, UtilizationRecord } from '../../contract/figures.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Reading } from '../../contract/reading.ts';
import { naiveBatches, naiveShiftAt, naiveStates, wallClock } from '../naive.ts';
import type { Client } from '../product.ts';
import { Expectations } from './naive.ts';
import { chanceOf } from './readings.ts';
import { timezone } from './zone.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

export interface Comparison {
  /** Records of lines and groups, histories of states, and batches that were held against the naive ones. */
  readonly compared: { figures: number; states: number; batches: number };
  readonly differences: string[];
}

export interface Compared {
  readonly client: Client;
  readonly plant: Plant;
  readonly arrived: ReadonlyMap<string, readonly Reading[]>;
  readonly from: number;
  readonly to: number;
}

/** Everything, once. */
export async function compare({ client, plant, arrived, from, to }: Compared): Promise<Comparison> {
  const expectations = new Expectations(plant, arrived);
  const compared = { figures: 0, states: 0, batches: 0 };
  const differences: string[] = [];
  const hold = (what: string, lines: readonly Line[], record: UtilizationRecord): void => {
    compared.figures += 1;
    const difference = expectations.difference(lines, record);
    if (difference !== null) differences.push(`${what} [${String(record.from)}, ${String(record.to)}): ${difference}`);
  };
  const same = (what: string, given: unknown, expected: unknown): void => {
    if (JSON.stringify(given) !== JSON.stringify(expected)) differences.push(firstDifference(what, given, expected));
  };
  /** Reckoning takes so long that the server hangs up meanwhile, which fetch may find out only by failing. */
  const ask = <T>(path: string): Promise<T> =>
    client.get<T>(path).catch((error: unknown) => {
      if (error instanceof TypeError) return client.get<T>(path);
      throw error;
    });
  const lines = [...plant.lines.values()];
  const chance = chanceOf(1);

  for (const line of lines) {
    const readings = arrived.get(line.id) ?? [];
    for (const [start, end] of windowsOf(from, to, chance)) {
      const query = `from=${String(start)}&to=${String(end)}`;
      hold(line.id, [line], await ask<UtilizationRecord>(`/lines/${line.id}/utilization?${query}`));
    }
    const [[start, end] = [from, to]] = windowsOf(from, to, chance);
    compared.states += 1;
    const spans = await ask<StateSpan[]>(`/lines/${line.id}/states?from=${String(start)}&to=${String(end)}`);
    same(`${line.id} states`, spans, naiveStates(readings, line.type, { from: start, to: end, now: Number.MAX_SAFE_INTEGER }).map(inOrder));
    const batches = await ask<BatchRecord[]>(`/lines/${line.id}/batches`);
    compared.batches += batches.length;
    same(
      `${line.id} batches`,
      batches.map(sortedKeys),
      naiveBatches(readings, line.type, line.id, Number.MAX_SAFE_INTEGER).map(sortedKeys),
    );
  }

  for (const by of aggregateLevels) {
    const groups = groupsBy(plant, by);
    for (const [step, start, end] of stepsOf(from, to)) {
      if (step === 'hour' && groups.size > 20) continue;
      const query = `by=${by}&from=${String(start)}&to=${String(end)}${step === null ? '' : `&step=${step}`}`;
      const records = await ask<AggregateAnswer[]>(`/utilization?${query}`);
      const answered = new Set(records.map(({ id }) => id));
      for (const id of groups.keys()) if (!answered.has(id)) differences.push(`${by} ${id} by ${String(step)}: no record`);
      for (const record of records) {
        const own = groups.get(record.id) ?? [];
        hold(`${by} ${record.id} by ${String(step)}`, own, record);
        const misplaced = misplacedStep(record, step, start, end, own, expectations);
        if (misplaced !== null) differences.push(`${by} ${record.id} by ${String(step)}: ${misplaced}`);
      }
    }
  }
  return { compared, differences };
}

/** Windows of a line: everything, short and long ones to the millisecond, and some on whole minutes. */
function windowsOf(from: number, to: number, chance: ReturnType<typeof chanceOf>): [number, number][] {
  const within = (): [number, number] => {
    const [a, b] = [from + chance.below(to - from), from + chance.below(to - from)];
    return [Math.min(a, b), Math.max(a, b) + 1];
  };
  const whole = ([start, end]: [number, number]): [number, number] => [start - (start % minuteMs), end - (end % minuteMs) + minuteMs];
  const short = from + chance.below(to - from);
  return [within(), within(), [short, short + 1 + chance.below(3 * minuteMs)], whole(within()), whole(within()), [from, to]];
}

type Step = 'hour' | 'shift' | 'day' | 'month' | null;

/** The windows groups are asked for, each with its step; hours of one day only, that around the clocks' change. */
function stepsOf(from: number, to: number): [Step, number, number][] {
  const day = Math.floor((from + (to - from) / 3) / dayMs) * dayMs;
  return [
    [null, from, to],
    [null, from + 7 * minuteMs, to - 11 * minuteMs],
    ['day', from, to],
    ['month', from, to],
    ['shift', from, to],
    ['hour', Math.max(from, day - dayMs / 2), Math.min(to, day + dayMs / 2)],
  ];
}

/** A step must begin and end where the wall clock, or the naive shift, says so, or with the window. */
function misplacedStep(
  record: AggregateAnswer,
  step: Step,
  from: number,
  to: number,
  lines: readonly Line[],
  given: Expectations,
): string | null {
  const begins = { hour: /:00$/, day: / 00:00$/, month: /-01 00:00$/ };
  if (step === null) return record.from === from && record.to === to ? null : 'is not the window';
  if (step !== 'shift') {
    const isEdge = (ts: number): boolean => ts === from || ts === to || begins[step].test(wallClock(ts, timezone));
    return isEdge(record.from) && isEdge(record.to) ? null : `does not begin and end with the ${step}`;
  }
  const [line] = lines;
  if (!line || lines.some(({ calendar }) => calendar !== line.calendar)) return null;
  const shift = naiveShiftAt(record.from, given.calendarOf(line), timezone);
  if (!shift || shift.id !== record.shift) return `is not the shift ${shift?.id ?? 'none'}`;
  return record.to === Math.min(to, shift.to) ? null : 'does not end with its shift';
}

function groupsBy(plant: Plant, by: AggregateLevel): Map<string, Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of plant.lines.values()) {
    const { park, firm, workshop, cluster, id } = line;
    const key = { zone: plant.file.zone.id, park, firm, workshop: `${firm}/${workshop}`, cluster, line: id }[by];
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return groups;
}

function inOrder({ from, to, state, stop }: { from: number; to: number; state: string; stop: string | null }): object {
  return { from, to, state, stop };
}

/** The same value with its keys sorted at every depth, so that text can be compared. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sortedKeys(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function firstDifference(what: string, given: unknown, expected: unknown): string {
  const [one, other] = [JSON.stringify(given), JSON.stringify(expected)];
  const at = Array.from(one, (character, index) => character === other[index]).indexOf(false);
  const near = Math.max(0, at - 60);
  return `${what}: expected …${other.slice(near, near + 160)}…, was …${one.slice(near, near + 160)}…`;
}
