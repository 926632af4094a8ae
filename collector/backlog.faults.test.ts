/**
 * Backlogs: what was kept for days comes in bulk, from a line that is live meanwhile. Screens do not wait for it, and in the end
 * every figure is the one of its readings, in whatever order its packets came and wherever the collector was cut off.
 */
import { afterEach, expect, test } from 'vitest';
import { readingLimits, type Reading } from '../contract/reading.ts';
import { naiveFigures, naiveStates } from '../test/naive.ts';
import { mill, workshopPlant } from '../test/workshop.ts';
import { backlogOf } from './backlog.ts';
import { Rig, type Packet } from './rig.suite.ts';

const plant = workshopPlant();
const [minute, hour] = [60_000, 3_600_000];
const now = Date.parse('2026-11-23T15:00:00+08:00');
const from = now - 60 * hour;
const line = 'mill-1';
const perPacket = 120;

/** Three days of changes alone, each held until the next, as a machine that was cut off remembers them. */
const kept = Array.from({ length: 720 }, (_, index): Omit<Reading, 'line' | 'receivedAt'> => {
  const running = index % 3 !== 1;
  return {
    ts: from + index * 5 * minute + (index % 7) * 1_001,
    state: running ? 'running' : 'stopped',
    ...(running ? {} : { stop: 'jam' }),
    hold: 310,
    ...(index % 200 === 0 ? { batch: `b${String(index)}` } : {}),
    metrics: { made: index * 4 },
  };
});

function sent(readings: readonly Omit<Reading, 'line' | 'receivedAt'>[], receivedAt: number): Packet {
  return { line, receivedAt, payload: readings.map(({ metrics, ...rest }) => ({ ...rest, m: metrics })) };
}

const bulk = Array.from({ length: kept.length / perPacket }, (_, index) =>
  sent(kept.slice(index * perPacket, (index + 1) * perPacket), now),
);

let rig: Rig;
afterEach(() => rig.close());

/** The line's figures and states, against those worked out naively from the kept readings and the live ones. */
async function expectTrue(live: readonly Omit<Reading, 'line' | 'receivedAt'>[]): Promise<void> {
  const at = rig.clock.now();
  const readings = [...kept, ...live].map((one): Reading => ({ ...one, line, receivedAt: now }));
  const calendar = plant.calendars.get(plant.lines.get(line)?.calendar ?? '');
  if (!calendar) throw new Error('no calendar');
  for (const window of [
    { from: from - hour, to: at, now: at },
    { from: from + 7 * hour, to: from + 9 * hour, now: at },
    { from: now - hour, to: at, now: at },
  ]) {
    expect(await rig.history.utilization(line, window.from, window.to)).toMatchObject(
      naiveFigures(readings, mill, calendar, plant.timezone, window),
    );
    expect(await rig.history.states(line, window.from, window.to)).toEqual(naiveStates(readings, mill, window));
  }
  const whole = { from: Math.floor((from - hour) / minute) * minute, to: Math.floor(at / minute) * minute };
  const [[sum] = []] = await rig.history.aggregates([[line]], [whole]);
  expect(sum).toMatchObject(naiveFigures(readings, mill, calendar, plant.timezone, { ...whole, now: at }));
  const told = rig.live.get(line);
  if (!told) throw new Error('nothing was published');
  const { hour: window } = told.record;
  expect(window).toEqual(await rig.historyAt({ now: () => told.at }).utilization(line, window.from, window.to));
}

/** One reading of the present, sent and taken in. */
async function speak(made: number): Promise<Omit<Reading, 'line' | 'receivedAt'>> {
  const reading = { ts: rig.clock.now(), state: 'running', hold: 60, metrics: { made } } as const;
  await rig.send(sent([reading], rig.clock.now()));
  return reading;
}

test('live records go out while nothing of the backlog before them is stored', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  rig = await Rig.open({ plant, now, before: (call) => (call === 'write' ? held : undefined) });
  for (const packet of bulk) await rig.send(packet);
  const live = [await speak(5_000)];
  const shown = (): unknown => rig.live.get(line)?.record.metrics.made;
  for (let count = 0; count < 50 && shown() !== 5_000; count += 1) {
    rig.clock.moveTo(rig.clock.now() + 50);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(shown()).toBe(5_000);
  const { readings } = await rig.health();
  expect(readings).toMatchObject({ received: kept.length + 1, stored: 0, pending: kept.length + 1 });
  release();
  await rig.settle();
  await rig.pass(11_000);
  expect((await rig.health()).readings).toMatchObject({ received: kept.length + 1, stored: kept.length + 1, duplicate: 0, pending: 0 });
  await expectTrue(live);
});

