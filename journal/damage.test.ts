/**
 * Damage of every kind to every file of a journal: it opens, gives what is whole, counts the rest, reuses no position.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../contract/clock.ts';
import type { Journal } from './journal.ts';
import { openLevelJournal } from './level.ts';
import { appendMany, readAll, sampleRecord, seqOf } from './sample.suite.ts';

const commits = 60;
const recordsEach = 10;
const total = commits * recordsEach;
const hurried: Clock = { ...systemClock, after: (milliseconds, callback) => systemClock.after(milliseconds / 50, callback) };

let root: string;
/** The same records twice: still in LevelDB's log, and in its tables. */
const kinds = ['log', 'tables'] as const;

const openIn = (folder: string): Promise<Journal> =>
  openLevelJournal({ folder, limitBytes: 64 * 1024 * 1024, clock: hurried, log: pino({ level: 'silent' }) });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bobbin-damage-'));
  const journal = await openIn(join(root, 'log'));
  for (let commit = 0; commit < commits; commit += 1) await Promise.all(appendMany(journal, commit * recordsEach, recordsEach));
  await journal.close();
  await cp(join(root, 'log'), join(root, 'tables'), { recursive: true });
  await (await openIn(join(root, 'tables'))).close();
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** What can happen to a file; `where` is a share of its length. */
const harms = {
  flip: async (path: string, where: number) => {
    const bytes = await readFile(path);
    const at = Math.floor(where * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await writeFile(path, bytes);
  },
  scribble: async (path: string, where: number) => {
    const bytes = await readFile(path);
    randomBytes(64).copy(bytes, Math.floor(where * bytes.length));
    await writeFile(path, bytes);
  },
  truncate: async (path: string, where: number) => truncate(path, Math.floor(where * (await readFile(path)).length)),
  empty: (path: string) => truncate(path, 0),
  remove: (path: string) => rm(path),
} satisfies Record<string, (path: string, where: number) => Promise<void>>;

const harm = fc.record({
  kind: fc.constantFrom(...kinds),
  harm: fc.constantFrom(...(Object.keys(harms) as (keyof typeof harms)[])),
  file: fc.noBias(fc.nat(999)),
  where: fc.noBias(fc.nat(9_999)).map((share) => share / 10_000),
});

describe('a damaged journal', () => {
  test('opens, gives every record that is whole, counts the rest, and uses no position twice', async () => {
    await fc.assert(
      fc.asyncProperty(harm, async ({ kind, harm: name, file, where }) => {
        const folder = await mkdtemp(join(root, 'run-'));
        await cp(join(root, kind), folder, { recursive: true });
        const files = [
          'marks',
          ...(await readdir(join(folder, 'level'))).filter((one) => !/^LO(CK|G)/.test(one)).map((one) => join('level', one)),
        ];
        const chosen = files[file % files.length] ?? 'marks';
        await harms[name](join(folder, chosen), where);

        const journal = await openIn(folder);
        const { records, positions, damaged } = await readAll(journal, 0, 20_000);
        expect(records.map(seqOf)).toEqual(positions);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
        expect(records.length + damaged).toBe(total);
        expect(await journal.health()).toMatchObject({ next: total, damagedRecords: damaged, withheld: false });

        await Promise.all(appendMany(journal, total, recordsEach));
        expect((await readAll(journal, total)).records.map(seqOf)).toEqual(
          Array.from({ length: recordsEach }, (_, index) => total + index),
        );
        await journal.close();
        const again = await openIn(folder);
        expect(await again.health()).toMatchObject({ next: total + recordsEach });
        await again.trim(total + recordsEach);
        expect(await again.health()).toMatchObject({ sizeBytes: 0 });
        await again.close();
        await rm(folder, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  test('by a byte of a record, before it is in tables, loses that record and no other', async () => {
    const source = join(root, 'long');
    const journal = await openIn(source);
    // Some commits lie within a page of LevelDB's log, some on several.
    for (let commit = 0; commit < 10; commit += 1) {
      await Promise.all(appendMany(journal, commit * recordsEach, recordsEach, commit % 3 === 1 ? 9_000 : 150));
    }
    await journal.close();
    /** Into a record's content, and into its length, which stands before its topic. */
    const hits = [0, 10, 17, 19, 20, 25, 44, 47, 73, 99].map((record) => ({ record, from: 3 }));
    for (const record of [17, 44, 90]) hits.push({ record, from: -16 - sampleRecord(record).topic.length });
    for (const { record, from } of hits) {
      const folder = await mkdtemp(join(root, 'run-'));
      await cp(source, folder, { recursive: true });
      const path = join(folder, 'level', (await readdir(join(folder, 'level'))).find((name) => name.endsWith('.log')) ?? '');
      const bytes = await readFile(path);
      const at = bytes.indexOf(`{"seq":${String(record)},`) + from;
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      await writeFile(path, bytes);

      const damaged = await openIn(folder);
      const whole = Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== record);
      expect(await readAll(damaged, 0)).toMatchObject({ positions: whole, damaged: 1 });
      expect(await damaged.health()).toMatchObject({ next: 100, damagedRecords: 1 });
      await damaged.close();
    }
  });

  test('that is damaged while it is open gives every record that is whole, and goes on', async () => {
    for (const where of [0.01, 0.3, 0.6, 0.95]) {
      const folder = await mkdtemp(join(root, 'run-'));
      await cp(join(root, 'tables'), folder, { recursive: true });
      const journal = await openIn(folder);
      const table = (await readdir(join(folder, 'level'))).find((name) => name.endsWith('.ldb')) ?? '';
      await scribbleInPlace(join(folder, 'level', table), where);

      const { records, positions, damaged } = await readAll(journal, 0, 20_000);
      expect(damaged).toBeGreaterThan(0);
      expect(records.map(seqOf)).toEqual(positions);
      expect(records.length + damaged).toBe(total);
      expect((await journal.health()).damagedRecords).toBeGreaterThan(0);
      await Promise.all(appendMany(journal, total, recordsEach));
      expect((await readAll(journal, total)).positions[0]).toBe(total);
      await journal.close();
    }
  });

  test.each(kinds)("whose data is whole loses nothing with LevelDB's CURRENT file, or its own marks (%s)", async (kind) => {
    for (const lost of [join('level', 'CURRENT'), 'marks']) {
      const folder = await mkdtemp(join(root, 'run-'));
      await cp(join(root, kind), folder, { recursive: true });
      await rm(join(folder, lost));
      const journal = await openIn(folder);
      expect(await journal.health()).toMatchObject({ first: 0, next: total, damagedRecords: 0 });
      expect((await readAll(journal, 0)).records.length).toBe(total);
      await journal.close();
    }
  });

  test('with nothing left but its marks goes on where it ended', async () => {
    const folder = await mkdtemp(join(root, 'run-'));
    await cp(join(root, 'tables', 'marks'), join(folder, 'marks'));
    const journal = await openIn(folder);
    expect(await journal.health()).toMatchObject({ first: 0, next: total, damagedRecords: total });
    expect(await journal.read(3, 1_000)).toMatchObject({ from: 3, next: total, records: [], damaged: total - 3 });
    await journal.close();
  });
});

test('a journal that another one has open is left alone', async () => {
  const folder = await mkdtemp(join(root, 'run-'));
  const journal = await openIn(folder);
  await expect(openIn(folder)).rejects.toMatchObject({ cause: { code: 'LEVEL_LOCKED' } });
  await journal.append(sampleRecord(0));
  expect((await readAll(journal, 0)).positions).toEqual([0]);
  await journal.close();
});

async function scribbleInPlace(path: string, where: number): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  await file.write(randomBytes(200), 0, 200, Math.floor(where * size));
  await file.close();
}
