/**
 * `npm run restore -- DIR`: makes a data folder out of a backup. Comes in: the settings and a folder that `npm run backup` made. Goes out: the
 * data folder of BOBBIN_DATA, ready for the next start, and a plain line. It never touches a data folder that has anything in it.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock as clock } from './contract/clock.ts';
import { wordsOf } from './control.ts';
import { backupNote, formatOf, unfinished } from './datafolder.ts';
import { loadSettings } from './settings.ts';

new Command('restore')
  .description('Makes a data folder out of a backup. BOBBIN_DATA names the data folder, which must not exist yet or be empty.')
  .argument('<folder>', 'a folder that npm run backup made')
  .action((folder: string, _options: object, command: Command) => {
    const { dataFolder } = loadSettings();
    const source = resolve(folder);
    const begun = clock.now();
    try {
      const refusal = refusalOf(source, dataFolder);
      if (refusal !== null) command.error(refusal);
      restore(source, dataFolder);
      const { version, madeAt } = JSON.parse(readFileSync(join(source, backupNote), 'utf8')) as { version: string; madeAt: string };
      const seconds = ((clock.now() - begun) / 1000).toFixed(1);
      process.stdout.write(`${dataFolder} is as it was at ${madeAt} (Bobbin ${version}); ${seconds} s. Start Bobbin as always.\n`);
    } catch (error) {
      command.error(`The restore failed: ${wordsOf(error)}`);
    }
  })
  .parse();

function refusalOf(source: string, dataFolder: string): string | null {
  if (!existsSync(join(source, backupNote))) {
    return `${source} is no backup, or one that was not made to its end: there is no ${backupNote} in it.`;
  }
  formatOf(source);
  if (existsSync(dataFolder) && readdirSync(dataFolder).length > 0) {
    return `${dataFolder} has something in it, and nothing is ever overwritten. Move it away, or set BOBBIN_DATA to another folder.`;
  }
  return null;
}

/** Until all of it is there, the folder says of itself that it is not whole, and the product does not start on it. */
function restore(source: string, dataFolder: string): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataFolder, unfinished), '');
  for (const name of readdirSync(source)) {
    if (name !== backupNote) cpSync(join(source, name), join(dataFolder, name), { recursive: true, preserveTimestamps: true });
  }
  rmSync(join(dataFolder, unfinished));
}
