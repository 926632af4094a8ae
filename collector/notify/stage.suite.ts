/** What the notifier's tests share: a clock they drive, a small plant of two firms, a duty file, a book in memory, and servers that stand in for vendors. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { alarmOf } from '../../contract/alarm.suite.ts';
import type { AlarmQuery, AlarmRecord, Announcement, Incident, Priority } from '../../contract/alarm.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import { dutySchema, type Duty } from '../../contract/duty.ts';
import { equipmentTypeSchema } from '../../contract/equipment.ts';
import type { Delivery } from '../../contract/notify.ts';
import { plantSchema, resolvePlant, type Plant } from '../../contract/plant.ts';
import type { Told } from './plan.ts';
import type { ReadableBook } from './recovery.ts';

/** A Monday, in the day shift. */
export const monday = Date.parse('2026-11-23T14:03:00+08:00');
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const local = (text: string): number => Date.parse(`${text}:00+08:00`);

interface Timer {
  at: number;
  readonly run: () => void;
  readonly every: number | null;
}

/** Time as a test says. Timers run in their order, each at its own time. */
export class DrivenClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(now: number = monday) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Stop {
    return this.#add({ at: this.#now + milliseconds, run: callback, every: null });
  }

  every(milliseconds: number, callback: () => void): Stop {
    return this.#add({ at: this.#now + milliseconds, run: callback, every: milliseconds });
  }

  /** Lets time pass. After each timer that runs once, everything that was promised without a socket is kept. */
  async pass(milliseconds: number): Promise<void> {
    const to = this.#now + milliseconds;
    await kept();
    for (let next = this.#due(to); next !== undefined; next = this.#due(to)) {
      this.#now = Math.max(this.#now, next.at);
      if (next.every === null) this.#timers = this.#timers.filter((timer) => timer !== next);
      else next.at += next.every;
      next.run();
      if (next.every === null) await kept();
    }
    await kept();
    this.#now = to;
  }

  #due(to: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)[0];
  }

  #add(timer: Timer): Stop {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
}

