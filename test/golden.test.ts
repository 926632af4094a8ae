/**
 * The figures by example: every folder of test/cases with packets in it, through journal, decoding, storing and history.
 * As sent, shuffled, and with every packet twice: the same answers, to the last digit.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Rig, type Packet, type RigOptions } from '../collector/rig.suite.ts';
import type { ReclassifyDeed } from '../contract/actions.ts';
import type { BatchRecord, StateSpan, UtilizationRecord } from '../contract/figures.ts';
import type { IntakeCounts } from '../contract/reading.ts';
import { failuresOf, type Failures } from '../kpi/failures.ts';
import { emptySums, recordOf } from '../kpi/utilization.ts';
import { loadPlant } from '../plants/loader.ts';
import { openInfluxStore } from '../store/influx.ts';
import { reasonAgainstInflux, startInflux, type Influx } from './influx.ts';

/** Instants are written as local times, for people. */
type Written<T> = Omit<T, 'from' | 'to'> & { readonly from: string; readonly to: string };

interface Expected {
  readonly now: string;
  readonly line: string;
  readonly counts: Pick<IntakeCounts, 'stored' | 'duplicate' | 'rejected'>;
  readonly utilization: readonly Written<UtilizationRecord>[];
  /** MTBF and MTTR of whole minutes, left out where the case is not about faults. */
  readonly failures?: readonly Written<Failures & { from: string; to: string }>[];
  readonly states: readonly Written<{ spans: readonly Written<StateSpan>[] }>[];
  /** All of the line's, newest first; left out where the case is not about batches. */
  readonly batches?: readonly Written<BatchRecord>[];
}

/** What a device sent, or what somebody said of a stop. */
type Sent = { readonly received: string } & (
  { readonly line: string; readonly payload: unknown } | { readonly action: Omit<ReclassifyDeed, 'at'> }
);

type Given = Packet | { readonly receivedAt: number; readonly action: ReclassifyDeed };

const folder = join(import.meta.dirname, 'cases');
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'in.ndjson')));

const embedded = 'the embedded store';
const reason = reasonAgainstInflux();
const stores = [embedded, `InfluxDB${reason}`];

let rig: Rig;
let influx: Influx | undefined;
let databases = 0;
beforeAll(async () => {
  if (reason === '') influx = await startInflux();
});
afterEach(() => rig.close());
afterAll(() => influx?.remove());

/** Each run has a store of its own. */
function openerOf(store: string): Pick<RigOptions, 'openStore'> {
  if (store === embedded) return {};
  databases += 1;
  const database = `golden_${String(databases)}`;
  const retention = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
  const log = pino({ level: 'silent' });
  return { openStore: (plant, clock) => openInfluxStore({ url: influx?.url ?? '', database, plant, retention, clock, log }) };
}

function packetsOf(name: string): Given[] {
  const lines = readFileSync(join(folder, name, 'in.ndjson'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const { received, ...sent } = JSON.parse(line) as Sent;
    const receivedAt = Date.parse(received);
    return 'action' in sent ? { receivedAt, action: { ...sent.action, at: receivedAt } } : { ...sent, receivedAt };
  });
}

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Expected;
}

function read<T>({ from, to, ...rest }: Written<T>): Omit<Written<T>, 'from' | 'to'> & { from: number; to: number } {
  return { ...rest, from: Date.parse(from), to: Date.parse(to) };
}

async function answered(store: string, name: string, packets: readonly Given[]): Promise<IntakeCounts> {
  const { now, line, utilization, failures, states, batches } = expectedOf(name);
  const plant = loadPlant({ plantFile: join(folder, name, 'plant.yaml'), equipmentFolder: join(folder, 'equipment') });
  rig = await Rig.open({ plant, now: packets[0]?.receivedAt ?? Date.parse(now), ...openerOf(store) });
  for (const packet of packets) {
    rig.clock.moveTo(packet.receivedAt);
    await ('action' in packet ? rig.act(packet.action) : rig.send(packet));
    await rig.pass(200);
  }
  await rig.settle();
  if (failures) {
    // Sums are of minutes that are over.
    rig.clock.moveTo(Date.parse(now));
    await rig.settle();
  }
  const history = rig.historyAt({ now: () => Date.parse(now) });
  for (const record of utilization.map(read)) expect(await history.utilization(line, record.from, record.to)).toEqual(record);
  for (const { from, to, spans } of states.map(read)) expect(await history.states(line, from, to)).toEqual(spans.map(read));
  for (const { from, to, ...means } of (failures ?? []).map(read)) {
    expect(failuresOf((await rig.store.sums([line], from, to)).get(line) ?? emptySums())).toEqual(means);
  }
  if (batches) expect(await history.batches(line)).toEqual(batches.map(read));
  return (await rig.health()).readings;
}

/** A fixed order that is far from the one it was sent in. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, rank: (index * 7 + 3) % 11 }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ item }) => item);
}

describe.each(stores.flatMap((store) => names.map((name) => [store, name] as const)))('%s, %s', (store, name) => {
  const isSkipped = store !== embedded && reason !== '';
  const { counts } = expectedOf(name);
  const packets = packetsOf(name);

  test.skipIf(isSkipped)('as sent', async () => {
    expect(await answered(store, name, packets)).toMatchObject({ ...counts, pending: 0 });
  });

  test.skipIf(isSkipped)('shuffled', async () => {
    expect(await answered(store, name, shuffled(packets))).toMatchObject({ ...counts, pending: 0 });
  });

  test.skipIf(isSkipped)('every packet twice', async () => {
    const { received, stored, rejected } = await answered(
      store,
      name,
      packets.flatMap((packet) => [packet, packet]),
    );
    expect(stored).toBe(counts.stored);
    expect(rejected).toEqual(Object.fromEntries(Object.entries(counts.rejected).map(([reason, count]) => [reason, count * 2])));
    expect(received).toBe(
      2 * (await rig.health()).readings.stored + 2 * counts.duplicate + Object.values(rejected).reduce((a, b) => a + b, 0),
    );
  });
});

test('there are 25 cases and more, and every figure has a value in two of them', () => {
  expect(names.length).toBeGreaterThanOrEqual(25);
  const cases = names.map((name) => {
    const { utilization, failures = [] } = expectedOf(name);
    const records: Record<string, unknown>[] = [...utilization, ...failures].map((record) => ({ ...record }));
    return new Set(records.flatMap((record) => Object.keys(record).filter((figure) => tells(record[figure]))));
  });
  const record = recordOf({ from: 0, to: 0, sums: emptySums(), scheduledMs: 0, idealOutput: 0 });
  const figures = Object.keys({ ...record, ...failuresOf(emptySums()) });
  const seldom = figures.filter((figure) => cases.filter((found) => found.has(figure)).length < 2);
  expect(seldom).toEqual([]);
});

/** A value that is worked out: something, and not zero. */
function tells(value: unknown): boolean {
  if (typeof value === 'object') return value !== null && Object.keys(value).length > 0;
  return value !== 0;
}
