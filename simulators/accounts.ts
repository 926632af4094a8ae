/**
 * Device accounts as the server hands them out: a CSV file `line,username,password`, one row a line.
 * Comes in: the file's text. Goes out: accounts by line, or what is wrong with the file in plain words.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Account } from './connection.ts';

const rowsSchema = z.array(z.object({ line: z.string().min(1), username: z.string().min(1), password: z.string().min(1) }));

/** A mistake of whoever started the program, in words for them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Throws a UsageError. */
export function readAccounts(file: string): ReadonlyMap<string, Account> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new UsageError(
      `cannot read the accounts file ${file}: ${reason}. The server writes devices.csv into its data folder when it starts.`,
    );
  }
  return parseAccounts(text, file);
}

export function parseAccounts(text: string, file: string): ReadonlyMap<string, Account> {
  const wanted = `it must be CSV with the columns line,username,password`;
  let rows: unknown;
  try {
    rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UsageError(`cannot use the accounts file ${file}: ${wanted} (${error instanceof Error ? error.message : String(error)})`);
  }
  const checked = rowsSchema.safeParse(rows);
  if (!checked.success) {
    const row = checked.error.issues[0]?.path[0];
    const place = typeof row === 'number' ? ` (row ${String(row + 2)})` : '';
    throw new UsageError(`cannot use the accounts file ${file}: ${wanted}${place}`);
  }
  return new Map(checked.data.map(({ line, username, password }) => [line, { username, password }]));
}
