/**
 * The pipeline against the naive way to the same figures: whatever comes, in whatever order, however often it is cut off.
 * Then, one by one, what a chance run meets only now and then.
 */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Reading, State } from '../contract/reading.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { naiveBatches, naiveFigures, naiveStates, sortedOnce } from '../test/naive.ts';
import { Rig, type Packet, type RigOptions } from './rig.suite.ts';

const plant = workshopPlant();
const minute = 60_000;
const second = 1_000;
const hour = 60 * minute;

/** Two hours from here each meet a break, a change of shift, midnight or a Sunday. */
const beginnings = ['2026-11-23T11:00', '2026-11-23T19:00', '2026-11-23T23:00', '2026-11-29T07:00'].map((text) =>
  Date.parse(`${text}:00+08:00`),
);

type Fields = Omit<Reading, 'line' | 'receivedAt' | 'ts'>;

interface Step {
  readonly line: string;
  readonly offset: number;
  readonly delay: number;
  readonly fields: Fields;
}

/** What happens after a packet was sent. */
type Turn = 'nothing' | 'pass' | 'minute' | 'batches' | 'stop' | 'kill';

const offsets = fc.oneof(
  { weight: 4, arbitrary: fc.nat(7200 * second) },
  { weight: 2, arbitrary: fc.nat(120).map((count) => count * minute) },
  { weight: 1, arbitrary: fc.nat(12).map((count) => count * 10 * minute) },
  { weight: 2, arbitrary: fc.nat(1440).map((count) => count * 5 * second) },
);
const delays = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3 * second) },
  { weight: 2, arbitrary: fc.nat(7000 * second) },
  { weight: 1, arbitrary: fc.integer({ min: -290 * second, max: 0 }) },
);
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const given: fc.Arbitrary<Fields> = fc
  .record({
    state: seldom(fc.constantFrom<State>('running', 'setup', 'idle', 'stopped', 'fault', 'planned', 'unknown')),
    stop: seldom(fc.constantFrom('jam', 'broken', 'service', 'waiting')),
    hold: fc.constantFrom(undefined, undefined, undefined, 0, 0.5, 5, 61, 300, 7200),
    batch: seldom(fc.constantFrom('a', 'b', 'c', null)),
    product: seldom(fc.constantFrom('p', 'q', null)),
    speed: fc.option(fc.nat(3), { nil: undefined }),
    made: fc.option(fc.nat(50), { nil: undefined }),
    waste: seldom(fc.nat(5)),
  })
  .map(({ speed, made, waste, ...rest }) => present({ ...rest, metrics: present({ speed, made, waste }) }) as Fields);

const scenes = fc.record({
  begin: fc.constantFrom(...beginnings),
  steps: fc.array(fc.record({ line: fc.constantFrom('mill-1', 'mill-always'), offset: offsets, delay: delays, fields: given }), {
    minLength: 40,
    maxLength: 160,
  }),
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 20, maxLength: 20 }),
  again: fc.array(fc.nat(3), { minLength: 20, maxLength: 20 }),
  turns: fc.array(fc.constantFrom<Turn>('nothing', 'nothing', 'nothing', 'pass', 'pass', 'minute', 'batches', 'stop', 'kill'), {
    minLength: 31,
    maxLength: 31,
  }),
  slow: fc.boolean(),
  windows: fc.array(fc.tuple(fc.nat(8000 * second), fc.nat(8000 * second), fc.nat(8000 * second)), { minLength: 4, maxLength: 4 }),
});

let rig: Rig;
afterEach(() => rig.close());

async function open(options: Partial<RigOptions> = {}): Promise<Rig> {
  rig = await Rig.open({ plant, now: beginnings[0] ?? 0, ...options });
  return rig;
}

function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

