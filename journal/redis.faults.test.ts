/**
 * The journal on a real Redis: what every journal must do, and what a killed, hanging, refusing, wrongly set or emptied
 * server does to it.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mountTmpfs, reasonAgainstMounts } from '../test/mounts.ts';
import { hurried, reasonAgainstRedis, startRedis, type RedisServer } from '../test/redis.ts';
import { textOf } from '../test/sources.ts';
import { journalSuite } from './journal.suite.ts';
import type { Journal } from './journal.ts';
import { openRedisJournal } from './redis.ts';
import { appendMany, readAll, sampleRecord, seqOf } from './sample.suite.ts';

const roomy = 64 * 1024 * 1024;
const plenty = 1024 * 1024;
const soon = { timeout: 15_000 };
const noRedis = reasonAgainstRedis();
const noMounts = reasonAgainstMounts();

const silent = pino({ level: 'silent' });
const openOn = (url: string, limitBytes = roomy, log = silent): Promise<Journal> =>
  openRedisJournal({ url, limitBytes, clock: hurried, log });

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe.skipIf(noRedis !== '')(`on a real redis-server${noRedis}`, () => {
  journalSuite('the journal on Redis', async () => {
    const server = await startRedis();
    return { open: (limitBytes) => openOn(server.url, limitBytes), remove: () => server.remove() };
  });

  describe('a server', () => {
    let server: RedisServer;
    let journal: Journal;
    beforeEach(async () => {
      server = await startRedis();
      journal = await openOn(server.url);
    });
    afterEach(async () => {
      await journal.close();
      await server.remove();
    });

    const command = async (...words: string[]): Promise<unknown> => {
      const client = await createClient({ url: server.url }).connect();
      try {
        return await client.sendCommand(words);
      } finally {
        client.destroy();
      }
    };
    const withheld = async (): Promise<boolean> => (await journal.health()).withheld;

    test('killed under load, again and again, loses no acknowledged record and gives none twice', async () => {
      let sent = 0;
      let acked = 0;
      let isOver = false;
      let killAt = Number.POSITIVE_INFINITY;
      let reached: () => void = () => undefined;
      const appender = async (): Promise<void> => {
        while (!isOver) {
          await journal.append(sampleRecord(sent++));
          acked += 1;
          if (acked >= killAt) reached();
        }
      };
      const seen: number[] = [];
      const reader = async (): Promise<void> => {
        for (let batch = await journal.read(0, 20_000); batch; batch = await journal.read(batch.next, 20_000)) {
          expect(batch.damaged).toBe(0);
          expect(batch.records.map(seqOf)).toEqual(batch.positions);
          seen.push(...batch.positions);
          if (batch.next % 3 === 0) await journal.trim(batch.next);
        }
      };
      const reading = reader();
      const appenders = numbers(0, 40).map(appender);
      for (const after of [1, 377, 90, 811, 5, 233, 1200, 61]) {
        await new Promise<void>((resolve) => {
          reached = resolve;
          killAt = acked + after;
        });
        killAt = Number.POSITIVE_INFINITY;
        await server.kill();
        await expect.poll(withheld, soon).toBe(true);
        await server.start();
      }
      isOver = true;
      await Promise.all(appenders);
      expect(acked).toBe(sent);
      await expect.poll(() => seen.length, soon).toBe(sent);
      expect(seen).toEqual(numbers(0, sent));
      expect(await journal.health()).toMatchObject({ withheld: false, next: sent, damagedRecords: 0 });
      await journal.close();
      await reading;
    });

    test('that hangs and wakes is given every record once, however often it was asked', async () => {
      await journal.close();
      const said: string[] = [];
      journal = await openOn(server.url, roomy, pino({}, { write: (line) => said.push(line) }));
      await Promise.all(appendMany(journal, 0, 10));
      process.kill(server.pid, 'SIGSTOP');
      const appends = appendMany(journal, 10, 10);
      // What it was sent before is still on its way to it.
      await expect.poll(() => said.some((line) => line.includes('Redis refuses writes')), soon).toBe(true);
      expect(await withheld()).toBe(true);
      const later = appendMany(journal, 20, 10);
      process.kill(server.pid, 'SIGCONT');
      await Promise.all([...appends, ...later]);
      // The reading side may still be waiting to be let in again.
      await expect.poll(() => journal.health(), soon).toMatchObject({ withheld: false, next: 30 });
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 30));
    });

    test('out of memory takes nothing, lets itself be read and trimmed, and goes on', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      await command('CONFIG', 'SET', 'maxmemory', '1');
      const appends = appendMany(journal, 10, 10);
      await expect.poll(withheld, soon).toBe(true);
      expect((await readAll(journal, 0)).positions).toEqual(numbers(0, 10));
      await journal.trim(10);
      expect(await journal.health()).toMatchObject({ first: 10, next: 10, sizeBytes: 0 });
      await command('CONFIG', 'SET', 'maxmemory', '0');
      await Promise.all(appends);
      expect((await readAll(journal, 10)).records.map(seqOf)).toEqual(numbers(10, 20));
    });

    test('that cannot save its snapshot takes nothing, lets itself be read, and goes on', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      const status = async (): Promise<unknown> => /rdb_last_bgsave_status:(\w+)/.exec(String(await command('INFO', 'persistence')))?.[1];
      mkdirSync(join(server.folder, 'dump.rdb'));
      await command('CONFIG', 'SET', 'save', '3600 1');
      await command('BGSAVE');
      await expect.poll(status, soon).toBe('err');
      const appends = appendMany(journal, 10, 10);
      await expect.poll(withheld, soon).toBe(true);
      expect((await readAll(journal, 0)).positions).toEqual(numbers(0, 10));
      rmdirSync(join(server.folder, 'dump.rdb'));
      await command('BGSAVE');
      await Promise.all(appends);
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 20));
    });

    test('that comes back with settings that break the promise is given nothing until they are right', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      await server.stop();
      await server.start(['--appendfsync', 'everysec']);
      const appends = appendMany(journal, 10, 10);
      await expect.poll(withheld, soon).toBe(true);
      expect(Number(await command('XLEN', 'bobbin:journal:0'))).toBe(1);
      await server.stop();
      await server.start([]);
      await Promise.all(appends);
      await expect.poll(withheld, soon).toBe(false);
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 20));
    });

    test('whose file was damaged gives every record that is whole, and counts the others', async () => {
      for (const from of [0, 10, 20]) await Promise.all(appendMany(journal, from, 10));
      await server.stop();
      const folder = join(server.folder, 'appendonlydir');
      const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.incr.aof')) ?? '');
      const bytes = readFileSync(file);
      bytes[bytes.indexOf('"seq":14') + 20] = 0;
      writeFileSync(file, bytes);
      await server.start();
      await expect.poll(withheld, soon).toBe(false);
      const { records, positions, damaged } = await readAll(journal, 0);
      expect(positions).toEqual(numbers(0, 30).filter((position) => position !== 14));
      expect([records.map(seqOf), damaged]).toEqual([positions, 1]);
      await readAll(journal, 0);
      expect((await journal.health()).damagedRecords).toBe(1);
    });

    test('from which somebody deleted an entry gives the others, and counts its records', async () => {
      for (const from of [0, 10, 20]) await Promise.all(appendMany(journal, from, 10));
      await command('XDEL', 'bobbin:journal:0', '11-0');
      expect(await readAll(journal, 5)).toMatchObject({ positions: [...numbers(5, 10), ...numbers(20, 30)], damaged: 10 });
      expect((await journal.health()).damagedRecords).toBe(10);
      await command('XDEL', 'bobbin:journal:0', '21-0');
      expect(await readAll(journal, 0)).toMatchObject({ positions: numbers(0, 10), damaged: 20 });
    });

    test('that comes back with an older file goes on after what was lost, and counts it', async () => {
      const [folder, older] = [join(server.folder, 'appendonlydir'), join(server.folder, 'older')];
      await Promise.all(appendMany(journal, 0, 10));
      cpSync(folder, older, { recursive: true });
      await Promise.all(appendMany(journal, 10, 10));
      await server.kill();
      rmSync(folder, { recursive: true });
      renameSync(older, folder);
      await server.start();
      await Promise.all(appendMany(journal, 20, 10));
      await expect.poll(withheld, soon).toBe(false);
      const { records, positions, damaged } = await readAll(journal, 0);
      expect([records.map(seqOf), damaged]).toEqual([positions, 10]);
      expect(positions).toEqual([...numbers(0, 10), ...numbers(20, 30)]);
      expect((await journal.health()).damagedRecords).toBe(10);
    });

    test('that was emptied is never given a position twice: by its writer, nor by its reader', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      await command('FLUSHALL');
      await Promise.all(appendMany(journal, 10, 10));
      expect(await readAll(journal, 10)).toMatchObject({ positions: numbers(10, 20), damaged: 0 });
      await journal.close();
      await command('FLUSHALL');
      journal = await openOn(server.url);
      // A broker that is there before the collector, which begins with what its store says.
      await Promise.all(appendMany(journal, 20, 5));
      expect((await readAll(journal, 0)).positions).toEqual(numbers(0, 5));
      await journal.trim(20);
      await Promise.all(appendMany(journal, 25, 5));
      const { records, positions } = await readAll(journal, 20);
      expect([records.map(seqOf), positions]).toEqual([numbers(20, 30), numbers(20, 30)]);
      await journal.trim(30);
      expect(await journal.health()).toMatchObject({ first: 30, next: 30, sizeBytes: 0, damagedRecords: 0 });
    });

    test('emptied under a reader, and filled again by a new writer, gives that reader all that is new', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      expect((await readAll(journal, 0)).positions).toEqual(numbers(0, 10));
      await command('FLUSHALL');
      const other = await openOn(server.url);
      for (const from of [10, 13]) await Promise.all(appendMany(other, from, 3));
      const first = await journal.read(10, plenty);
      expect(first?.records.map(seqOf)).toEqual(numbers(10, 16));
      expect(first).toMatchObject({ from: 10, next: 16, positions: numbers(10, 16), damaged: 0 });
      await Promise.all(appendMany(other, 16, 3));
      expect((await readAll(journal, 10)).records.map(seqOf)).toEqual(numbers(10, 19));
      await other.close();
    });

    test('emptied while its reader waits gives that reader nothing twice', async () => {
      await Promise.all(appendMany(journal, 0, 10));
      const other = await openOn(server.url);
      const waiting = other.read(10, plenty);
      await command('FLUSHALL');
      await expect.poll(async () => (await journal.health()).next, soon).toBe(10);
      await journal.append(sampleRecord(10));
      expect(await waiting).toMatchObject({ from: 10, next: 11, positions: [10], damaged: 0 });
      await other.close();
    });

    test('whose marks were deleted has them worked out from the stream', async () => {
      for (const from of [0, 10, 20]) await Promise.all(appendMany(journal, from, 10));
      await journal.trim(10);
      const before = await journal.health();
      await journal.close();
      await command('DEL', '{bobbin:journal:0}:marks');
      journal = await openOn(server.url);
      await Promise.all(appendMany(journal, 30, 10));
      await journal.trim(20);
      expect((await readAll(journal, 0)).positions).toEqual(numbers(20, 40));
      expect(await journal.health()).toMatchObject({ first: 20, next: 40, sizeBytes: before.sizeBytes, damagedRecords: 0 });
    });

    test('keeps positions beyond what a Lua number shows in full', async () => {
      const far = Number.MAX_SAFE_INTEGER - 1_000;
      await journal.trim(far);
      await Promise.all(appendMany(journal, 0, 10));
      expect(await journal.read(far + 3, plenty)).toMatchObject({ from: far + 3, next: far + 10, damaged: 0 });
      expect(await journal.health()).toMatchObject({ first: far, next: far + 10 });
    });
  });

  test.skipIf(noMounts !== '')(`a full disk ends Redis; with room and a restart everything goes on${noMounts}`, async () => {
    const server = await startRedis();
    await server.stop();
    const unmount = mountTmpfs(server.folder, 8);
    try {
      const ballast = join(server.folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc(6 * 1024 * 1024));
      await server.start();
      const journal = await openOn(server.url);
      const appends = appendMany(journal, 0, 150, 20_000);
      await expect.poll(async () => (await journal.health()).withheld, soon).toBe(true);
      rmSync(ballast);
      await server.stop();
      await server.start();
      await Promise.all(appends);
      await expect.poll(async () => (await journal.health()).withheld, soon).toBe(false);
      expect((await readAll(journal, 0)).records.map(seqOf)).toEqual(numbers(0, 150));
      await journal.close();
    } finally {
      await server.kill();
      unmount();
      await server.remove();
    }
  });

  describe('opening', () => {
    const refused: [about: string, settings: string[], says: RegExp][] = [
      ['keeps nothing on disk', ['--appendonly', 'no'], /set "appendonly yes"/],
      ['acknowledges before the fsync', ['--appendfsync', 'everysec'], /set "appendfsync always"/],
      ['leaves the fsync out at times', ['--no-appendfsync-on-rewrite', 'yes'], /set "no-appendfsync-on-rewrite no"/],
      ['drops data for want of memory', ['--maxmemory-policy', 'allkeys-lru'], /set "maxmemory-policy noeviction"/],
      ['does not say how it is set', ['--rename-command', 'CONFIG', ''], /allow this account CONFIG GET/],
      ['wants a password', ['--requirepass', 'secret'], /refuses this account/],
    ];
    test.each(refused)('is refused by a Redis that %s', async (_, settings, says) => {
      const server = await startRedis(...settings);
      await expect(openOn(server.url)).rejects.toThrow(says);
      await server.remove();
    });

    test('waits for a Redis that is not there yet, and needs no more of an account than the docs say', async () => {
      const rules = /^user bobbin on >\S+ (.*)$/m.exec(textOf('docs/redis.md'))?.[1]?.split(' ') ?? [];
      const server = await startRedis('--user', 'default', 'off', '--user', 'bobbin', 'on', '>secret', ...rules);
      await server.kill();
      const opening = openOn(server.url.replace('unix://', 'unix://bobbin:secret@'), 1_000);
      await server.start();
      const journal = await opening;
      await Promise.all(appendMany(journal, 0, 10));
      const waiting = journal.append(sampleRecord(10));
      await expect.poll(async () => (await journal.health()).withheld, soon).toBe(true);
      await journal.trim(10);
      await waiting;
      expect(await journal.read(10, plenty)).toMatchObject({ positions: [10] });
      const news = journal.read(12, plenty);
      await expect.poll(async () => (await journal.health()).next, soon).toBe(12);
      await journal.append(sampleRecord(12));
      expect(await news).toMatchObject({ positions: [12] });
      await journal.close();
      await server.remove();
    });
  });
});
