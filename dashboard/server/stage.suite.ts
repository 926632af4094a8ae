/**
 * What the dashboard's tests play on: a small zone, a bus in this process, a past that can be made to fail, a clock that moves
 * when told, and a real server on a real port with real accounts on disk. Browsers are `Visitor`s: fetch with a cookie.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { onTestFinished } from 'vitest';
import { openDeviceAccounts } from '../../broker/devices.ts';
import type { HealthAnswer, NewUser } from '../../contract/api.ts';
import type { AlarmQuery, AlarmRecord, AlarmStep, Incident } from '../../contract/alarm.ts';
import type { Bus, BusListener } from '../../contract/bus.ts';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { DeviceAccounts } from '../../contract/devices.ts';
import { equipmentTypeSchema } from '../../contract/equipment.ts';
import type { StateSpan, UtilizationRecord } from '../../contract/figures.ts';
import type { History, LineSums, Slice } from '../../contract/history.ts';
import type { ClientEvents, Delta, LiveRecord, ServerEvents, Snapshot, WatchAnswer, WatchFilter } from '../../contract/live.ts';
import type { Delivery, DeliveryQuery } from '../../contract/notify.ts';
import type { OverrideChange } from '../../contract/overrides.ts';
import type { Reclassification } from '../../contract/reclassification.ts';
import { plantSchema, resolvePlant, type Line, type Plant } from '../../contract/plant.ts';
import { actionTopic, outcomeTopic, systemAlarmsTopic, systemLine } from '../../contract/system.ts';
import { everyLine, parseTopic, topicOf } from '../../contract/topics.ts';
import { addSums, emptySums, idealOutputOf, recordOf } from '../../kpi/utilization.ts';
import { startDashboard, type Dashboard, type DashboardParts } from './dashboard.ts';

export const adminPassword = 'correct horse';
/** 2025-11-24, Monday, 16:00 in the zone: a whole hour. */
export const begin = 1_763_971_200_000;
const hourMs = 3_600_000;
const name = { zh: '甲', en: 'A' };

/**
 * Park emb: firm f1 (w1: emb-1, emb-2; w2: emb-3), firm f2 (w1: emb-4). Park med: firm f3 (w1: press-1), which never rests.
 */
export function smallPlant(): Plant {
  const output = { metric: 'pieces', unit: name, idealPerHour: 100 };
  const metrics = {
    speed: { name, unit: 'rpm', kind: 'gauge' },
    pieces: { name, unit: '1', kind: 'counter' },
    recipe: { name, unit: '', kind: 'text' },
  };
  const stops = { 'thread-break': { state: 'stopped', name }, sewing: { state: 'running', name } };
  const types = ['embroidery', 'press'].map((id) =>
    equipmentTypeSchema.parse({ id, name, expectSeconds: 10, holdSeconds: 20, output, metrics, stops }),
  );
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const twoShifts = [
    { id: 'day', start: '08:00', end: '20:00' },
    { id: 'night', start: '20:00', end: '08:00' },
  ];
  const workshop = (id: string, ids: string, type: string) => ({ id, name, lines: [{ ids, type }] });
  const file = plantSchema.parse({
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: {
      'two-shift': { shifts: twoShifts, days },
      always: { shifts: [{ id: 'all', start: '00:00', end: '24:00' }], days: [...days, 'sun'] },
    },
    parks: [
      {
        ...{ id: 'emb', name, cluster: 'embroidery', calendar: 'two-shift' },
        firms: [
          { id: 'f1', name, workshops: [workshop('w1', 'emb-{1..2}', 'embroidery'), workshop('w2', 'emb-{3..3}', 'embroidery')] },
          { id: 'f2', name, workshops: [workshop('w1', 'emb-{4..4}', 'embroidery')] },
        ],
      },
      {
        ...{ id: 'med', name, cluster: 'pharma', calendar: 'always' },
        firms: [{ id: 'f3', name, workshops: [workshop('w1', 'press-{1..1}', 'press')] }],
      },
    ],
  });
  const { plant } = resolvePlant(file, new Map(types.map((type) => [type.id, type])));
  if (plant === null) throw new Error('the small plant has a mistake');
  return plant;
}

