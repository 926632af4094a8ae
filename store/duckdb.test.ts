/** The embedded store: what every store must do, and what sealing, retention, a new plant file and a kill do to this one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../contract/clock.ts';
import { workshopPlant } from '../test/workshop.ts';
import { openDuckdbStore } from './duckdb.ts';
import { storeSuite } from './store.suite.ts';

const log = pino({ level: 'silent' });
const retention = { rawDays: 14, rawBytes: 1e12, minuteYears: 5 };

storeSuite('the embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bobbin-store-'));
  return {
    open: () => openDuckdbStore({ folder, plant: workshopPlant(), retention, clock: systemClock, log }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
});
