/**
 * A fleet on a real broker, and what incidents do to it: who falls silent, who comes back, and that nothing measured is lost.
 */
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPlant } from '../plants/loader.ts';
import { Broker, ManualClock, waitFor } from './broker.suite.ts';
import { Fleet } from './fleet.ts';
import { Random } from './random.ts';
import type { Incident } from './scenario.ts';
import { selectLines } from './selection.ts';
import { Stage } from './stage.ts';

const plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
const lines = selectLines('f001,press-01,coldstore-01', [...plant.lines.values()]).lines ?? [];
const firm = lines.filter((line) => line.firm === 'f001').map(({ id }) => id);
const others = lines.length - firm.length;

let broker: Broker;
let clock: ManualClock;
let fleet: Fleet;
let stage: Stage;
let told: string[];

beforeEach(async () => {
  broker = new Broker();
  await broker.open();
  clock = new ManualClock(Date.UTC(2026, 10, 23, 2));
  told = [];
  const log = pino({ level: 'info' }, { write: (text: string) => told.push((JSON.parse(text) as { msg: string }).msg) });
  const accounts = new Map(lines.map(({ id }) => [id, { username: id, password: 'secret' }]));
  const url = `mqtt://127.0.0.1:${String(broker.port)}`;
  fleet = new Fleet({ plant, lines, accounts, broker: url, seed: 'fleet', intervalMs: null, past: null, clock, log });
  stage = new Stage(fleet.devices, clock, new Random('stage'), log);
  fleet.start();
  clock.pass(6000);
  await connected(lines.length);
  await complete();
});

afterEach(async () => {
  const goodbye = fleet.stop();
  clock.pass(10_000);
  await goodbye;
  await broker.close();
});

async function connected(count: number): Promise<void> {
  await waitFor(() => {
    expect(fleet.counts.connected).toBe(count);
  });
}

/** Everything measured so far is with the broker, once. */
async function complete(): Promise<void> {
  await waitFor(() => {
    expect(fleet.counts).toMatchObject({ waiting: 0, dropped: 0 });
  });
  expect(fleet.counts.delivered).toBe(fleet.counts.measured);
  expect(broker.readings.length).toBe(fleet.counts.measured);
}

function incident(kind: Incident['kind'], seconds: number): Incident {
  return { kind, place: 'here', lines: kind === 'morning-reconnect' ? lines.map(({ id }) => id) : firm, seconds };
}

describe('a fleet', () => {
  it('connects every line as itself, within seconds, and says so', () => {
    expect([...broker.clients].sort()).toEqual(lines.map(({ id }) => id).sort());
    expect(told).toEqual([`all ${String(lines.length)} lines are connected`]);
  });

  it('has a firm cut off deliver everything late', async () => {
    stage.play(incident('gateway-cut', 600));
    await connected(others);
    const before = fleet.counts.measured;
    clock.pass(599_000);
    expect(fleet.counts.measured - before).toBeGreaterThan(firm.length * 119);
    expect(fleet.counts.waiting).toBeGreaterThan(firm.length * 119);
    clock.pass(6000);
    await connected(lines.length);
    await complete();
    expect(Math.max(...broker.packets.map(({ readings }) => readings.length))).toBeGreaterThan(119);
  });

  it('has lines without power measure nothing, and start up again one by one', async () => {
    stage.play(incident('power-loss', 60));
    await connected(others);
    const silentFrom = clock.now();
    clock.pass(59_000);
    // A second incident spares those that one holds already.
    stage.play(incident('gateway-cut', 1));
    clock.pass(20_000);
    await connected(lines.length);
    clock.pass(10_000);
    await complete();
    const back = broker.readings.filter(({ ts, m }) => ts > silentFrom && 'stitches' in m);
    expect(Math.min(...back.map(({ ts }) => ts))).toBeGreaterThanOrEqual(silentFrom + 60_000);
    expect(back.filter(({ stop }) => stop === 'power-loss').length).toBeGreaterThan(firm.length);
    expect(told).toContain('scenario gateway-cut begins: here');
  });

  it('comes back whole when everybody loses the connection at once', async () => {
    stage.play(incident('morning-reconnect', 0));
    await connected(0);
    clock.pass(2000);
    await connected(lines.length);
    await complete();
    expect(broker.clients.length).toBe(2 * lines.length);
  });
});
