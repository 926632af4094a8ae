/**
 * A product with as many devices as wanted, and what happens when all of them come back at once. Comes in: how many. Goes out: how long it took, what
 * the few that had stayed noticed of it, memory, and everything that is wrong.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { IssuedDevice } from '../../contract/devices.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { PlantFile } from '../../contract/plant.ts';
import { topicOf } from '../../contract/topics.ts';
import { generate } from '../bench/load.ts';
import { pidOf, watch } from '../bench/usage.ts';
import { balanced } from '../books.ts';
import { Client, dataFolder, startProduct, type Product } from '../product.ts';
import { until } from '../until.ts';
import { Herd, type HerdAccount, type Return } from './herd.ts';

export interface Crowd {
  readonly product: Product;
  readonly admin: Client;
  readonly accounts: readonly HerdAccount[];
  close(): Promise<void>;
}

export interface Stampede extends Return {
  readonly devices: number;
  /** Of devices that stayed connected, in a process of their own, 200 readings a second: ms from when a reading was due to its PUBACK. */
  readonly stayers: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of the product, resident: before, and at most. */
  readonly memoryMb: { readonly before: number; readonly peak: number };
  readonly wrong: readonly string[];
}

const stayers = 20;
const stayersPerSecond = 200;
/** Readings that a device has kept. */
const kept = 20;
const issuedAtOnce = 5_000;
const linesPerWorkshop = 100;

/** A product of its own with so many lines, each with an account. */
export async function openCrowd(lines: number, settings: Readonly<Record<string, string>> = {}): Promise<Crowd> {
  const folder = dataFolder();
  const plant = join(folder.path, 'crowd.yaml');
  writeFileSync(plant, JSON.stringify(plantOf(lines)));
  const product = await startProduct(folder.path, { ...settings, BOBBIN_PLANT: plant });
  const admin = await new Client(product).signIn();
  const records = await admin.get<LiveRecord[]>('/lines');
  const accounts: HerdAccount[] = [];
  for (let start = 0; start < records.length; start += issuedAtOnce) {
    const part = records.slice(start, start + issuedAtOnce);
    const issued = (await (await admin.send('POST', '/devices', { lines: part.map(({ id }) => id) })).json()) as IssuedDevice[];
    part.forEach(({ id, park, firm, workshop }, index) => {
      const { username = '', password = '' } = issued[index] ?? {};
      const place = { park, firm, workshop, line: id };
      accounts.push({ username, password, telemetry: topicOf(place, 'telemetry'), status: topicOf(place, 'status') });
    });
  }
  return {
    ...{ product, admin, accounts },
    async close() {
      await product.stop();
      folder.remove();
    },
  };
}

/** `seconds`: how long those that stay are measured, from just before the others are lost. */
export async function stampede({ product, admin, accounts }: Crowd, seconds: number): Promise<Stampede> {
  const herd = new Herd(product.mqttPort, accounts.slice(stayers));
  const begun = Date.now();
  const { received } = balanced(await admin.health());
  await herd.gather(readings(begun - 60_000, 1));
  const before = watch({ server: pidOf(product.process) })().peakBytes.server ?? 0;
  const clients = accounts.slice(0, stayers).map(({ username, password, telemetry }) => ({ username, password, topic: telemetry }));
  const generator = generate({ port: product.mqttPort, clients, inFlight: 1000, ratePerSecond: stayersPerSecond, seconds });
  await generator.ready;
  const finish = watch({ server: pidOf(product.process) });
  const back = await herd.scatter(() => readings(begun - 50_000, kept));
  const { load } = await generator.done;
  const { peakBytes } = finish();
  const told = received + load.acked + (accounts.length - stayers) * (1 + kept);
  const wrong = await wrongIn(admin, told, begun, new Set(clients.map(({ username }) => username)));
  herd.leave();
  return {
    ...{ ...back, devices: accounts.length - stayers, wrong },
    stayers: { p50: load.latencyMs.p50, p99: load.latencyMs.p99, max: load.latencyMs.max },
    memoryMb: { before: Math.round(before / 1e6), peak: Math.round((peakBytes.server ?? 0) / 1e6) },
  };
}

/** The books, who is seen to be connected, and alarms: there must be none. */
async function wrongIn(admin: Client, told: number, since: number, stayed: ReadonlySet<string>): Promise<string[]> {
  const wrong: string[] = [];
  const books = await until('everything to be stored', async () => {
    const now = balanced(await admin.health());
    return now.pending === 0 ? now : null;
  });
  // What was delivered over a connection that broke before the PUBACK came is delivered again.
  if (books.stored !== told || Object.keys(books.rejected).length > 0) wrong.push(`${String(told)} were told; ${JSON.stringify(books)}`);
  const seen = async (): Promise<true | null> => {
    const lines = await admin.get<LiveRecord[]>('/lines');
    return lines.filter(({ connected }) => connected).length >= lines.length - stayers ? true : null;
  };
  await until('everybody to be seen', seen).catch((error: unknown) => wrong.push(String(error)));
  const states = 'state=unacknowledged,acknowledged,returned,normal,shelved';
  const alarms = await admin.get<AlarmRecord[]>(`/alarms?${states}&from=${String(since)}&to=${String(Date.now())}`);
  // Those that stayed have nothing to say any more, and that is told.
  for (const { line, rule } of alarms) if (!stayed.has(line)) wrong.push(`false alarm ${rule} of ${line}`);
  return wrong;
}

/** A packet of readings, one a second. From a line that is not to work nothing else is expected. */
function readings(from: number, count: number): string {
  const one = (_: unknown, n: number): object => ({ ts: from + n * 1000, state: 'planned', m: { stitches: n } });
  return JSON.stringify(Array.from({ length: count }, one));
}

function plantOf(lines: number): PlantFile {
  const name = { zh: '人', en: 'Crowd' };
  const id = (prefix: string, number: number): string => `${prefix}-${String(number).padStart(5, '0')}`;
  const workshops = Array.from({ length: Math.ceil(lines / linesPerWorkshop) }, (_, index) => {
    const first = index * linesPerWorkshop;
    const last = Math.min(lines, first + linesPerWorkshop) - 1;
    return {
      id: id('w', index),
      name,
      lines: [{ ids: `c-{${id('', first).slice(1)}..${id('', last).slice(1)}}`, type: 'embroidery-multihead' }],
    };
  });
  const days: PlantFile['calendars'][string]['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  return {
    zone: { id: 'zone', name, timezone: 'Asia/Shanghai' },
    calendars: { always: { shifts: [{ id: 'all', start: '00:00', end: '24:00', breaks: [] }], days, holidays: [], changes: [] } },
    parks: [{ id: 'park', name, cluster: 'embroidery', calendar: 'always', firms: [{ id: 'firm', name, workshops }] }],
  };
}
