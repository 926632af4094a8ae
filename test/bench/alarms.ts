/**
 * Section `alarms`: how soon a fault reaches people, and what many at once cost. Comes in: the product, with faults published over MQTT by a device a
 * line, one by one, and then a thousand within a second while ten thousand are open. Goes out: times from publishing to the `alarm` event that pages
 * have and to the request that a webhook gets; and how long alarming, by itself, holds up the head of the journal.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { io, type Socket } from 'socket.io-client';
import { Vendor } from '../../collector/notify/stage.suite.ts';
import type { AlarmRecord } from '../../contract/alarm.ts';
import { systemClock as clock } from '../../contract/clock.ts';
import type { IssuedDevice } from '../../contract/devices.ts';
import type { ClientEvents, ServerEvents } from '../../contract/live.ts';
import { topicOf } from '../../contract/topics.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import { alarmingAlone } from './alarming.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { pidOf, watch } from './usage.ts';

const single = 200;
const rooms = 2_500;
const perRoom = 4;
const burst = 1_000;
/** Between single faults: fewer a second than the channel takes one by one. */
const pauseMs = 100;
const connectAtOnce = 50;
const openWithinMs = 120_000;
const arriveWithinMs = 60_000;

export async function alarms(): Promise<Findings> {
  const { figures, otherCores } = await toPeople();
  const alone = await alarmingAlone();
  const one = `${String(single)} faults one by one`;
  const many = `${String(burst)} within a second while ${String(rooms * perRoom)} are open`;
  return {
    conditions: `${one}, then ${many}, each by its line's device over MQTT; then alarming alone`,
    otherCores,
    figures: [...figures, ...alone],
  };
}

async function toPeople(): Promise<{ figures: Figure[]; otherCores: number }> {
  const folder = dataFolder();
  const vendor = await new Vendor(() => ({ status: 204 })).open();
  const product = await startProduct(folder.path, settingsOf(folder.path, vendor.url()));
  const stage = await Stage.open(product, vendor);
  try {
    const finish = watch({ server: pidOf(product.process) });
    for (let n = 0; n < single; n += 1) {
      const next = clock.now() + pauseMs;
      await stage.arrived([await stage.fail(`room-${String(n + 1)}`)]);
      await until(next);
    }
    const ones = stage.take();
    await stage.openMany();
    const begun = clock.now();
    const failed: Promise<string>[] = [];
    for (let n = 0; n < burst; n += 1) {
      await until(begun + (n * 1000) / burst);
      failed.push(stage.fail(`room-${String(single + n + 1)}`));
    }
    await stage.arrived(await Promise.all(failed));
    const many = stage.take();
    const { otherCores } = finish();
    return { otherCores, figures: [...figuresOf('one fault', ones), ...figuresOf(`${String(burst)} in a second`, many)] };
  } finally {
    await stage.close();
    await product.stop();
    await vendor.close();
    folder.remove();
  }
}

function figuresOf(what: string, { page, webhook }: Times): Figure[] {
  const figure = (where: string, times: readonly number[], percent: number): Figure => ({
    ...{ name: `${what}, from publishing to the ${where}, p${String(percent)}`, value: percentile(times, percent), unit: 'ms', digits: 1 },
    ...(percent === 99 ? { atMost: 1000 } : {}),
  });
  return [figure('page', page, 50), figure('page', page, 99), figure('webhook', webhook, 50), figure('webhook', webhook, 99)];
}

interface Times {
  readonly page: readonly number[];
  readonly webhook: readonly number[];
}

/** Devices, a page's socket and a webhook, and when what was published reached the two. */
class Stage {
  readonly #admin: Client;
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  readonly #clients: ReadonlyMap<string, MqttClient>;
  /** By line: when its fault was published, and how long it took to each of the two. */
  #begun = new Map<string, number>();
  #page = new Map<string, number>();
  #webhook = new Map<string, number>();
  #wake: () => void = () => undefined;

