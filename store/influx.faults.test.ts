/**
 * The store on a real InfluxDB: the suite that holds for every store. Runs with the system tests, since it starts a server.
 */
import { pino } from 'pino';
import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../contract/clock.ts';
import { reasonAgainstInflux, startInflux, type Influx } from '../test/influx.ts';
import { workshopPlant } from '../test/workshop.ts';
import { openInfluxStore } from './influx.ts';
import { storeSuite } from './store.suite.ts';

const log = pino({ level: 'silent' });
const everything = { rawDays: Infinity, rawBytes: Infinity, minuteYears: Infinity };
const missing = reasonAgainstInflux();

describe.skipIf(missing !== '')(`InfluxDB${missing}`, () => {
  let influx: Influx;
  let number = 0;
  beforeAll(async () => {
    influx = await startInflux();
  });
  afterAll(() => influx.remove());

  storeSuite('the store on InfluxDB', () => {
    const database = `suite-${String((number += 1))}`;
    return Promise.resolve({
      open: () => openInfluxStore({ url: influx.url, database, plant: workshopPlant(), retention: everything, clock: systemClock, log }),
      remove: async () => {
        await influx.ask(`DROP DATABASE "${database}"`);
        await influx.ask(`DROP DATABASE "${database}_raw"`);
      },
    });
  });
});