test.each([
  ['oldest first', bulk],
  ['newest first', bulk.toReversed()],
])('a backlog of a line that is live, %s, with a crash in the middle and much of it again', async (_order, packets) => {
  rig = await Rig.open({ plant, now });
  const live = [await speak(9_000)];
  await rig.pass(1_000);
  for (const packet of packets.slice(0, 4)) {
    await rig.send(packet);
    live.push(await speak(9_000 + live.length));
    await rig.pass(300);
  }
  await rig.kill();
  await rig.start();
  for (const packet of packets.slice(2)) {
    await rig.send(packet);
    await rig.pass(200);
  }
  await rig.settle();
  await rig.pass(11_000);
  const { readings } = await rig.health();
  expect(readings).toMatchObject({ stored: kept.length + live.length, duplicate: 2 * perPacket, pending: 0 });
  await expectTrue(live);
});

test('the last minute of what a machine had kept is in the figures of groups five seconds later', async () => {
  rig = await Rig.open({ plant, now });
  const packets = bulk.slice(0, 5);
  for (const packet of packets) await rig.send(packet);
  for (let seconds = 0; seconds < 5; seconds += 0.5) await rig.pass(500);
  const last = kept[packets.length * perPacket - 1]?.ts ?? 0;
  const hourOfLast = { from: last - (last % hour), to: last - (last % hour) + hour };
  const [[sum] = []] = await rig.history.aggregates([[line]], [hourOfLast]);
  expect(sum).toMatchObject(await rig.history.utilization(line, hourOfLast.from, hourOfLast.to));
  expect(sum?.output).toBeGreaterThan(0);
});

test('only what is old as a whole, in bulk and within the limits is put off', () => {
  const packet = (values: unknown): Parameters<typeof backlogOf>[0] => recordOf(JSON.stringify(values));
  const old = Array.from({ length: 150 }, (_, index) => ({ ts: from + index, state: 'running' }));
  expect(backlogOf(packet(old))).toEqual({ count: 150, newest: from + 149, oldest: from });
  expect(backlogOf(packet([...old, { ts: now - minute }]))).toBeNull();
  expect(backlogOf(packet([...old, { ts: String(from) }]))).toBeNull();
  expect(backlogOf(packet([...old, { ts: from + 0.5 }]))).toBeNull();
  expect(backlogOf(packet([...old, { ts: -from }]))).toBeNull();
  expect(backlogOf(packet(old.slice(0, 50)))).toBeNull();
  expect(backlogOf(packet({ old }))).toBeNull();
  expect(backlogOf(recordOf('[{"ts":'.padEnd(3_000, '1')))).toBeNull();
  const many = Array.from({ length: readingLimits.readingsPerPacket + 1 }, (_, ts) => ({ ts }));
  expect(backlogOf(packet(many))).toBeNull();
});

test('what was counted at a glance is what it turns out to be once it is stored', async () => {
  rig = await Rig.open({ plant, now });
  const some = kept.slice(0, 120).map(({ metrics, ...rest }) => ({ ...rest, m: metrics }));
  await rig.send({ line, receivedAt: now, payload: [...some, { state: 'running', m: {} }] });
  await rig.send({ line, receivedAt: now, payload: some.map((one, index) => ({ ...one, ts: one.ts + 1, m: { ts: index } })) });
  await rig.send({ line, receivedAt: now, payload: [7, ...some.map((one) => ({ ...one, ts: one.ts + 2 }))] });
  await rig.settle();
  expect((await rig.health()).readings).toMatchObject({ received: 362, stored: 361, rejected: { 'bad-shape': 1 }, pending: 0 });
});

function recordOf(text: string): Parameters<typeof backlogOf>[0] {
  const payload = Buffer.from(text);
  return { kind: 'telemetry', topic: '', receivedAt: now, payload, payloadBytes: payload.length };
}
