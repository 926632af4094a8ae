/**
 * `npm run backup -- DIR`: copies everything of a data folder that is acknowledged by now into a folder of its own, while the product runs or
 * not. Comes in: the settings and a new folder. Goes out: that folder, marked as whole at the very end, and a plain line that says what is in it.
 * It changes nothing in the data folder.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import Libsql from 'libsql';
import { pino } from 'pino';
import { systemClock as clock } from './contract/clock.ts';
import { askForCopy, socketName, wordsOf, type Copied } from './control.ts';
import { backupNote, formatOf } from './datafolder.ts';
import { loadSettings, type Settings } from './settings.ts';
import { copyFile, fileIn } from './store/duckdb/copy.ts';
import { copyOf, openJournal, version } from './wiring.ts';

/** What the product or its stand-in copies, and what belongs to the moment. */
const others = new Set(['journal', 'store', socketName]);

new Command('backup')
  .description('Copies all that is acknowledged by now into a new folder, whether Bobbin runs or not. BOBBIN_DATA names the data folder.')
  .argument('<folder>', 'a folder that does not exist yet, or is empty')
  .action(async (folder: string, _options: object, command: Command) => {
    const settings = loadSettings();
    const target = resolve(folder);
    const begun = clock.now();
    const refusal = refusalOf(settings.dataFolder, target);
    if (refusal !== null) command.error(refusal);
    mkdirSync(target, { recursive: true, mode: 0o700 });
    try {
      const copied = await backup(settings, target);
      process.stdout.write(`${resultLines(settings, target, copied, (clock.now() - begun) / 1000).join('\n')}\n`);
    } catch (error) {
      for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true, force: true });
      command.error(`The backup failed: ${wordsOf(error)}.`);
    }
  })
  .parse();

function refusalOf(dataFolder: string, target: string): string | null {
  if (!existsSync(join(dataFolder, 'accounts.db')) && !existsSync(join(dataFolder, 'devices.db'))) {
    return `There is nothing of Bobbin's in ${dataFolder}; BOBBIN_DATA names the data folder.`;
  }
  if (existsSync(target) && readdirSync(target).length > 0) return `${target} is there already. Name a folder that does not exist yet.`;
  return null;
}

async function backup(settings: Settings, target: string): Promise<Copied & { readonly accounts: number }> {
  const { dataFolder, journal, store } = settings;
  formatOf(dataFolder);
  const isEmbedded = journal === 'level' || store === 'duckdb';
  const copied = isEmbedded
    ? ((await askForCopy(dataFolder, target)) ?? (await copyHere(settings, target)))
    : { journal: null, store: null };
  const accounts = copyAccounts(dataFolder, target);
  const note = { version: version(), madeAt: new Date(clock.now()).toISOString(), ...copied };
  writeSafely(join(target, backupNote), `${JSON.stringify(note, null, 2)}\n`);
  return { ...copied, accounts };
}

/** Nothing runs on the folder: the journal's lock is taken, so that nothing is started meanwhile. */
async function copyHere(settings: Settings, target: string): Promise<Copied> {
  const { dataFolder, store, journal: kind } = settings;
  const copyStore = (folder: string): Promise<number | null> =>
    store === 'duckdb' ? copyFile(fileIn(join(dataFolder, 'store')), folder) : Promise.resolve(null);
  if (kind !== 'level') return { journal: null, store: await copyStore(join(target, 'store')) };
  const log = pino({ level: 'silent' });
  const journal = await openJournal(settings, { clock, log }).catch((error: unknown) => {
    throw new Error(`${dataFolder} is in use by something that makes no copies; try again in a moment`, { cause: error });
  });
  try {
    return await copyOf(journal, copyStore, target);
  } finally {
    await journal.close();
  }
}

/** Accounts, devices and the audit trail: databases that take care of several processes themselves, and plain files. Gives their bytes. */
function copyAccounts(dataFolder: string, target: string): number {
  const files = readdirSync(dataFolder, { withFileTypes: true }).filter((one) => one.isFile() && !others.has(one.name));
  const names = files.map(({ name }) => name).filter((name) => !/-(wal|shm|journal)$/.test(name));
  // Plain files first: the trail must hold the head that lies beside it.
  for (const name of names.filter((one) => !one.endsWith('.db'))) copyFileSync(join(dataFolder, name), join(target, name));
  for (const name of names.filter((one) => one.endsWith('.db'))) {
    const copy = join(target, name);
    const database = new Libsql(join(dataFolder, name));
    try {
      database.pragma('busy_timeout = 5000');
      database.prepare('VACUUM INTO ?').run(copy);
    } finally {
      database.close();
    }
    chmodSync(copy, 0o600);
  }
  return names.reduce((sum, name) => sum + statSync(join(target, name)).size, 0);
}

function writeSafely(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  writeFileSync(file, text);
  fsyncSync(file);
  closeSync(file);
}

function resultLines({ store }: Settings, target: string, copied: Copied & { readonly accounts: number }, seconds: number): string[] {
  const parts = [
    ...(copied.store === null ? [] : [`store ${megabytes(copied.store)}`]),
    ...(copied.journal === null ? [] : [`journal ${megabytes(copied.journal)}`]),
    `accounts, devices and audit trail ${megabytes(copied.accounts)}`,
  ];
  return [
    `Backup made in ${target}: ${parts.join(', ')}; ${seconds.toFixed(1)} s.`,
    ...(store === 'duckdb'
      ? []
      : [
          `NOT in it: readings, figures and alarms are in the InfluxDB at ${store.url}. Back that up now with its own tool (influxd backup, influx backup).`,
        ]),
    ...(copied.journal === null
      ? [
          'NOT in it: what waits to be stored is in the Redis of BOBBIN_JOURNAL. Save that with its own tool (BGSAVE, and its append-only files).',
        ]
      : []),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
