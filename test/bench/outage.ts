/**
 * Section `outage`: readings keep coming while InfluxDB is killed, refuses, hangs and breaks off, one after the other.
 * Comes in: how long altogether. Goes out: what of the readings came through, how live the screens stayed, and how long it took
 * until everything was stored. The run fails where a reading is missing or stored twice in the end.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { reasonAgainstInflux, startInflux, type Influx } from '../influx.ts';
import { startProxy, type Mischief, type Proxy } from '../proxy.ts';
import type { Findings } from './figures.ts';
import { serverFigures, underLoad, warmSeconds } from './load.ts';

const ratePerSecond = 3500;
/** What happens in turn, each for as long as the others; between them the server is as it should be. */
const troubles: Readonly<Record<string, Mischief | 'killed'>> = {
  killed: 'killed',
  'answering 429': answer(429),
  'answering 500': answer(500),
  'answering 503': answer(503),
  'answering 401': answer(401),
  hanging: 'hang',
  'cutting requests off': 'cut',
  'cutting answers off': 'cut-after',
};

export async function outage(seconds: number): Promise<Findings> {
  const reason = reasonAgainstInflux();
  if (reason !== '') throw new Error(`section outage${reason}`);
  const influx = await startInflux();
  const proxy = await startProxy(influx.url);
  try {
    const { load, acked, usage, health, drainMs } = await underLoad(
      { inFlight: 1000, seconds, ratePerSecond },
      {
        warmSeconds,
        settings: { BOBBIN_STORE: proxy.url },
        meanwhile: () => misbehave(influx, proxy, (seconds * 1000) / (Object.keys(troubles).length + 1)),
      },
    );
    const stored = await countOf(influx);
    if (stored !== acked) throw new Error(`${String(acked)} readings were acknowledged, InfluxDB holds ${String(stored)}`);
    return {
      conditions: `${String(ratePerSecond)} readings/s for ${String(seconds)} s into InfluxDB, which meanwhile was ${Object.keys(troubles).join(', ')}, in turn`,
      otherCores: usage.otherCores,
      figures: [
        { name: 'acknowledged', value: (load.acked * 1000) / load.elapsedMs, unit: 'readings/s' },
        { name: 'missing or stored twice', value: stored - acked, unit: 'readings', atMost: 0 },
        { name: 'to PUBACK, p99', value: load.latencyMs.p99, unit: 'ms', digits: 1 },
        { name: 'from receipt to live record, p99', value: health.latencyMs.p99, unit: 'ms', digits: 1 },
        ...serverFigures(usage, load),
        { name: 'readings not yet stored at the end', value: health.readings.pending, unit: 'readings' },
        { name: 'until everything was stored', value: drainMs / 1000, unit: 's', digits: 1 },
      ],
    };
  } finally {
    await proxy.close();
    await influx.remove();
  }
}

async function misbehave(influx: Influx, proxy: Proxy, eachMs: number): Promise<void> {
  for (const trouble of Object.values(troubles)) {
    if (trouble === 'killed') await influx.kill();
    else proxy.misbehave(() => trouble);
    await pause(eachMs * 0.8);
    if (trouble === 'killed') await influx.start();
    else proxy.behave();
    await pause(eachMs * 0.2);
  }
}

function answer(status: number): Mischief {
  return { status, body: '{"error":"not now"}' };
}

async function countOf(influx: Influx): Promise<number> {
  const answer = (await influx.ask('SELECT count("position") FROM "readings"', 'bobbin_raw')) as {
    results: { series?: { values: [number, number][] }[] }[];
  };
  return answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}
