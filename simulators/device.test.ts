/**
 * Devices on a real broker that goes away, withholds and comes back: nothing is lost, order holds. Time passes only when told to.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readingLimits } from '../contract/reading.ts';
import { topicOf } from '../contract/topics.ts';
import { loadPlant } from '../plants/loader.ts';
import { Broker, ManualClock, waitFor } from './broker.suite.ts';
import { createMachine } from './catalogue.ts';
import { Connection } from './connection.ts';
import { Device } from './device.ts';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';

const plant = loadPlant({ plantFile: 'plants/ruzhou.yaml', equipmentFolder: 'equipment' });
const found = plant.lines.get('emb-0001');
if (!found) throw new Error('no line emb-0001');
const line = found;
const calendar = plant.calendars.get(line.calendar);
if (!calendar) throw new Error('no calendar');
const schedule = new Schedule(calendar, plant.timezone);
const start = Date.UTC(2026, 10, 23, 2);

let broker: Broker;
let clock: ManualClock;
let device: Device;
let measured: number;
let downs: (string | null)[];
let ups: number;

function newDevice(bound = 5000): Device {
  return new Device({
    line,
    account: { username: line.id, password: 'secret' },
    broker: `mqtt://127.0.0.1:${String(broker.port)}`,
    intervalMs: 1000,
    clock,
    random: new Random('device'),
    createMachine: (now) => createMachine({ line, seed: 'device', schedule, now }),
    bound,
    events: {
      up: () => (ups += 1),
      down: (reason) => downs.push(reason),
      measured: () => (measured += 1),
      delivered: () => undefined,
      toldPast: () => undefined,
    },
  });
}

beforeEach(async () => {
  broker = new Broker();
  await broker.open();
  clock = new ManualClock(start);
  measured = 0;
  ups = 0;
  downs = [];
  device = newDevice();
});

afterEach(async () => {
  const goodbye = device.switchOff();
  clock.pass(10_000);
  await goodbye;
  await broker.close();
});

/** Switches on and waits for the broker to know. */
async function connect(): Promise<void> {
  device.switchOn();
  clock.pass(1);
  await waitFor(() => {
    expect(broker.readings.length).toBe(1);
  });
  await everythingDelivered();
}

async function everythingDelivered(): Promise<void> {
  await waitFor(() => {
    expect(device.waiting).toBe(0);
  });
}

