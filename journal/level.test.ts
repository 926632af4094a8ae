/**
 * The embedded journal: what every journal must do, and what a killed process, a full disk and a deep backlog do to it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../contract/clock.ts';
import { mountTmpfs, reasonAgainstMounts } from '../test/mounts.ts';
import { journalSuite } from './journal.suite.ts';
import type { Journal } from './journal.ts';
import { openLevelJournal } from './level.ts';
import { appendMany, readAll, seqOf } from './sample.suite.ts';

const roomy = 256 * 1024 * 1024;
const hurried: Clock = { ...systemClock, after: (milliseconds, callback) => systemClock.after(milliseconds / 20, callback) };

const openIn = (folder: string, limitBytes = roomy): Promise<Journal> =>
  openLevelJournal({ folder, limitBytes, clock: hurried, log: pino({ level: 'silent' }) });

journalSuite('the embedded journal', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bobbin-journal-'));
  return { open: (limitBytes) => openIn(folder, limitBytes), remove: () => rm(folder, { recursive: true, force: true }) };
});

describe('the embedded journal, besides', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bobbin-journal-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('reads a backlog far larger than its memory, and gives its space back', async () => {
    const journal = await openIn(folder);
    const each = 100_000;
    for (let count = 0; count < 2_000; count += 100) await Promise.all(appendMany(journal, count, 100, each));
    expect((await journal.health()).sizeBytes).toBeGreaterThan(2_000 * each);
    let seen = 0;
    while (seen < 2_000) {
      const batch = await journal.read(seen, 4 * 1024 * 1024);
      expect(batch?.damaged).toBe(0);
      for (const record of batch?.records ?? []) {
        expect(seqOf(record)).toBe(seen);
        seen += 1;
      }
    }
    await journal.trim(2_000);
    await journal.close();
    await (await openIn(folder)).close();
    expect(bytesIn(join(folder, 'level'))).toBeLessThan(80 * 1024 * 1024);
  });

  test('gives space back over short lives, too', async () => {
    for (let end = 500; end <= 2_000; end += 500) {
      const journal = await openIn(folder);
      for (let count = end - 500; count < end; count += 100) await Promise.all(appendMany(journal, count, 100, 100_000));
      await journal.trim(end);
      await journal.close();
    }
    expect(bytesIn(join(folder, 'level'))).toBeLessThan(130e6);
  });

  test('has everything that was durable when its process was killed, round after round', async () => {
    for (const lines of [3, 40, 1, 120, 17]) {
      const durable = await killAfter(folder, lines);
      const journal = await openIn(folder);
      const { first, next, damagedRecords } = await journal.health();
      const { records, positions, damaged } = await readAll(journal, 0);
      expect(next).toBeGreaterThanOrEqual(durable);
      expect([damaged, damagedRecords]).toEqual([0, 0]);
      expect(positions).toEqual(Array.from({ length: next - first }, (_, index) => first + index));
      expect(records.map(seqOf)).toEqual(positions);
      await journal.close();
    }
  });

  const noMounts = reasonAgainstMounts();

  test.skipIf(noMounts !== '')(`withholds while the disk is full, loses nothing, and goes on once there is room${noMounts}`, async () => {
    const unmount = mountTmpfs(join(folder, 'disk'), 20);
    try {
      const ballast = join(folder, 'disk', 'ballast');
      writeFileSync(ballast, Buffer.alloc(17 * 1024 * 1024));
      const journal = await openIn(join(folder, 'disk', 'journal'));
      const appends = appendMany(journal, 0, 300, 20_000);
      await expect.poll(async () => (await journal.health()).withheld).toBe(true);
      const { next: durable } = await journal.health();
      expect(durable).toBeGreaterThan(0);
      expect(durable).toBeLessThan(300);
      await Promise.all(appends.slice(0, durable));
      expect((await readAll(journal, 0)).positions.length).toBe(durable);
      const more = appendMany(journal, 300, 10, 20_000);

      rmSync(ballast);
      await Promise.all([...appends, ...more]);
      expect(await journal.health()).toMatchObject({ withheld: false, next: 310, damagedRecords: 0 });
      await journal.close();
      const again = await openIn(join(folder, 'disk', 'journal'));
      const { records, damaged } = await readAll(again, 0);
      expect([records.map(seqOf), damaged]).toEqual([Array.from({ length: 310 }, (_, index) => index), 0]);
      await again.close();
    } finally {
      unmount();
    }
  });
});

/** Lets a process append until it has told of that many durable groups, kills it, and gives what it had told by then. */
async function killAfter(folder: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', new URL('./appender.suite.ts', import.meta.url).pathname, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let durable = 0;
  let seen = 0;
  for await (const line of createInterface(child.stdout)) {
    durable = Number(line);
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  }
  expect(seen).toBeGreaterThanOrEqual(lines);
  return durable;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name }) => sum + statSync(join(folder, name)).size, 0);
}
