/**
 * A process made to be killed: appends to a journal as fast as it takes it, and trims an embedded one now and then.
 * Comes in: a folder or a Redis URL, and the bound in bytes. Goes out: on stdout, one line a group that is durable, with
 * the position before which everything is. Record n is always `sampleRecord(n)`. Never ends by itself.
 */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { systemClock } from '../contract/clock.ts';
import type { Journal } from './journal.ts';
import { sampleRecord } from './sample.suite.ts';

const recordsEach = 50;
const kept = 5_000;
const stdout = 1;

const [place = '', limit = String(256 * 1024 * 1024)] = process.argv.slice(2);
const isShared = place.includes('://');
const options = {
  limitBytes: Number(limit),
  clock: { ...systemClock, after: (milliseconds: number, callback: () => void) => systemClock.after(milliseconds / 8, callback) },
  log: pino({ level: 'silent' }),
};
const journal = await open();
for (let { next } = await journal.health(); ; next += recordsEach) {
  // Not awaited: the next group fills while this one is written, as under real load.
  const end = next + recordsEach;
  const group = Array.from({ length: recordsEach }, (_, index) => journal.append(sampleRecord(next + index)));
  const durable = Promise.all(group).then(() => {
    writeSync(stdout, `${String(end)}\n`);
  });
  if (!isShared && end % (kept / 10) === 0) void journal.trim(end - kept);
  if (end % (4 * recordsEach) === 0) await durable;
}

/** Loads one kind of journal only: this process is started often, and its tests wait for it. */
async function open(): Promise<Journal> {
  if (!isShared) return (await import('./level.ts')).openLevelJournal({ folder: place, ...options });
  return (await import('./redis.ts')).openRedisJournal({ url: place, ...options });
}