function seqs(): (number | undefined)[] {
  return broker.readings.map(({ seq }) => seq);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('a device', () => {
  it('signs in as its line, says online, measures every interval and at changes, and says goodbye', async () => {
    await connect();
    for (let second = 1; second <= 90; second += 1) {
      clock.pass(1000);
      await everythingDelivered();
    }
    expect(broker.clients).toEqual([line.id]);
    expect(broker.statuses).toEqual(['online retained']);
    expect(seqs()).toEqual(upTo(measured));
    const beats = broker.readings.filter(({ ts }) => (ts - start) % 1000 === 0);
    expect(beats.length).toBe(91);
    expect(broker.readings.every((reading, index, all) => index === 0 || reading.ts > (all[index - 1]?.ts ?? 0))).toBe(true);
    await device.switchOff();
    expect(broker.statuses).toEqual(['online retained', 'offline retained']);
  });

  it('leaves its will behind when it loses its network, keeps what it measures, and delivers it in order afterwards', async () => {
    await connect();
    device.cutOff();
    await waitFor(() => {
      expect(broker.statuses).toEqual(['online retained', 'offline retained']);
    });
    clock.pass(45 * 60_000);
    expect(device.waiting).toBeGreaterThan(2700);
    device.reconnect(500);
    clock.pass(500);
    await waitFor(() => {
      expect(ups).toBe(2);
    });
    await everythingDelivered();
    expect(seqs()).toEqual(upTo(measured));
    for (const { readings, bytes } of broker.packets) {
      expect(readings.length).toBeLessThanOrEqual(readingLimits.readingsPerPacket);
      expect(bytes).toBeLessThanOrEqual(readingLimits.payloadBytes);
    }
    expect(broker.packets.length).toBeLessThan(6);
    expect(broker.statuses.at(-1)).toBe('online retained');
  });

  it('finds its broker again after it was away, and loses nothing', async () => {
    await connect();
    await broker.close();
    await waitFor(() => {
      expect(downs).toEqual([null]);
    });
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      clock.pass(30_000);
      await waitFor(() => {
        expect(downs.length).toBe(attempt + 1);
      });
    }
    expect(downs.at(-1)).toContain('ECONNREFUSED');
    await broker.open();
    clock.pass(30_000);
    await waitFor(() => {
      expect(ups).toBe(2);
    });
    await everythingDelivered();
    expect(seqs()).toEqual(upTo(measured));
  });

  it('sends a packet again that was not acknowledged, before anything newer', async () => {
    await connect();
    broker.withholding = true;
    clock.pass(3000);
    await waitFor(() => {
      expect(broker.held.length).toBe(1);
    });
    clock.pass(5000);
    const kept = device.waiting;
    expect(kept).toBeGreaterThanOrEqual(8);
    device.drop();
    await waitFor(() => {
      expect(downs).toEqual([null]);
    });
    broker.withholding = false;
    clock.pass(1000);
    await waitFor(() => {
      expect(ups).toBe(2);
    });
    await everythingDelivered();
    expect(seqs()).toEqual(upTo(measured));
  });

  it('without power neither measures nor says goodbye, and its machine stands until it is put to work again', async () => {
    await connect();
    const until = start + 300_000;
    device.losePower(until);
    await waitFor(() => {
      expect(broker.statuses.at(-1)).toBe('offline retained');
    });
    clock.pass(240_000);
    expect(measured).toBe(1);
    device.switchOn();
    clock.pass(30_000);
    await waitFor(() => {
      expect(ups).toBe(2);
    });
    await everythingDelivered();
    const back = broker.readings.slice(1);
    expect(back.length).toBeGreaterThanOrEqual(30);
    expect(back.every(({ stop, state, m }) => stop === 'power-loss' && state === 'fault' && m.speed === 0)).toBe(true);
    clock.pass(31_000);
    await everythingDelivered();
    expect(broker.readings.at(-1)?.stop).not.toBe('power-loss');
  });

  it('forgets the oldest first when its memory is full, and says how many', async () => {
    device = newDevice(100);
    device.cutOff();
    device.switchOn(1_000_000);
    clock.pass(500_000);
    expect(device.waiting).toBe(100);
    expect(device.dropped).toBe(measured - 100);
    clock.pass(500_000);
    await waitFor(() => {
      expect(ups).toBe(1);
    });
    await everythingDelivered();
    expect(seqs()).toEqual(upTo(measured).slice(-100));
  });
});

describe('a connection that is refused', () => {
  it('keeps trying, further and further apart, at most half a minute, and never in step with its neighbours', async () => {
    const delaysOf = async (seed: string): Promise<number[]> => {
      const refused: (string | null)[] = [];
      const connection = new Connection({
        broker: `mqtt://127.0.0.1:${String(broker.port)}`,
        account: { username: line.id, password: 'wrong' },
        statusTopic: topicOf(line, 'status'),
        clock,
        random: new Random(seed),
        onUp: () => (ups += 1),
        onDown: (reason) => refused.push(reason),
      });
      connection.open();
      const delays: number[] = [];
      for (let attempt = 1; attempt <= 8; attempt += 1) {
        clock.pass(clock.untilNext());
        await waitFor(() => {
          expect(refused.length).toBe(attempt);
        });
        delays.push(clock.untilNext());
      }
      connection.cut();
      expect(new Set(refused)).toEqual(new Set(['Connection refused: Not authorized']));
      return delays;
    };
    const delays = await delaysOf('one');
    delays.forEach((delay, index) => {
      const longest = Math.min(30_000, 1000 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(longest);
      expect(delay).toBeGreaterThanOrEqual(0.3 * longest);
    });
    expect(await delaysOf('two')).not.toEqual(delays);
    expect(ups).toBe(0);
  });
});
