/**
 * The journal on Redis between processes: one appends, another reads, and either may end at any moment.
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hurried, reasonAgainstRedis, startRedis, type RedisServer } from '../test/redis.ts';
import type { Journal } from './journal.ts';
import { openRedisJournal } from './redis.ts';
import { sampleRecord, seqOf } from './sample.suite.ts';

const roomy = 256 * 1024 * 1024;
const plenty = 256 * 1024;
const soon = { timeout: 15_000 };
const noRedis = reasonAgainstRedis();

/** A process that appends; `durable` is what it has told of so far. */
interface Appender {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  durable: number;
  lines: number;
}

function startAppender(url: string, limitBytes = roomy): Appender {
  const script = new URL('./appender.suite.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, String(limitBytes)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const appender: Appender = { child, durable: 0, lines: 0 };
  createInterface(child.stdout).on('line', (line) => {
    appender.durable = Math.max(appender.durable, Number(line));
    appender.lines += 1;
  });
  return appender;
}

describe.skipIf(noRedis !== '')(`a journal between processes${noRedis}`, () => {
  let server: RedisServer;
  let journal: Journal;
  const children: ChildProcess[] = [];

  const start = (limitBytes?: number): Appender => {
    const appender = startAppender(server.url, limitBytes);
    children.push(appender.child);
    return appender;
  };
  const open = (): Promise<Journal> =>
    openRedisJournal({ url: server.url, limitBytes: roomy, clock: hurried, log: pino({ level: 'silent' }) });

  beforeEach(async () => {
    server = await startRedis();
    journal = await open();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await journal.close();
    await server.remove();
  });

  test('gives its reader everything once and in order, whichever of the two is killed or restarted', async () => {
    let next = 0;
    let durable = 0;
    const readTo = async (end: number): Promise<void> => {
      while (next < end) {
        const batch = await journal.read(next, plenty);
        expect(batch).toMatchObject({ from: next, damaged: 0 });
        expect(batch?.records.map(seqOf)).toEqual(batch?.positions);
        next = batch?.next ?? Number.NaN;
        await journal.trim(next - 20);
      }
    };
    for (const lines of [2, 40, 1, 23]) {
      const appender = start();
      await expect.poll(() => appender.lines, soon).toBeGreaterThanOrEqual(lines);
      await readTo(next + 30);
      const closed = once(appender.child, 'close');
      appender.child.kill('SIGKILL');
      await closed;
      durable = Math.max(durable, appender.durable);
      await journal.close();
      journal = await open();
      await readTo(durable);
    }
    const { next: end } = await journal.health();
    await readTo(end);
    expect([next, end >= durable]).toEqual([end, true]);
  });

  test('withholds at its bound in the one process, and goes on when the other one trims', async () => {
    const limitBytes = 200_000;
    const appender = start(limitBytes);
    await expect.poll(async () => (await journal.health()).withheld, soon).toBe(true);
    const full = await journal.health();
    expect(full.sizeBytes).toBeGreaterThan(0);
    expect(full.sizeBytes).toBeLessThanOrEqual(limitBytes);
    await journal.trim(full.next);
    await expect.poll(() => appender.durable, soon).toBeGreaterThan(full.next);
    await expect.poll(async () => (await journal.health()).withheld, soon).toBe(true);
    expect(await journal.read(full.next, plenty)).toMatchObject({ from: full.next, damaged: 0 });
  });

  test('that a second writer takes over ends the first one, with a sentence that says why', async () => {
    const appender = start();
    const said = text(appender.child.stderr);
    await expect.poll(() => appender.lines, soon).toBeGreaterThan(0);
    const ended = once(appender.child, 'exit');
    await journal.append(sampleRecord(0));
    expect(await ended).toEqual([1, null]);
    expect(await said).toContain('another writer has taken this journal over: each journal on Redis belongs to one broker');
  });
});
