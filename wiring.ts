/**
 * The wiring: which journal, which store, which way to the broker the settings name, opened in one place for every process.
 * Comes in: settings. Goes out: parts behind their rooms' interfaces. Only the root's processes and the rooms' own main.ts
 * import it; it starts nothing by itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { openMqttBus, type MqttBus } from './broker/client.ts';
import { openDeviceAccounts } from './broker/devices.ts';
import type { OpenNotifier } from './collector/alarming/alarming.ts';
import { createNotifier } from './collector/notify/notifier.ts';
import type { Clock } from './contract/clock.ts';
import type { DeviceAccounts } from './contract/devices.ts';
import type { Duty } from './contract/duty.ts';
import type { Plant } from './contract/plant.ts';
import type { SystemName } from './contract/system.ts';
import type { Dashboard } from './dashboard/server/dashboard.ts';
import type { Copied } from './control.ts';
import { prepareFolder } from './datafolder.ts';
import type { Journal } from './journal/journal.ts';
import { StartError, untilThere } from './lifecycle.ts';
import { loadDuty } from './plants/duty.ts';
import { loadPlant } from './plants/loader.ts';
import { readEnvironment, type Settings } from './settings.ts';
import type { Store } from './store/store.ts';

export const productFolder = import.meta.dirname;
export const equipmentFolder = join(productFolder, 'equipment');
export const webFolder = join(productFolder, 'dashboard', 'web', 'dist');

interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
}

export function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(productFolder, 'package.json'), 'utf8')) as { version: string };
  return text;
}

export function plantOf({ plantFile }: Pick<Settings, 'plantFile'>): Plant {
  return loadPlant({ plantFile, equipmentFolder });
}

/** Who is told of alarms, with the secrets of their channels; null where nobody is told outside the page. */
export function dutyOf({ notifyFile }: Pick<Settings, 'notifyFile'>, plant: Plant): Duty | null {
  return notifyFile === null ? null : loadDuty(notifyFile, plant, readEnvironment());
}

/** Undefined where nobody is told outside the page. */
export function notifierOf(
  settings: Pick<Settings, 'notifyFile' | 'publicUrl'>,
  plant: Plant,
  store: Store,
  { clock, log }: Surroundings,
): OpenNotifier | undefined {
  const duty = dutyOf(settings, plant);
  const { publicUrl } = settings;
  return duty === null ? undefined : (ears) => createNotifier({ duty, plant, publicUrl, book: store.alarms, clock, log, ...ears });
}

/** Made where it is missing; its owner's alone. Throws where this version must leave it alone. */
export function dataFolderOf({ dataFolder }: Settings): string {
  prepareFolder(dataFolder);
  return dataFolder;
}

export function devicesOf(settings: Settings, clock: Clock): DeviceAccounts {
  return openDeviceAccounts(join(dataFolderOf(settings), 'devices.db'), clock);
}

/** PEM texts of certificate and key. */
export function tlsOf({ tls }: Settings): { readonly cert: Buffer; readonly key: Buffer } | null {
  return tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
}

/** Engines are loaded when they are named: a process should not carry the native code of those that it does not use. */
export async function openJournal(settings: Settings, { clock, log }: Surroundings): Promise<Journal> {
  const { journal, journalBytes: limitBytes } = settings;
  if (journal === 'level') {
    const { openLevelJournal } = await import('./journal/level.ts');
    return openLevelJournal({ folder: join(dataFolderOf(settings), 'journal'), limitBytes, clock, log });
  }
  const { openRedisJournal } = await import('./journal/redis.ts');
  return openRedisJournal({ url: journal.url, limitBytes, clock, log });
}

export type StoreSettings = Pick<Settings, 'store' | 'dataFolder' | 'retention'>;

/** `readsOnly`: another process writes. An InfluxDB that does not answer yet is waited for. */
export async function openStore(
  { store, dataFolder, retention }: StoreSettings,
  plant: Plant,
  { clock, log }: Surroundings,
  readsOnly = false,
): Promise<Store> {
  if (store === 'duckdb') {
    const { openDuckdbStore } = await import('./store/duckdb.ts');
    return openDuckdbStore({ folder: join(dataFolder, 'store'), plant, retention, clock, log });
  }
  const { openInfluxStore } = await import('./store/influx.ts');
  const open = (): Promise<Store> => openInfluxStore({ ...store, readsOnly, plant, retention, clock, log });
  return untilThere('open the store', open, clock, log);
}

/** Copies journal and store into a folder so that what is acknowledged by now is in the one or the other; null for what is not embedded. */
export async function copyOf(journal: Journal, copyStore: (folder: string) => Promise<number | null>, folder: string): Promise<Copied> {
  if (!journal.copy) return { journal: null, store: await copyStore(join(folder, 'store')) };
  const copied: { store: number | null } = { store: null };
  const bytes = await journal.copy(join(folder, 'journal'), async () => {
    copied.store = await copyStore(join(folder, 'store'));
  });
  return { journal: bytes, ...copied };
}

/** What processes of their own share. Embedded engines belong to one process, so here they are refused. */
export function sharedOf(settings: Settings, needs: readonly ('journal' | 'store')[]): { readonly systemPassword: string } {
  const alone = 'where broker, collector and dashboard are processes of their own';
  if (needs.includes('journal') && settings.journal === 'level') {
    throw new StartError(`BOBBIN_JOURNAL is "level", which belongs to one process; ${alone}, it must be the URL of a Redis.`);
  }
  if (needs.includes('store') && settings.store === 'duckdb') {
    throw new StartError(`BOBBIN_STORE is "duckdb", which belongs to one process; ${alone}, it must be the URL of an InfluxDB.`);
  }
  const { systemPassword } = settings;
  if (systemPassword === null) throw new StartError(`BOBBIN_SYSTEM_PASSWORD is not set; ${alone}, it is how they know each other.`);
  return { systemPassword };
}

/** The bus of a process of its own: the broker is looked for where BOBBIN_MQTT says that it listens. */
export function joinBus(settings: Settings, name: SystemName, password: string, log: Logger): MqttBus {
  const { host, port } = settings.mqtt;
  const certificate = tlsOf(settings)?.cert;
  const url = `${certificate ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  return openMqttBus({ url, name, password, certificate, log });
}

/** Said at the start, so that nobody leaves it on unawares. */
export const openWarning =
  '  OPEN BROKER  Anybody on this machine may do anything over MQTT, without a password (BOBBIN_MQTT_OPEN=1). Never use this with real machines.';

/** How to sign in, for whoever started the dashboard: passwords that were made up are shown only here. */
export function signInLines({ firstPassword, demoAccounts }: Pick<Dashboard, 'firstPassword' | 'demoAccounts'>): string[] {
  const admin =
    firstPassword === null
      ? 'admin, with the password set at the first start'
      : `admin / ${firstPassword}   (shown only this once, and good only for choosing another)`;
  return [`  Sign in     ${admin}`, ...demoAccounts.map(({ username, password }) => `  Demo        ${username} / ${password}`)];
}
