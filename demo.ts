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

export interface DemoParts {
  readonly settings: Settings;
  /** The product's own folder. */
  readonly folder: string;
  readonly devices: DeviceAccounts;
  readonly plant: Plant;
  /** The broker's TCP port. */
  readonly port: number;
  readonly log: Logger;
}

interface Account {
  readonly line: string;
  readonly username: string;
  readonly password: string;
}

/** Starts the simulators; what it gives back ends them and resolves once they are gone. */
export function startDemo({ settings, folder, devices, plant, port, log }: DemoParts): () => Promise<void> {
  const accounts = join(settings.dataFolder, 'devices.csv');
  issueMissing(accounts, devices, plant);
  const scheme = settings.tls ? 'mqtts' : 'mqtt';
  const process_ = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(folder, 'simulators', 'main.ts'),
      ...['--broker', `${scheme}://${settings.mqtt.host}:${String(port)}`],
      ...['--plant', settings.plantFile, '--equipment', join(folder, 'equipment')],
      ...['--accounts', accounts, '--interval', '1', '--log-level', settings.logLevel],
    ],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
  );
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

/** Keeps the accounts of an earlier start, issues those that are missing, and writes the file whole or not at all. */
function issueMissing(file: string, devices: DeviceAccounts, plant: Plant): void {
  const valid = new Set(devices.list().map((account) => account.username));
  const before = existsSync(file) ? parse<Account>(readFileSync(file), { columns: true }) : [];
  const kept = before.filter((account) => valid.has(account.username) && plant.lines.has(account.line));
  const have = new Set(kept.map((account) => account.line));
  const missing = [...plant.lines.keys()].filter((line) => !have.has(line));
  if (missing.length === 0 && kept.length === before.length) return;
  const accounts: Account[] = [...kept, ...devices.issueAll(missing)];
  const rows = accounts.map(({ line, username, password }) => `${line},${username},${password}\n`);
  writeFileSync(`${file}.new`, `line,username,password\n${rows.join('')}`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
