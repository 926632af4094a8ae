/**
 * The data folder as a whole: whether this version of Bobbin may use it. Comes in: its path. Goes out: nothing, or a sentence on why not.
 * Every part of it brings what an older version wrote up to date by itself; what a newer one wrote is touched by nobody.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A data folder that this version must leave alone, in words for whoever started it. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/** Raised by one with every change, to whatever file of the folder, that older code would read wrongly. */
const newestFormat = 1;

/** There while a restore is under way. */
export const unfinished = 'restore-unfinished';

/** What a backup says of itself; there only once all of it is. */
export const backupNote = 'backup.json';

/** Makes it where it is missing, its owner's alone, and notes its format. Throws where it is of a newer format, or a part of a whole. */
export function prepareFolder(folder: string): void {
  tryOn(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  });
  if (existsSync(join(folder, unfinished))) {
    throw new FolderError(`${folder} was not restored to its end. Remove what is in it and run the restore again.`);
  }
  if (formatOf(folder) === newestFormat) return;
  tryOn(folder, () => {
    writeFileSync(formatFile(folder), `${String(newestFormat)}\n`);
  });
}

/** The format of a data folder or of a backup; 0 where it is from before formats were noted. Throws for one that is too new. */
export function formatOf(folder: string): number {
  const text = existsSync(formatFile(folder)) ? readFileSync(formatFile(folder), 'utf8').trim() : '0';
  const format = Number(text);
  if (/^\d{1,9}$/.test(text) && format <= newestFormat) return format;
  throw new FolderError(
    `${folder} was written by a newer version of Bobbin (format ${text.slice(0, 20)}; this one reads up to ${String(newestFormat)}). Start that version, or restore a backup made by this one.`,
  );
}

function tryOn(folder: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = ['EEXIST', 'ENOTDIR'].includes(code) ? 'it is not a folder' : message;
    throw new FolderError(`The data folder ${folder} cannot be used: ${reason}. Set BOBBIN_DATA to a folder that this user may write to.`);
  }
}

function formatFile(folder: string): string {
  return join(folder, 'format');
}
