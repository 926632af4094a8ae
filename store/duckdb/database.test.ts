/** The lanes of a database file: what one of them waits for holds up no other; what needs the file to itself waits for all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database, rowsOf } from './database.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bobbin-database-'));
  database = await Database.open({ folder, memoryLimit: '64MB', threads: 1 });
  await database.read((connection) => connection.run('CREATE TABLE heap (n INTEGER); CREATE TABLE book (n INTEGER)'));
});

afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

/** A transaction that is under way until it is ended. */
function heap(): { written: Promise<unknown>; end: () => void } {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const written = database.write('readings', async ({ connection }) => {
    await connection.run('INSERT INTO heap VALUES (1)');
    await ended;
  });
  return { written, end };
}

const count = async (table: string): Promise<number> =>
  Number((await database.read((connection) => rowsOf(connection, `SELECT count(*) FROM ${table}`)))[0]?.[0]);

test('alarms are written down while a heap of readings is still being written', async () => {
  const { written, end } = heap();
  await database.write('alarms', ({ connection }) => connection.run('INSERT INTO book VALUES (1)'));
  expect([await count('heap'), await count('book')]).toEqual([0, 1]);
  end();
  await written;
  expect(await count('heap')).toBe(1);
});

test('a checkpoint waits for what is being written, and what is asked for after it waits for the checkpoint', async () => {
  const done: string[] = [];
  const { written, end } = heap();
  const all = [
    written.then(() => done.push('heap')),
    database.checkpoint().then(() => done.push('checkpoint')),
    database.write('alarms', ({ connection }) => connection.run('INSERT INTO book VALUES (1)')).then(() => done.push('book')),
  ];
  end();
  await Promise.all(all);
  expect(done).toEqual(['heap', 'checkpoint', 'book']);
});