/** Readings as they arrive, in packets of a line's own; some packets come again later. */
function packetsOf(
  begin: number,
  steps: readonly Step[],
  sizes: readonly number[],
  again: readonly number[],
): { packet: Packet; readings: Reading[] }[] {
  const arrivals = steps
    .map(({ line, offset, delay, fields }) => ({ ...fields, line, ts: begin + offset, receivedAt: begin + offset + delay }))
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const packets: { packet: Packet; readings: Reading[] }[] = [];
  for (const line of new Set(arrivals.map((reading) => reading.line))) {
    const own = arrivals.filter((reading) => reading.line === line);
    for (let turn = 0; own.length > 0; turn += 1) {
      const readings = own.splice(0, sizes[turn % sizes.length]);
      const receivedAt = readings.at(-1)?.receivedAt ?? begin;
      const payload = readings.map(({ ts, metrics, line: _line, receivedAt: _receivedAt, ...rest }) => ({ ts, ...rest, m: metrics }));
      packets.push({ packet: { line, receivedAt, payload }, readings });
      const later = again[turn % again.length] ?? 0;
      if (later < 2) packets.push({ packet: { line, receivedAt: receivedAt + later * 400 * second, payload }, readings: [] });
    }
  }
  return packets.sort((a, b) => a.packet.receivedAt - b.packet.receivedAt);
}

async function turn(what: Turn): Promise<void> {
  switch (what) {
    case 'nothing':
      return;
    case 'pass':
      await rig.pass(200);
      return;
    case 'minute':
      for (let step = 0; step < 4; step += 1) await rig.pass(17 * second);
      return;
    case 'batches':
      await rig.pass(2_100);
      await rig.pass(200);
      for (const line of plant.lines.keys()) await rig.history.batches(line);
      return;
    case 'stop':
      await rig.stop();
      await rig.start();
      return;
    case 'kill':
      await rig.kill();
      await rig.start();
      return;
  }
}

function naive(line: string, readings: readonly Reading[], from: number, to: number, now: number): object {
  const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
  if (!calendar) throw new Error('no calendar');
  return naiveFigures(readings, mill, calendar, plant.timezone, { from, to, now });
}

/** Everything that is told of a line follows from its readings. */
async function expectTrue(line: string, arrived: readonly Reading[], windows: readonly (readonly [number, number])[]): Promise<void> {
  const { history } = rig;
  const now = rig.clock.now();
  for (const [from, to] of windows) {
    const record = await history.utilization(line, from, to);
    expect(record).toMatchObject(naive(line, arrived, from, to, now));
    const { busySeconds, runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, unknownSeconds } = record;
    const parts = [runningSeconds, setupSeconds, idleSeconds, stoppedSeconds, faultSeconds, unknownSeconds].map((one) =>
      Math.round(one * second),
    );
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(Math.round(busySeconds * second));
    expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
    expect(await history.states(line, from, to)).toEqual(naiveStates(arrived, mill, { from, to, now }));
  }
  expect(await history.batches(line)).toEqual(naiveBatches(arrived, mill, line, now));
  const published = rig.live.get(line);
  if (!published) throw new Error('nothing was published');
  const { at, record } = published;
  for (const window of [record.shift, record.hour]) {
    if (!window) continue;
    const { id: _id, ...figures } = { id: '', ...window };
    expect(figures).toEqual(await rig.historyAt({ now: () => at }).utilization(line, window.from, window.to));
  }
  expect(record.ts).toBe(sortedOnce(arrived).at(-1)?.ts ?? null);
}

test(
  'any readings, in any order of arrival, however often stopped or cut off: the figures of the naive way',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ begin, steps, sizes, again, turns, slow, windows }) => {
        // Where it is slow, every correction takes longer than it is given.
        const before = (call: string): void => {
          if (slow && call === 'checkpoint') rig.clock.moveTo(rig.clock.now() + 300);
        };
        const packets = packetsOf(begin, steps, sizes, again);
        await open({ now: begin, before });
        try {
          for (const [index, { packet }] of packets.entries()) {
            rig.clock.moveTo(packet.receivedAt);
            await rig.send(packet);
            await turn(turns[index % turns.length] ?? 'nothing');
          }
          await rig.settle();
          await rig.pass(11 * second);
          const arrived = packets.flatMap(({ readings }) => readings);
          for (const line of ['mill-1', 'mill-always']) {
            const cuts = windows.flatMap(([a, b, c]) => {
              const [first = 0, middle = 0, last = 0] = [a, b, c]
                .map((offset) => begin - 300 * second + offset)
                .sort((one, other) => one - other);
              return [
                [first, middle],
                [middle, last],
                [first, last],
              ] as const;
            });
            await expectTrue(
              line,
              arrived.filter((reading) => reading.line === line),
              cuts,
            );
          }
          const { received, stored, duplicate, rejected, pending } = (await rig.health()).readings;
          expect({ received, pending }).toEqual({ received: stored + duplicate, pending: 0 });
          expect(rejected).toEqual({});
          expect(stored).toBe(new Set(arrived.map(({ line, ts }) => `${line} ${String(ts)}`)).size);
        } finally {
          await rig.close();
        }
      }),
      { seed: 20261123, numRuns: 5, endOnFailure: true },
    );
  },
);