/** Once every promise that needs nothing from outside has been kept. */
export async function kept(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

const gauge = { name: { zh: '压差', en: 'Pressure' }, unit: 'Pa', kind: 'gauge' };
const machine = equipmentTypeSchema.parse({
  id: 'machine',
  name: { zh: '机', en: 'Machine' },
  expectSeconds: 10,
  holdSeconds: 25,
  metrics: { dp: gauge },
  stops: {},
});

/** Firm f1 works day and night but on Sundays and holidays, in two workshops of building 12; firm f2 by day, without a building. */
export function stagePlant(): Plant {
  const named = (zh: string, en: string): { zh: string; en: string } => ({ zh, en });
  const lines = (from: number, to: number): object[] => [
    { ids: `emb-{${String(from).padStart(4, '0')}..${String(to).padStart(4, '0')}}`, type: 'machine' },
  ];
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const file = plantSchema.parse({
    zone: { id: 'zone', name: named('区', 'Zone'), timezone: 'Asia/Shanghai' },
    calendars: {
      'two-shift': {
        shifts: [
          { id: 'day', start: '08:00', end: '20:00', breaks: [['12:00', '12:30']] },
          { id: 'night', start: '20:00', end: '08:00' },
        ],
        days,
        holidays: ['2026-10-01'],
      },
      office: { shifts: [{ id: 'day', start: '08:00', end: '17:30' }], days },
    },
    parks: [
      {
        id: 'emb',
        name: named('汝绣产业园', 'Ru-Embroidery Park'),
        cluster: 'embroidery',
        firms: [
          {
            id: 'f1',
            name: named('锦绣机绣', 'Jinxiu'),
            calendar: 'two-shift',
            workshops: [
              { id: 'w1', name: named('一车间', 'Workshop 1'), building: '12', lines: lines(1, 200) },
              { id: 'w2', name: named('二车间', 'Workshop 2'), building: '12', lines: lines(201, 210) },
            ],
          },
          {
            id: 'f2',
            name: named('云针', 'Yunzhen'),
            calendar: 'office',
            workshops: [{ id: 'w1', name: named('一车间', 'Workshop 1'), lines: lines(301, 305) }],
          },
        ],
      },
    ],
  });
  const { plant, mistakes } = resolvePlant(file, new Map([['machine', machine]]));
  if (plant === null) throw new Error(JSON.stringify(mistakes));
  return plant;
}

const people = [
  {
    id: 'wang',
    name: '王伟',
    phone: '13800001111',
    email: 'wang@example.com',
    dingtalkUserId: 'dt-wang',
    username: 'wang',
    feishuOpenId: 'ou_wang',
  },
  { id: 'li', name: '李娜', phone: '13800002222', email: 'li@example.com', wecomUserId: 'LiNa' },
  { id: 'zhao', name: '赵敏', phone: '13800003333', email: 'zhao@example.com' },
  { id: 'smith', name: 'Ann Smith', email: 'ann@example.com', language: 'en', username: 'ann' },
];

export function hook(id: string, url = 'http://127.0.0.1:1/', more: object = {}): object {
  return { id, kind: 'webhook', url, secret: 'a secret of sixteen', ...more };
}

export function dutyOf(given: { channels?: object[]; rosters?: object[] } & Record<string, unknown> = {}): Duty {
  return dutySchema.parse({
    channels: [hook('sms')],
    people,
    rosters: [{ where: {}, levels: [['wang'], ['li'], ['zhao']], channels: ['sms'] }],
    ...given,
  });
}

export function recordOf(given: Partial<AlarmRecord> = {}): AlarmRecord {
  const text = { zh: '断针', en: 'Needle break' };
  return alarmOf('emb-0007', monday, { id: 'a1', rule: 'stop:needle-break', priority: 'high', limit: null, text, ...given });
}

/** An announcement that an alarm rose, at the time of its record. */
export function told(given: Partial<AlarmRecord> = {}, kind: Announcement['kind'] = 'raised', at?: number): Told {
  const record = recordOf(given);
  const { id, priority, raises } = record;
  const time = at ?? record.raisedAt;
  return {
    announcement: { id: `${id}-${kind}-1`, kind, at: time, alarm: id, incident: null, place: 'f1/w1', priority, count: raises },
    records: [record],
    incident: null,
  };
}

/** Building 12 without power: so many of its lines. */
export function toldIncident(lines: number, given: { kind?: Announcement['kind']; priority?: Priority; at?: number } = {}): Told {
  const { kind = 'incident', priority = 'high', at = monday } = given;
  const records = Array.from({ length: lines }, (_, index) =>
    recordOf({
      id: `i1-${String(index + 1)}`,
      line: `emb-${String(index + 1).padStart(4, '0')}`,
      group: 'i1',
      priority,
      raisedAt: at,
      text: { zh: '断电', en: 'Power loss' },
    }),
  );
  const incident: Incident = {
    id: 'i1',
    place: 'emb/12',
    placeKind: 'building',
    startedAt: at,
    clearedAt: null,
    lines: records.map(({ line }) => line),
    alarms: records.map(({ id }) => id),
  };
  return {
    announcement: { id: `i1-${kind}`, kind, at, alarm: null, incident: 'i1', place: 'emb/12', priority, count: lines },
    records,
    incident,
  };
}

/** What a book keeps, in memory: deliveries that were saved, and what a test puts in. */
export class StageBook implements ReadableBook {
  readonly saved = new Map<string, Delivery>();
  told: Told[] = [];
  down = false;

  saveDeliveries(deliveries: readonly Delivery[]): Promise<void> {
    if (this.down) return Promise.reject(new Error('the store is away'));
    for (const delivery of deliveries) this.saved.set(delivery.id, delivery);
    return Promise.resolve();
  }

  deliveries(): Promise<Delivery[]> {
    return Promise.resolve([...this.saved.values()]);
  }

  announcements(from: number, to: number): Promise<Announcement[]> {
    return Promise.resolve(this.told.map(({ announcement }) => announcement).filter(({ at }) => at >= from && at < to));
  }

  record(id: string): Promise<AlarmRecord | null> {
    return Promise.resolve(this.#records().find((record) => record.id === id) ?? null);
  }

  records({ states, from, limit }: AlarmQuery): Promise<AlarmRecord[]> {
    const found = this.#records().filter((record) => (states?.includes(record.state) ?? true) && (record.clearedAt ?? Infinity) >= from);
    return Promise.resolve(found.slice(0, limit));
  }

  incidents(): Promise<Incident[]> {
    return Promise.resolve(this.told.flatMap(({ incident }) => incident ?? []));
  }

  list(): Delivery[] {
    return [...this.saved.values()];
  }

  #records(): AlarmRecord[] {
    return this.told.flatMap(({ records }) => records);
  }
}

export interface Request {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: Record<string, unknown>;
}

export type Reply = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string } | 'hang';

/** A vendor's end point on this machine: keeps what it is sent, and answers what a test says. */
export class Vendor {
  readonly requests: Request[] = [];
  reply: (request: Request) => Reply;
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  constructor(reply: Vendor['reply'] = () => ({ body: '{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}' })) {
    this.reply = reply;
    this.#server = createServer((incoming, outgoing) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://vendor');
        const body = Buffer.concat(parts).toString('utf8');
        const request = {
          path: pathname,
          query: searchParams,
          headers: incoming.headers,
          body,
          json: JSON.parse(body) as Record<string, unknown>,
        };
        this.requests.push(request);
        for (const wake of this.#waiting.splice(0)) wake();
        const answer = this.reply(request);
        if (answer === 'hang') return;
        outgoing.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
        outgoing.end(answer.body ?? '');
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}${path}`;
  }

  /** Resolves once so many requests have come in altogether. */
  async has(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
