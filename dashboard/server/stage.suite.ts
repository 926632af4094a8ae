/**
 * What the dashboard's tests play on: a bus in this process, a clock that moves when told, and a real server on a real port with real
 * accounts on disk, over the small zone of plant.suite.ts and the past of past.suite.ts.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { onTestFinished } from 'vitest';
import { openDeviceAccounts } from '../../broker/devices.ts';
import type { HealthAnswer, NewUser } from '../../contract/api.ts';
import type { AlarmRecord, Incident } from '../../contract/alarm.ts';
import type { Bus, BusListener } from '../../contract/bus.ts';
import type { Stop } from '../../contract/clock.ts';
import { HandClock } from '../../contract/clock.suite.ts';
import type { DeviceAccounts } from '../../contract/devices.ts';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import { actionTopic, outcomeTopic, systemAlarmsTopic, systemLine } from '../../contract/system.ts';
import { everyLine, parseTopic, topicOf } from '../../contract/topics.ts';
import { emptySums, recordOf } from '../../kpi/utilization.ts';
import { startDashboard, type Dashboard, type DashboardParts } from './dashboard.ts';
import { Past } from './past.suite.ts';
import { begin, lineOf, smallPlant } from './plant.suite.ts';
import { Visitor } from './visitor.suite.ts';

export const adminPassword = 'correct horse';
const hourMs = 3_600_000;

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
  const [plant, bus, clock, folder] = [smallPlant(), new LocalBus(), new HandClock(begin), temporaryFolder()];
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
