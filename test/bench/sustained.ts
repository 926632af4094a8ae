/**
 * Section `sustained`: the product with InfluxDB as its store under a steady load, everything beside each other on this machine.
 * Comes in: for how long. Goes out: whether storing keeps up, how current the screens stay, and what it all costs. The run fails
 * where a reading is lost, doubled or rejected.
 */
import { reasonAgainstInflux, startInflux } from '../influx.ts';
import type { Findings } from './figures.ts';
import { serverFigures, underLoad, warmSeconds } from './load.ts';

const ratePerSecond = 10_000;

export async function sustained(seconds: number): Promise<Findings> {
  const reason = reasonAgainstInflux();
  if (reason !== '') throw new Error(`section sustained${reason}`);
  const influx = await startInflux();
  try {
    const { load, usage, health, drainMs } = await underLoad(
      { inFlight: 1000, seconds, ratePerSecond },
      { warmSeconds, settings: { BOBBIN_STORE: influx.url }, beside: { influxd: influx.pid } },
    );
    return {
      conditions: `${String(ratePerSecond)} readings/s of six metrics for ${String(seconds)} s into InfluxDB, after ${String(warmSeconds)} s of the same`,
      otherCores: usage.otherCores,
      figures: [
        { name: 'acknowledged', value: (load.acked * 1000) / load.elapsedMs, unit: 'readings/s', atLeast: ratePerSecond * 0.99 },
        { name: 'to PUBACK, p99', value: load.latencyMs.p99, unit: 'ms', digits: 1 },
        { name: 'from receipt to live record, p99', value: health.latencyMs.p99, unit: 'ms', digits: 1, atMost: 250 },
        ...serverFigures(usage, load),
        { name: 'influxd, cores', value: (usage.cpuSeconds.influxd ?? 0) / usage.seconds, unit: 'cores', digits: 2 },
        { name: 'readings not yet stored at the end', value: health.readings.pending, unit: 'readings', atMost: 5 * ratePerSecond },
        { name: 'until everything was stored', value: drainMs / 1000, unit: 's', digits: 1 },
      ],
    };
  } finally {
    await influx.remove();
  }
}
