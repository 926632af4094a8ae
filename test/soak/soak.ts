/**
 * The product at a steady rate for as long as wanted, with its books, its memory and its latency looked at all along. Comes in: minutes, readings a
 * second. Goes out: what was seen, a row for every step, and what is wrong. It fails where a reading is lost, doubled or rejected, or the books are off.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { underLoad, warmSeconds } from '../bench/load.ts';
import { pidOf } from '../bench/usage.ts';
import { balanced } from '../books.ts';

export interface Row {
  readonly minute: number;
  readonly residentMb: number;
  readonly storedMillions: number;
  readonly pending: number;
  /** From receipt to live record, of the last while. */
  readonly liveP99Ms: number;
  readonly journalMb: number;
}

export interface Soak {
  readonly minutes: number;
  readonly ratePerSecond: number;
  readonly acked: number;
  readonly pubackMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly cpuMicroseconds: number;
  readonly otherCores: number;
  /** From the last acknowledgement until everything was stored. */
  readonly drainSeconds: number;
  readonly rows: readonly Row[];
  /** The most of the third quarter and of the last one; memory that leaks grows between them. */
  readonly residentMb: { readonly third: number; readonly last: number };
}

const steps = 30;
/** What garbage collection makes of it from one quarter to the next. */
export const growthShare = 0.1;

export async function soak(minutes: number, ratePerSecond: number): Promise<Soak> {
  const rows: Row[] = [];
  const stepMs = (minutes * 60_000) / steps;
  const { load, acked, usage, drainMs } = await underLoad(
    { inFlight: 1000, seconds: minutes * 60, ratePerSecond },
    {
      warmSeconds,
      async meanwhile(product, admin) {
        const begun = performance.now();
        for (let step = 1; step <= steps; step += 1) {
          await pause(begun + step * stepMs - performance.now());
          const health = await admin.health();
          const { stored, pending } = balanced(health);
          rows.push({
            minute: (step * minutes) / steps,
            residentMb: residentMb(pidOf(product.process)),
            storedMillions: stored / 1e6,
            pending,
            liveP99Ms: health.latencyMs.p99,
            journalMb: health.journal.sizeBytes / 1e6,
          });
        }
      },
    },
  );
  const most = (from: number, to: number): number => Math.max(...rows.slice(from * steps, to * steps).map((row) => row.residentMb));
  return {
    ...{ minutes, ratePerSecond, acked, rows },
    pubackMs: load.latencyMs,
    cpuMicroseconds: ((usage.cpuSeconds.server ?? 0) * 1e6) / load.acked,
    otherCores: usage.otherCores,
    drainSeconds: drainMs / 1000,
    residentMb: { third: most(0.5, 0.75), last: most(0.75, 1) },
  };
}

function residentMb(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1000);
}