export function lineOf(plant: Plant, id: string): Line {
  const line = plant.lines.get(id);
  if (!line) throw new Error(`no line ${id}`);
  return line;
}

/** Moves when told; timers run in order. */
export class HandClock implements Clock {
  #now = begin;
  readonly #timers = new Set<{ at: number; readonly every: number | null; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): Stop {
    return this.#add(milliseconds, null, callback);
  }

  every(milliseconds: number, callback: () => void): Stop {
    return this.#add(milliseconds, milliseconds, callback);
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = next.at;
      if (next.every === null) this.#timers.delete(next);
      else next.at += next.every;
      next.callback();
    }
    this.#now = end;
  }

  /** As after a long sleep: timers that fell due meanwhile fire once. */
  leap(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      if (timer.every === null) this.#timers.delete(timer);
      else timer.at = this.#now + timer.every;
      timer.callback();
    }
  }

  #add(milliseconds: number, every: number | null, callback: () => void): Stop {
    const timer = { at: this.#now + milliseconds, every, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}

/** A bus within this process, for the filters the dashboard listens to. */
export class LocalBus implements Bus {
  /** What was recorded, in order; whoever plays the collector may take it. */
  readonly recorded: string[] = [];
  onRecord: (payload: string) => void | Promise<void> = () => undefined;
  readonly #retained = new Map<string, Uint8Array>();
  readonly #listeners = new Set<{ readonly hears: (topic: string) => boolean; readonly listener: BusListener }>();

  publish(topic: string, payload: string | Uint8Array, { retain }: { readonly retain: boolean }): void {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    if (retain) this.#retained.set(topic, bytes);
    for (const { hears, listener } of this.#listeners) if (hears(topic)) listener(topic, bytes);
  }

  async record(topic: string, payload: string): Promise<void> {
    if (topic !== actionTopic) throw new Error(`nothing is recorded on ${topic}`);
    this.recorded.push(payload);
    await this.onRecord(payload);
  }

  subscribe(filter: string, listener: BusListener): Promise<Stop> {
    const channel = (['live', 'alarms'] as const).find((one) => filter === everyLine(one));
    if (!channel && filter !== systemAlarmsTopic && filter !== outcomeTopic) throw new Error(`a filter this bus does not know: ${filter}`);
    const hears = (topic: string): boolean => (channel ? parseTopic(topic)?.channel === channel : topic === filter);
    const entry = { hears, listener };
    this.#listeners.add(entry);
    for (const [topic, payload] of this.#retained) if (hears(topic)) listener(topic, payload);
    return Promise.resolve(() => {
      this.#listeners.delete(entry);
    });
  }
}

/** Every line ran the first half of each hour at a piece a minute. Answers, fails or never answers, as told. */
export class Past implements History {
  mood: 'answers' | 'fails' | 'hangs' = 'answers';
  asked = 0;
  readonly #plant: Plant;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  utilization(line: string, from: number, to: number): Promise<UtilizationRecord> {
    return this.#tell(this.#record([line], from, to));
  }

  /** What lines did but run, and what people said of it. */
  readonly spansKept: StateSpan[] = [];
  readonly saidKept: Reclassification[] = [];

  states(_line: string, from: number, to: number): ReturnType<History['states']> {
    const span = this.spansKept.find((one) => one.from > from && one.to < to);
    if (!span) return this.#tell([{ from, to, state: 'running', stop: null }]);
    return this.#tell([{ from, to: span.from, state: 'running', stop: null }, span, { from: span.to, to, state: 'running', stop: null }]);
  }

  reclassifications(line: string, from: number, to: number): ReturnType<History['reclassifications']> {
    return this.#tell(this.saidKept.filter((one) => one.line === line && one.from < to && one.to > from));
  }

  series(_line: string, _metric: string, from: number, _to: number, points: number): ReturnType<History['series']> {
    return this.#tell([[from, 0, points, points / 2]]);
  }

  batches(line: string): ReturnType<History['batches']> {
    return this.#tell([batchOf(line, '118')]);
  }

  batch(line: string, batch: string): ReturnType<History['batch']> {
    return this.#tell(batch === '118' || batch === '批/1' ? batchOf(line, batch) : null);
  }

  backfills(line: string, from: number, to: number): ReturnType<History['backfills']> {
    return this.#tell({ spans: [{ from, to, receivedFrom: to, receivedTo: to, readings: 1 }], before: this.#record([line], from, to) });
  }

  breaks(_line: string, from: number): ReturnType<History['breaks']> {
    return this.#tell([{ ts: from, head: 7, side: 'upper' }]);
  }

  excursions(): ReturnType<History['excursions']> {
    return this.#tell({ excursions: [], complete: true });
  }

  contexts(_line: string, from: number): ReturnType<History['contexts']> {
    return this.#tell([{ ts: from, order: 'A-1', batch: null, design: '=peony', product: null }]);
  }

  rejections(line: string, limit: number): ReturnType<History['rejections']> {
    const rejection = { line, receivedAt: begin, reason: 'not-json', detail: 'x', sample: '{' } as const;
    return this.#tell(Array.from({ length: Math.min(3, limit) }, () => rejection));
  }

  aggregates(groups: readonly (readonly string[])[], slices: readonly Slice[]): ReturnType<History['aggregates']> {
    return this.#tell(groups.map((lines) => slices.map(({ from, to }) => this.#record(lines, from, to))));
  }

  /** A line begins with `firstKnown`, where that is told. */
  lineSums(lines: readonly string[], from: number, to: number): ReturnType<History['lineSums']> {
    return this.#tell(lines.map((line) => this.#sums(line, from, to)));
  }

  readonly firstKnown = new Map<string, number>();

  #sums(line: string, from: number, to: number): LineSums {
    const known = to > (this.firstKnown.get(line) ?? 0);
    const runningMs = known ? (to - from) / 2 : 0;
    const sums = { ...emptySums(), runningMs, output: runningMs / 60_000 };
    const idealOutput = idealOutputOf(runningMs, lineOf(this.#plant, line).type.output?.idealPerHour);
    return { line, known, sums, scheduledMs: to - from, idealOutput };
  }

  #record(lines: readonly string[], from: number, to: number): UtilizationRecord {
    const sums = emptySums();
    let [scheduledMs, idealOutput] = [0, 0];
    for (const line of lines) {
      const part = this.#sums(line, from, to);
      addSums(sums, part.sums);
      scheduledMs += part.scheduledMs;
      idealOutput += part.idealOutput;
    }
    return recordOf({ from, to, sums, scheduledMs, idealOutput });
  }

  readonly alarmsKept: AlarmRecord[] = [];
  readonly stepsKept = new Map<string, AlarmStep[]>();
  readonly incidentsKept: Incident[] = [];
  readonly changesKept: OverrideChange[] = [];
  readonly deliveriesKept: Delivery[] = [];

  alarm(id: string): ReturnType<History['alarm']> {
    return this.#tell(this.alarmsKept.find((record) => record.id === id) ?? null);
  }

  alarms({ lines, from, to, states, limit }: AlarmQuery): ReturnType<History['alarms']> {
    const found = this.alarmsKept.filter((record) => {
      const isOpen = record.state !== 'normal' || (record.clearedAt ?? record.raisedAt) >= from;
      return lines.includes(record.line) && record.raisedAt < to && isOpen && (states?.includes(record.state) ?? true);
    });
    return this.#tell(found.toSorted((a, b) => b.raisedAt - a.raisedAt).slice(0, limit));
  }

  alarmSteps(alarm: string): ReturnType<History['alarmSteps']> {
    return this.#tell(this.stepsKept.get(alarm) ?? []);
  }

  incident(id: string): ReturnType<History['incident']> {
    return this.#tell(this.incidentsKept.find((incident) => incident.id === id) ?? null);
  }

  overrideChanges(limit: number): ReturnType<History['overrideChanges']> {
    return this.#tell(this.changesKept.slice(0, limit));
  }

  deliveries({ about, limit }: DeliveryQuery): ReturnType<History['deliveries']> {
    const ids = about && [about.alarm, about.incident];
    return this.#tell(this.deliveriesKept.filter(({ alarm, incident }) => !ids || ids.includes(incident ?? alarm)).slice(0, limit));
  }

  #tell<T>(value: T): Promise<T> {
    this.asked += 1;
    if (this.mood === 'fails') return Promise.reject(new Error('the store is down'));
    return this.mood === 'hangs' ? new Promise<T>(() => undefined) : Promise.resolve(value);
  }
}

function batchOf(line: string, batch: string) {
  const readings = { running: 1, stopped: 0, total: 1 };
  const seconds = { runningSeconds: 1, stoppedSeconds: 0, unknownSeconds: 0 };
  return { line, batch, product: null, from: begin, to: begin + 1000, readings, ...seconds, counters: {}, metrics: {} };
}

export const wellBeing: HealthAnswer = {
  status: 'ok',
  version: '1.2.3',
  uptimeSeconds: 1,
  readings: { received: 10, stored: 7, duplicate: 1, rejected: { 'bad-shape': 2 }, pending: 0 },
  store: { kind: 'duckdb', ok: true, behindRecords: 0, behindMs: 0, sizeBytes: 1000, detail: null },
  journal: { sizeBytes: 500, limitBytes: 1e9, withheld: false, damagedRecords: 0 },
  latencyMs: { p50: 1, p95: 2, p99: 3 },
};

/** A live record: running for the whole hour behind it, unless changed. */
export function liveRecord(line: Line, at: number, changes: Partial<LiveRecord> = {}): LiveRecord {
  const sums = { ...emptySums(), runningMs: hourMs, output: 50 };
  const hour = recordOf({ from: at - hourMs, to: at, sums, scheduledMs: hourMs, idealOutput: 100 });
  const { id, park, firm, workshop, type } = line;
  return {
    ...{ id, park, firm, workshop, type: type.id, name: line.name, state: 'running', stop: null, since: at, connected: true, ts: at },
    ...{ metrics: { speed: 700 }, order: null, batch: null, design: null, product: null, shift: null, hour },
    alarm: { count: 0, priority: null },
    clock: null,
    ...changes,
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-dashboard-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Stage {
  readonly plant: Plant;
  readonly bus: LocalBus;
  readonly clock: HandClock;
  readonly past: Past;
  readonly devices: DeviceAccounts;
  readonly dataFolder: string;
  readonly dashboard: Dashboard;
  readonly url: string;
  /** Publishes a line's live record. */
  live(line: string, changes?: Partial<LiveRecord>): void;
  /** Publishes alarms of a line, or of the system: all that are open, and those that close with it. */
  alarms(line: string, records: readonly AlarmRecord[], incidents?: readonly Incident[]): void;
  visitor(): Visitor;
  /** A visitor signed in as a new account (or as the admin). */
  signedIn(user: Omit<NewUser, 'password' | 'language'> | 'admin'): Promise<Visitor>;
}

export async function startStage(changes: Partial<DashboardParts> = {}): Promise<Stage> {
  const [plant, bus, clock, folder] = [smallPlant(), new LocalBus(), new HandClock(), temporaryFolder()];
  const past = new Past(plant);
  const devices = openDeviceAccounts(join(folder, 'devices.db'), clock);
  const webFolder = join(folder, 'web');
  mkdirSync(join(webFolder, 'assets'), { recursive: true });
  writeFileSync(join(webFolder, 'index.html'), `<!doctype html><title>Bobbin</title>${' '.repeat(2000)}`);
  writeFileSync(join(webFolder, 'assets', 'index-a1B2c3D4.js'), `console.log(${JSON.stringify('x'.repeat(5000))});`);
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  const parts = { plant, bus, clock, devices, webFolder, dataFolder: join(folder, 'data'), history: past };
  const dashboard = await startDashboard({
    ...{ http: { host: '127.0.0.1', port: 0 }, tls: null, metrics: null, adminPassword, demo: false, version: '1.2.3' },
    ...{
      mqtt: { port: 1883, tls: false },
      duty: null,
      health: () => Promise.resolve(wellBeing),
      channels: () => Promise.resolve([{ id: 'mail', kind: 'email' as const, ok: true, waiting: 0, deliveredAt: null, error: null }]),
      log: pino({ level: 'silent' }),
      hashCost: { memoryCost: 64, timeCost: 1, parallelism: 1 },
    },
    ...parts,
    ...changes,
  });
  onTestFinished(async () => {
    await dashboard.close();
    devices.close();
  });
  const url = `http://${dashboard.address}`;
  const visitor = (): Visitor => new Visitor(url);
  const admin = visitor();
  return {
    ...{ plant, bus, clock, past, devices, dashboard, url, visitor, dataFolder: parts.dataFolder },
    live(line, recordChanges) {
      const place = lineOf(plant, line);
      bus.publish(topicOf(place, 'live'), JSON.stringify(liveRecord(place, clock.now(), recordChanges)), { retain: true });
    },
    alarms(line, records, incidents = []) {
      const topic = line === systemLine ? systemAlarmsTopic : topicOf(lineOf(plant, line), 'alarms');
      bus.publish(topic, JSON.stringify({ at: clock.now(), records, incidents }), { retain: true });
    },
    async signedIn(user) {
      if (admin.cookie === null) await admin.signIn('admin', adminPassword);
      if (user === 'admin') return admin;
      const password = `password of ${user.username}`;
      await admin.post('/users', { ...user, password });
      const account = visitor();
      await account.signIn(user.username, password);
      return account;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

type LiveClient = Socket<ServerEvents, ClientEvents>;

/** Somebody at a browser: keeps the cookie, sends the origin of the page. */
export class Visitor {
  readonly url: string;
  cookie: string | null = null;

  constructor(url: string) {
    this.url = url;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const request: RequestInit = { method, headers: { ...(this.cookie !== null && { cookie: this.cookie }), ...headers } };
    if (body !== undefined) request.body = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.url}/api/v1${path}`, request);
    const text = await response.text();
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.startsWith('bobbin_session=;') ? null : (cookie.split(';')[0] ?? null);
    return {
      status: response.status,
      body: text === '' ? null : isFile(response) ? text : (JSON.parse(text) as unknown),
      headers: response.headers,
    };
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.ask('POST', path, body, { origin: this.url });
  }

  signIn(username: string, password: string): Promise<Answer> {
    return this.post('/session', { username, password });
  }

  /** A live socket with this visitor's cookie. */
  socket(options: Partial<ManagerOptions & SocketOptions> = {}): LiveClient {
    const extraHeaders = { ...(this.cookie !== null && { cookie: this.cookie }), origin: this.url };
    const socket: LiveClient = io(`${this.url}/live`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders,
      ...options,
    });
    onTestFinished(() => {
      socket.disconnect();
    });
    return socket;
  }
}

function isFile(response: Response): boolean {
  return response.headers.has('content-disposition');
}

export function watch(socket: LiveClient, filter: WatchFilter = {}): Promise<WatchAnswer> {
  return new Promise((resolve) => {
    socket.emit('watch', filter, resolve);
  });
}

export async function snapshot(socket: LiveClient, filter: WatchFilter = {}): Promise<Snapshot> {
  const answer = await watch(socket, filter);
  if ('error' in answer) throw new Error(answer.error.code);
  return answer;
}

/** The next event of the kind; ask before making it happen. */
export function next(socket: LiveClient, event: 'delta'): Promise<Delta>;
export function next<Event extends keyof ServerEvents>(socket: LiveClient, event: Event): Promise<Parameters<ServerEvents[Event]>[0]>;
export function next(socket: LiveClient, event: keyof ServerEvents): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, resolve);
  });
}