  private constructor(admin: Client, socket: Socket<ServerEvents, ClientEvents>, vendor: Vendor, clients: ReadonlyMap<string, MqttClient>) {
    this.#admin = admin;
    this.#clients = clients;
    this.#socket = socket;
    this.#socket.on('alarm', ({ line, rule }) => {
      if (rule === fault.rule) this.#note(this.#page, line);
    });
    const answer = vendor.reply;
    vendor.reply = (request) => {
      for (const { text } of request.json.notices as { text: { en: string } }[])
        this.#note(this.#webhook, /room-\d+/.exec(text.en)?.[0] ?? '');
      return answer(request);
    };
  }

  static async open(product: Product, vendor: Vendor): Promise<Stage> {
    const admin = await new Client(product).signIn();
    const lines = Array.from({ length: rooms }, (_, index) => `room-${String(index + 1)}`);
    const answer = await admin.send('POST', '/devices', { lines });
    const accounts = (await answer.json()) as Omit<IssuedDevice, 'line'>[];
    const url = `mqtt://127.0.0.1:${String(product.mqttPort)}`;
    const clients = new Map<string, MqttClient>();
    for (let from = 0; from < accounts.length; from += connectAtOnce) {
      const some = accounts.slice(from, from + connectAtOnce).map(async ({ username, password }, index) => {
        clients.set(lines[from + index] ?? '', await mqtt.connectAsync(url, { username, password, clientId: username }));
      });
      await Promise.all(some);
    }
    const socket: Socket<ServerEvents, ClientEvents> = io(`${product.http}/live`, {
      transports: ['websocket'],
      extraHeaders: { cookie: admin.cookie, origin: product.http },
    });
    await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
    return new Stage(admin, socket, vendor, clients);
  }

  /** The line's fault; gives the line once it is acknowledged. */
  async fail(line: string): Promise<string> {
    this.#begun.set(line, performance.now());
    await this.#publish(line, { [fault.metric]: fault.value });
    return line;
  }

  /** So many alarms that nobody is called for. */
  async openMany(): Promise<void> {
    const begun = clock.now();
    for (const line of this.#clients.keys()) await this.#publish(line, others);
    for (;;) {
      const open = await this.#admin.get<AlarmRecord[]>('/alarms?limit=50000&priority=medium');
      if (open.length >= rooms * perRoom) return;
      if (clock.now() - begun > openWithinMs) throw new Error(`only ${String(open.length)} alarms are open`);
      await until(clock.now() + 500);
    }
  }

  /** Once the faults of these lines have reached both. */
  async arrived(lines: readonly string[]): Promise<void> {
    const end = clock.now() + arriveWithinMs;
    const isMissing = (line: string): boolean => !this.#page.has(line) || !this.#webhook.has(line);
    while (lines.some(isMissing)) {
      if (clock.now() > end) throw new Error(`${String(lines.filter(isMissing).length)} of ${String(lines.length)} faults did not arrive`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        clock.after(1000, resolve);
      });
    }
  }

  /** The times since this was last asked. */
  take(): Times {
    const times = { page: [...this.#page.values()], webhook: [...this.#webhook.values()] };
    this.#begun = new Map();
    this.#page = new Map();
    this.#webhook = new Map();
    return times;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await Promise.all([...this.#clients.values()].map((client) => client.endAsync(true)));
  }

  #note(times: Map<string, number>, line: string): void {
    const begun = this.#begun.get(line);
    if (begun === undefined || times.has(line)) return;
    times.set(line, performance.now() - begun);
    this.#wake();
  }

  async #publish(line: string, metrics: Readonly<Record<string, number>>): Promise<void> {
    const topic = topicOf({ park: 'park', firm: 'firm', workshop: workshopOf(Number(line.slice(5))), line }, 'telemetry');
    await this.#clients
      .get(line)
      ?.publishAsync(topic, JSON.stringify({ ts: clock.now(), state: 'running', hold: 3600, m: metrics }), { qos: 1 });
  }
}

/** Rooms whose every limit counts at once, so that a room may have five alarms; people are called for one of them. */
const fault = { rule: 'limit:particles5:actionHigh', metric: 'particles5', value: 30_000 } as const;
const others = { pressureDifference: 5, temperature: 30, humidity: 80, particles05: 4_000_000 };
const linesPerWorkshop = 50;

function workshopOf(room: number): string {
  return `w${String(Math.ceil(room / linesPerWorkshop))}`;
}

function settingsOf(folder: string, url: string): Record<string, string> {
  const always = { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] };
  const name = { zh: '园', en: 'Place' };
  const workshops = Array.from({ length: rooms / linesPerWorkshop }, (_, index) => ({
    ...{ id: `w${String(index + 1)}`, name },
    lines: [{ ids: `room-{${String(index * linesPerWorkshop + 1)}..${String((index + 1) * linesPerWorkshop)}}`, type: 'clean-room' }],
  }));
  const plant = {
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always },
    alarms: [
      { rule: 'silence', enabled: false, why: 'devices here speak only when there is something to say' },
      { rule: 'limit:*', onDelaySeconds: 0, priority: 'medium' },
      { rule: fault.rule, priority: 'critical' },
    ],
    parks: [{ id: 'park', name, cluster: 'pharma', calendar: 'always', firms: [{ id: 'firm', name, workshops }] }],
  };
  const duty = {
    channels: [{ id: 'sms', kind: 'webhook', url, secret: 'a secret of sixteen', priorities: ['critical'], perMinute: 600 }],
    people: [{ id: 'wang', name: '王伟' }],
    rosters: [{ where: {}, levels: [['wang']], channels: ['sms'] }],
  };
  const files = { BOBBIN_PLANT: join(folder, 'plant.yaml'), BOBBIN_NOTIFY: join(folder, 'duty.yaml') };
  writeFileSync(files.BOBBIN_PLANT, JSON.stringify(plant));
  writeFileSync(files.BOBBIN_NOTIFY, JSON.stringify(duty));
  return files;
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(0, at - clock.now()), resolve);
  });
}