/** A Monday morning, with the shift two hours old. */
const morning = Date.parse('2026-11-23T10:00:00+08:00');

function sent(line: string, receivedAt: number, ...payload: readonly object[]): Packet {
  return { line, receivedAt, payload };
}

/** Running readings, one every ten seconds, each of which made one more. */
function running(from: number, count: number, rest: object = {}): { ts: number }[] {
  return Array.from({ length: count }, (_, index) => ({ ts: from + index * 10 * second, state: 'running', ...rest, m: { made: index } }));
}

test('a packet that comes twice within one commit is stored once, however many readings it has', async () => {
  await open({ now: morning });
  const packet = sent('mill-1', morning, ...running(morning - hour, 300));
  await rig.send(packet);
  await rig.send(packet);
  await rig.settle();
  expect((await rig.health()).readings).toMatchObject({ stored: 300, duplicate: 300 });
  expect(await rig.history.utilization('mill-1', morning - hour, morning)).toMatchObject({ runningSeconds: 3005, output: 598 });
});

test('late readings are made good after the collector ended between taking them in and correcting them', async () => {
  for (const end of ['stop', 'kill'] as const) {
    await open({ now: morning });
    // One commit with a late reading in it, just after another correction of the line: this one has to wait.
    await rig.send(sent('mill-1', morning, ...running(morning - hour, 200)));
    await rig.settle();
    await rig.send(sent('mill-1', morning, { ts: morning - 50 * minute + second, stop: 'jam', hold: 3 }));
    for (let step = 0; step < 3; step += 1) await rig.pass(160);
    const { position } = await rig.store.cursor();
    await rig.send(
      sent('mill-1', morning, ...running(morning - 20 * minute, 100), { ts: morning - 10 * minute + second, stop: 'jam', hold: 3 }),
    );
    while ((await rig.store.cursor()).position === position) await rig.pass(1);
    await rig[end]();
    await rig.start();
    await rig.settle();
    expect(await rig.history.utilization('mill-1', morning - hour, morning)).toMatchObject({ stops: { jam: { count: 2, seconds: 6 } } });
    await rig.close();
  }
});

test('a correction that was cut off is done again, to the end', async () => {
  const forever = new Promise<never>(() => undefined);
  let cutOff: (() => void) | null = null;
  const before = async (call: string): Promise<void> => {
    if (call !== 'writeDerived' || !cutOff || (await rig.store.dirty()).length === 0) return;
    cutOff();
    await forever;
  };
  await open({ now: morning, before });
  await rig.send(sent('mill-1', morning, ...running(morning - hour, 300)));
  await rig.settle();
  const reached = new Promise<'reached'>((resolve) => {
    cutOff = () => {
      resolve('reached');
    };
  });
  // From the very beginning a batch is in force: nothing meets what was true before.
  await rig.send(sent('mill-1', morning, { ts: morning - hour - second, batch: 'late', m: {} }));
  while ((await Promise.race([reached, rig.pass(160)])) !== 'reached');
  await rig.kill();
  cutOff = null;
  await rig.start();
  await rig.settle();
  for (const checkpoint of await rig.store.checkpoints('mill-1', 0, Number.MAX_SAFE_INTEGER)) {
    expect(JSON.parse(checkpoint.carry)).toMatchObject({ context: { batch: 'late' } });
  }
  expect(await rig.history.batch('mill-1', 'late')).toMatchObject({ readings: { total: 301 }, counters: { made: 299 } });
});

test('what arrives while a corrected present is worked out is in it', async () => {
  let arriving: Packet | null = null;
  const before = async (call: string): Promise<void> => {
    if (call !== 'sums' || !arriving) return;
    const packet = arriving;
    arriving = null;
    await rig.send(packet);
    await expect.poll(() => rig.live.get('mill-1')?.record.ts, { interval: 5 }).toBe(morning + 10 * second);
  };
  await open({ now: morning, before });
  await rig.send(sent('mill-1', morning, ...running(morning - 10 * minute, 60)));
  await rig.settle();
  rig.clock.moveTo(morning + 10 * second);
  arriving = sent('mill-1', morning + 10 * second, { ts: morning + 10 * second, stop: 'broken', hold: 3600 });
  await rig.send(sent('mill-1', morning + 10 * second, { ts: morning - 5 * minute - second, stop: 'jam', hold: 3 }));
  await expect.poll(async () => (await rig.pass(160), arriving), { interval: 1 }).toBeNull();
  await rig.settle();
  expect(rig.live.get('mill-1')?.record).toMatchObject({ state: 'fault', ts: morning + 10 * second, stop: 'broken' });
});

