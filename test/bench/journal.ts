/**
 * Section `journal`: how many appends a journal takes and how long each waits, embedded and on Redis, in turns.
 * 200 appenders with one record in flight each, as that many devices at QoS 1; a reader at the head reads and trims. The journal
 * and its load share this process, and redis-server is one beside it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../contract/clock.ts';
import type { Journal, JournalRecord } from '../../journal/journal.ts';
import { openLevelJournal } from '../../journal/level.ts';
import { openRedisJournal } from '../../journal/redis.ts';
import { reasonAgainstRedis, startRedis, type RedisServer } from '../redis.ts';
import { percentile, type Figure, type Findings } from './figures.ts';
import { watch } from './usage.ts';

const appenders = 200;
const payloadBytes = 300;
const rounds = 3;
const batchBytes = 1024 * 1024;

interface Tally {
  readonly ms: number[];
  seconds: number;
  cpuSeconds: number;
}

export async function journal(seconds: number): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-bench-journal-'));
  const server = reasonAgainstRedis() === '' ? await startRedis() : null;
  const options = { limitBytes: 1e9, clock: systemClock, log: pino({ level: 'silent' }) };
  const embedded: Tally = { ms: [], seconds: 0, cpuSeconds: 0 };
  const onRedis: Tally = { ms: [], seconds: 0, cpuSeconds: 0 };
  const finish = watch({ journal: process.pid, ...(server && { redis: server.pid }) });
  try {
    for (let round = 0; round < rounds; round += 1) {
      await load(await openLevelJournal({ folder, ...options }), seconds / rounds, embedded);
      if (server) await load(await openRedisJournal({ url: server.url, ...options }), seconds / rounds, onRedis);
    }
    const { cpuSeconds, otherCores } = finish();
    const conditions = `${String(appenders)} appenders of ${String(payloadBytes)} bytes, one in flight each, a reader that trims; in ${String(rounds)} turns`;
    return {
      conditions,
      figures: [...figuresOf('embedded', embedded), ...redisFigures(server, onRedis, cpuSeconds.redis ?? 0)],
      otherCores,
    };
  } finally {
    finish();
    await server?.remove();
    rmSync(folder, { recursive: true });
  }
}

/** Appends for that long, reads and trims beside it, closes the journal, and adds to the tally. */
async function load(to: Journal, seconds: number, tally: Tally): Promise<void> {
  const record: JournalRecord = {
    kind: 'telemetry',
    topic: 'bobbin/v1/emb/f001/w1/emb-0001/telemetry',
    receivedAt: systemClock.now(),
    payload: Buffer.alloc(payloadBytes, 'x'),
    payloadBytes,
  };
  const { next } = await to.health();
  const reading = readAndTrim(to, next);
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const until = begun + seconds * 1000;
  const append = async (): Promise<void> => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      await to.append(record);
      tally.ms.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: appenders }, append));
  const { user, system } = process.cpuUsage(cpu);
  tally.cpuSeconds += (user + system) / 1e6;
  tally.seconds += (performance.now() - begun) / 1000;
  await to.close();
  await reading;
}

async function readAndTrim(from: Journal, start: number): Promise<void> {
  for (let batch = await from.read(start, batchBytes); batch; batch = await from.read(batch.next, batchBytes)) {
    if (batch.damaged > 0 || batch.records.length === 0) throw new Error('the journal lost records');
    await from.trim(batch.next);
  }
}

function figuresOf(name: string, { ms, seconds, cpuSeconds }: Tally): Figure[] {
  return [
    { name: `${name}, appends`, value: ms.length / seconds, unit: 'records/s' },
    { name: `${name}, wait for an append, p50`, value: percentile(ms, 50), unit: 'ms', digits: 1 },
    { name: `${name}, wait for an append, p99`, value: percentile(ms, 99), unit: 'ms', digits: 1 },
    { name: `${name}, processor time an append, with its reader`, value: (cpuSeconds * 1e6) / ms.length, unit: 'µs', digits: 1 },
  ];
}

function redisFigures(server: RedisServer | null, tally: Tally, serverSeconds: number): Figure[] {
  if (!server) return [];
  const ofServer = {
    name: 'redis-server, processor time an append',
    value: (serverSeconds * 1e6) / tally.ms.length,
    unit: 'µs',
    digits: 1,
  };
  return [...figuresOf('on Redis', tally), ofServer];
}
