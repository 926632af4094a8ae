/**
 * Copies files of an open database, by a process of its own: a process that closes any handle of a file loses every lock that it has on
 * it, DuckDB's among them. Comes in: files that nobody writes meanwhile, and a folder. Goes out: their copies, safe on disk, and how many bytes they are.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where the file system can, the copy shares its blocks with the file. */
const script = `
  const { closeSync, constants, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } = require('node:fs');
  const { basename, join } = require('node:path');
  const [folder, ...files] = process.argv.slice(1);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let bytes = 0;
  for (const file of files.filter((one) => existsSync(one))) {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = openSync(copy, 'r+');
    fsyncSync(handle);
    closeSync(handle);
    bytes += statSync(copy).size;
  }
  console.log(bytes);
`;

/** The database file of a store's folder. */
export function fileIn(folder: string): string {
  return join(folder, 'bobbin.duckdb');
}

/** Copies a database file and its log, which nobody writes meanwhile, into a folder; gives their bytes. What is not there is left out. */
export async function copyFile(file: string, folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, folder, file, `${file}.wal`]);
  return Number(stdout);
}
