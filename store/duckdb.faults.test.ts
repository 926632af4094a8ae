/**
 * The embedded store when the disk is full or its process is killed: what was durable stays, and it goes on by itself.
 * Runs with the system tests, since it fills a file system and kills processes of its own.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import type { Reading } from '../contract/reading.ts';
import { mountTmpfs, reasonAgainstMounts } from '../test/mounts.ts';
import { workshopPlant } from '../test/workshop.ts';
import { openDuckdbStore } from './duckdb.ts';
import { all, dayMs, inOrder, minuteMs, put, sampleReadings, start } from './sample.suite.ts';
import type { Store } from './store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bobbin-store-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function open(at: string): Promise<Store> {
  const retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 5 };
  return openDuckdbStore({ folder: at, plant: workshopPlant(), retention, clock: systemClock, log: pino({ level: 'silent' }) });
}

const noMounts = reasonAgainstMounts();
test.skipIf(noMounts !== '')(`goes on where it was once a full disk has room again${noMounts}`, async () => {
  const unmount = mountTmpfs(join(folder, 'disk'), 56);
  try {
    const ballast = join(folder, 'disk', 'ballast');
    await writeFile(ballast, Buffer.alloc(20 * 1024 * 1024));
    const store = await open(join(folder, 'disk', 'store'));
    const given: Reading[] = [];
    const next = (): Reading[] => sampleReadings('mill-1', start + given.length * 1000, 2000);
    let fault: unknown = null;
    while (fault === null) {
      const batch = next();
      fault = await put(store, batch).then(
        () => {
          given.push(...batch);
          return null;
        },
        (error: unknown) => error,
      );
    }
    // Here it is a checkpoint that finds the disk full, after which DuckDB refuses everything.
    expect(fault).toMatchObject({ message: expect.stringContaining('No space left on device') as string });
    await expect(put(store, next())).rejects.toThrow();
    await rm(ballast);
    expect((await store.cursor()).position).toBe(given.length);
    await put(store, next());
    given.push(...next());
    expect(await all(store, ['mill-1'], 0, start + 9 * dayMs, ['made'])).toHaveLength(given.length);
    expect((await store.size()).readings).toBe(given.length);
    await store.close();
  } finally {
    unmount();
  }
});

test('has its rows and its cursor agree whenever its process is killed', async () => {
  let durable = 0;
  for (const [kill, batches] of [3, 40, 1, 90, 17].entries()) {
    durable = await killAfter(folder, batches);
    const store = await open(folder);
    const { position, counts } = await store.cursor();
    expect(position).toBeGreaterThanOrEqual(durable);
    expect(counts.stored).toBe(position);
    expect(await all(store, ['mill-1'])).toEqual(inOrder(written(position)));
    expect((await store.size()).readings).toBe(position);
    const minutes = await store.minutes(['mill-1'], 0, start + 99 * dayMs);
    const unique = new Set(minutes.map(({ minute }) => minute));
    expect(unique.size).toBe(minutes.length);
    // A kill may fall between a batch and the minute it is in.
    expect(unique.size).toBeGreaterThanOrEqual(Math.floor((position * 1000) / minuteMs) - kill - 1);
    await store.close();
  }
  expect(durable).toBeGreaterThan(5_000);
});

/** What the writer has written by a position: batches of 50, each beginning its count anew. */
function written(position: number): Reading[] {
  return Array.from({ length: position / 50 }, (_, index) => sampleReadings('mill-1', start + index * 50_000, 50)).flat();
}

/** Lets a writer write until it has told of so many durable batches, kills it, and gives the last position it told of. */
async function killAfter(folder: string, batches: number): Promise<number> {
  const writer = spawn(process.execPath, ['--import', 'tsx', new URL('./writer.suite.ts', import.meta.url).pathname, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => writer.once('exit', resolve));
  let position = 0;
  let told = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    position = Number(line);
    told += 1;
    if (told === batches) writer.kill('SIGKILL');
  }
  await exited;
  expect(told).toBeGreaterThanOrEqual(batches);
  return position;
}
