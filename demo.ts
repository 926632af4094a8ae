/**
 * The demo: gives every line of the plant a device account and runs the simulators beside the product.
 * Comes in: the plant and the device accounts. Goes out: `devices.csv` in the data folder, for the simulators alone, and
 * their process. It only ever runs where BOBBIN_SIMULATE says so.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Logger } from 'pino';
import type { DeviceAccounts } from './contract/devices.ts';
import type { Plant } from './contract/plant.ts';
import type { Settings } from './settings.ts';
import type { DemoPast } from './past.ts';
import { equipmentFolder, productFolder } from './wiring.ts';

export interface DemoParts {
  readonly settings: Settings;
  readonly devices: DeviceAccounts;
  readonly plant: Plant;
  /** The broker's TCP port. */
  readonly port: number;
  /** Null: the simulators begin with the present. */
  readonly past: DemoPast | null;
  readonly log: Logger;
}

interface Account {
  readonly line: string;
  readonly username: string;
  readonly password: string;
}

/** Starts the simulators; what it gives back ends them and resolves once they are gone. */
export function startDemo({ settings, devices, plant, port, past, log }: DemoParts): () => Promise<void> {
  const accounts = issueAccounts(settings, devices, plant);
  const scheme = settings.tls ? 'mqtts' : 'mqtt';
  const process_ = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(productFolder, 'simulators', 'main.ts'),
      ...['--broker', `${scheme}://${settings.mqtt.host}:${String(port)}`],
      ...['--plant', settings.plantFile, '--equipment', equipmentFolder],
      ...['--accounts', accounts, '--interval', '1', '--log-level', settings.logLevel],
      ...(past?.options() ?? []),
    ],
    { cwd: productFolder, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  if (past) past.ask = (lines) => process_.connected && process_.send({ tell: lines });
  process_.on('message', (message: { readonly told: readonly string[] }) => past?.told(message.told));
  const gone = new Promise<void>((resolve) => {
    process_.on('exit', (code) => {
      if (code !== 0 && code !== null) log.error({ code }, 'the simulators ended by themselves');
      resolve();
    });
  });
  return () => {
    process_.kill('SIGTERM');
    return gone;
  };
}

/**
 * An account for every line, in `devices.csv` in the data folder; gives the file's path. Those of an earlier start are kept,
 * those that are missing issued, and the file is written whole or not at all.
 */
export function issueAccounts({ dataFolder }: Pick<Settings, 'dataFolder'>, devices: DeviceAccounts, plant: Plant): string {
  const file = join(dataFolder, 'devices.csv');
  const valid = new Set(devices.list().map((account) => account.username));
  const before = existsSync(file) ? parse<Account>(readFileSync(file), { columns: true }) : [];
  const kept = before.filter((account) => valid.has(account.username) && plant.lines.has(account.line));
  const have = new Set(kept.map((account) => account.line));
  const missing = [...plant.lines.keys()].filter((line) => !have.has(line));
  if (missing.length === 0 && kept.length === before.length) return file;
  const accounts: Account[] = [...kept, ...devices.issueAll(missing)];
  const rows = accounts.map(({ line, username, password }) => `${line},${username},${password}\n`);
  writeFileSync(`${file}.new`, `line,username,password\n${rows.join('')}`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}
