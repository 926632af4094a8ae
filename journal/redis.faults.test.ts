/**
 * The journal on a real Redis: what every journal must do, and what a killed, hanging or refusing server does to it.
 */
import { pino } from 'pino';
import { systemClock, type Clock } from '../contract/clock.ts';
import { startRedis } from '../test/redis.ts';
import { journalSuite } from './journal.suite.ts';
import { openRedisJournal } from './redis.ts';
import type { Journal } from './journal.ts';

const hurried: Clock = { ...systemClock, after: (milliseconds, callback) => systemClock.after(milliseconds / 20, callback) };
const openOn = (url: string, limitBytes: number): Promise<Journal> =>
  openRedisJournal({ url, limitBytes, clock: hurried, log: pino({ level: 'silent' }) });

journalSuite('the journal on Redis', async () => {
  const server = await startRedis();
  return { open: (limitBytes) => openOn(server.url, limitBytes), remove: () => server.remove() };
});