test('a restart keeps the checkpoint it began at', async () => {
  await open({ now: morning });
  await rig.send(sent('mill-1', morning, ...running(morning - hour, 360)));
  await rig.settle();
  const before = await rig.store.checkpoints('mill-1', 0, morning + hour);
  for (let round = 0; round < 3; round += 1) {
    await rig.stop();
    await rig.start();
  }
  expect(await rig.store.checkpoints('mill-1', 0, morning + hour)).toEqual(before);
  await rig.send(sent('mill-1', morning, { ts: morning - 30 * minute + second, stop: 'jam', hold: 3 }));
  await rig.settle();
  const after = (await rig.store.checkpoints('mill-1', 0, morning + hour)).map((checkpoint) => checkpoint.at);
  expect(after).toEqual(expect.arrayContaining(before.map((checkpoint) => checkpoint.at)));
});

test('a finished batch is told anew when it comes back, begins earlier, or gains a reading in the silence after it', async () => {
  await open({ now: morning });
  const at = (minutes: number, fields: object = {}): object => ({ ts: morning - hour + minutes * minute, ...fields, m: {} });
  const total = async (): Promise<number | undefined> => {
    await rig.settle();
    return (await rig.history.batch('mill-1', 'a'))?.readings.total;
  };
  await rig.send(sent('mill-1', morning, at(10, { batch: 'a' }), at(11), at(47, { batch: 'b' })));
  expect(await total()).toBe(2);
  await rig.send(sent('mill-1', morning, at(46)));
  expect(await total()).toBe(3);
  await rig.send(sent('mill-1', morning, at(50, { batch: 'a' }), at(51, { batch: null })));
  expect(await total()).toBe(4);
  await rig.send(sent('mill-1', morning, at(5, { batch: 'a' }), at(6, { batch: null })));
  expect(await total()).toBe(5);
});

test('a clock that is ahead never makes more time than there is', async () => {
  await open({ now: morning });
  await rig.send(sent('mill-1', morning, ...running(morning - hour, 384)));
  await rig.settle();
  await rig.pass(11 * second);
  const { hour: figures } = rig.live.get('mill-1')?.record ?? {};
  expect(figures?.unknownSeconds).toBeGreaterThanOrEqual(0);
  expect(figures?.to).toBe(morning - hour + 383 * 10 * second + 1);
});

test('after a restart a line shows what its machine showed last', async () => {
  await open({ now: morning });
  await rig.send(sent('mill-1', morning, { ts: morning - second, state: 'running', m: { made: 7 } }));
  await rig.settle();
  await rig.stop();
  rig.live.clear();
  await rig.start();
  await rig.pass(200);
  expect(rig.live.get('mill-1')?.record.metrics).toEqual({ made: 7 });
});

test('a device clock that is off is told of with the line, also where all it sends is refused, and nothing is set right', async () => {
  await open({ now: morning });
  const offsets = { 'mill-1': 42, 'mill-always': 360 } as const;
  for (let passed = 0; passed < 60; passed += 2) {
    for (const [line, ahead] of Object.entries(offsets)) {
      await rig.send(sent(line, rig.clock.now(), { ts: rig.clock.now() + ahead * second + 7, state: 'running' }));
    }
    await rig.pass(2 * second);
  }
  await rig.settle();
  await rig.pass(11 * second);
  const told = (line: string): unknown => rig.live.get(line)?.record.clock;
  expect(told('mill-1')).toEqual({ offsetSeconds: 42, resolution: 'ms', jumps: 0, trouble: 'ahead' });
  expect(told('mill-always')).toEqual({ offsetSeconds: 360, resolution: 'ms', jumps: 0, trouble: 'ahead' });
  expect(told('mill-2')).toBeNull();
  expect((await rig.health()).readings).toMatchObject({ stored: 30, rejected: { future: 30 } });
  expect(rig.live.get('mill-1')?.record.ts).toBe(morning + 58 * second + 42 * second + 7);
});
