/**
 * Section `away`: InfluxDB is gone for long while readings keep coming, and is back. Comes in: how long it is gone. Goes out: how live the screens stayed
 * meanwhile, how fast the backlog was worked off beside what kept coming, and how live the screens stayed then. The run fails where the books are
 * off at any look, or a reading is missing or stored twice in the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { HealthAnswer } from '../../contract/api.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { balanced } from '../books.ts';
import { reasonAgainstInflux, startInflux, type Influx } from '../influx.ts';
import type { Client } from '../product.ts';
import { percentile, type Findings } from './figures.ts';
import { loadedFirm, serverFigures, underLoad, warmSeconds } from './load.ts';

const ratePerSecond = 3500;
const lookEveryMs = 500;
/** As long again as it may take to catch up, and a little: readings keep coming until it has. */
const afterShare = 0.4;
const afterSeconds = 15;
const leastSpeed = 5;
const mostLagMs = 2000;

interface Look {
  readonly atMs: number;
  readonly stored: number;
  readonly pending: number;
  /** How long ago the newest reading of the line that is furthest behind was measured, as a screen would show it. */
  readonly lagMs: number;
  readonly journalBytes: number;
}

export async function away(seconds: number): Promise<Findings> {
  const reason = reasonAgainstInflux();
  if (reason !== '') throw new Error(`section away${reason}`);
  const influx = await startInflux();
  const [gone, back]: [Look[], Look[]] = [[], []];
  try {
    const { load, usage, drainMs } = await underLoad(
      { inFlight: 1000, seconds: Math.ceil(seconds * (1 + afterShare)) + afterSeconds, ratePerSecond },
      {
        ...{ warmSeconds, settings: { BOBBIN_STORE: influx.url }, beside: { influxd: influx.pid } },
        meanwhile: (_product, admin) => takeAway(influx, admin, seconds, gone, back),
      },
    );
    const [first, last] = [back[0], back.at(-1)];
    if (!first || !last) throw new Error('nothing was looked at');
    const catchingUpSeconds = (last.atMs - first.atMs) / 1000;
    const speed = (last.stored - first.stored) / catchingUpSeconds / ratePerSecond;
    const lag = (looks: readonly Look[], percent: number): number =>
      percentile(
        looks.map(({ lagMs }) => lagMs),
        percent,
      );
    return {
      conditions: `${String(ratePerSecond)} readings/s into InfluxDB, which was gone for ${String(seconds)} s; readings kept coming while the backlog was worked off`,
      otherCores: usage.otherCores,
      figures: [
        { name: 'backlog when it was back', value: first.pending, unit: 'readings' },
        { name: 'journal at its longest', value: Math.max(...gone.map(({ journalBytes }) => journalBytes)) / 1e6, unit: 'MB' },
        { name: 'live lag while it was gone, p99', value: lag(gone, 99), unit: 'ms', atMost: mostLagMs },
        { name: 'backlog worked off in', value: catchingUpSeconds, unit: 's', digits: 1 },
        { name: 'speed of that, new readings included', value: speed, unit: '× real time', digits: 1, atLeast: leastSpeed },
        { name: 'live lag meanwhile, p99', value: lag(back, 99), unit: 'ms', atMost: mostLagMs },
        { name: 'live lag meanwhile, longest', value: lag(back, 100), unit: 'ms' },
        { name: 'to PUBACK, p99', value: load.latencyMs.p99, unit: 'ms', digits: 1 },
        ...serverFigures(usage, load),
        { name: 'until everything was stored, after the last reading', value: drainMs / 1000, unit: 's', digits: 1 },
      ],
    };
  } finally {
    await influx.remove();
  }
}

async function takeAway(influx: Influx, admin: Client, seconds: number, gone: Look[], back: Look[]): Promise<void> {
  const begun = performance.now();
  await influx.kill();
  while (performance.now() - begun < seconds * 1000) {
    gone.push(await look(admin));
    await pause(lookEveryMs);
  }
  await influx.start();
  // Worked off when no more waits than comes in within a second.
  for (let pending = Infinity; pending > ratePerSecond;) {
    const seen = await look(admin);
    back.push(seen);
    ({ pending } = seen);
    await pause(lookEveryMs);
  }
}

async function look(admin: Client): Promise<Look> {
  const health: HealthAnswer = await admin.health();
  const { stored, pending } = balanced(health);
  const lines = await admin.get<LiveRecord[]>(`/lines?firm=${loadedFirm}`);
  const oldest = lines.reduce((least, { ts }) => Math.min(least, ts ?? 0), Infinity);
  return { atMs: performance.now(), stored, pending, lagMs: Date.now() - oldest, journalBytes: health.journal.sizeBytes };
}
