/**
 * The load generator as a process of its own, so that it does not share a thread with what it measures.
 * Comes in: its job as one line of JSON on stdin, later lines "stop", "reconnect". Goes out: JSON lines on stdout: ready,
 * then progress every second, broken connections, and at the end what was sent and acknowledged. SIGTERM stops it too.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { openPublishers, type Publishers } from './publisher.ts';
import { readingSource } from './readings.ts';

const jobSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int(),
  clients: z.array(z.strictObject({ username: z.string(), password: z.string(), topic: z.string() })).min(1),
  inFlight: z.int().positive(),
  ratePerSecond: z.number().positive().optional(),
  /** How long to send; absent: until told to stop. */
  seconds: z.number().positive().optional(),
  /** Time stamps of the readings. */
  timing: z.union([z.literal('now'), z.strictObject({ from: z.int(), stepMs: z.int() })]).default('now'),
});
export type LoadJob = z.input<typeof jobSchema>;

/** What the process says, one a line. Times are milliseconds. */
export type LoadReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'broken'; readonly client: number; readonly reason: string | null }
  | ({ readonly kind: 'progress' | 'done' } & LoadFigures);

export interface LoadFigures {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly resent: number;
  readonly acked: number;
  readonly connected: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  readonly cpuMs: number;
}

const progressMs = 1000;

function report(line: LoadReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function figuresOf(publishers: Publishers, startedAt: number): LoadFigures {
  const { sent, resent, acked, connected, latencies } = publishers;
  const at = (percentile: number): number => latencies.percentile(percentile) / 1000;
  const { user, system } = process.cpuUsage();
  return {
    elapsedMs: performance.now() - startedAt,
    ...{ sent, resent, acked, connected },
    latencyMs: { p50: at(50), p95: at(95), p99: at(99), max: latencies.max / 1000 },
    cpuMs: (user + system) / 1000,
  };
}

async function run(lines: AsyncIterator<string>): Promise<void> {
  const job = jobSchema.parse(JSON.parse(String((await lines.next()).value)));
  const { seconds, timing, ratePerSecond, ...rest } = job;
  const publishers = await openPublishers({
    ...rest,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    nextPayload: readingSource(timing, () => Date.now()),
    onBroken: (client, error) => {
      report({ kind: 'broken', client, reason: error?.message ?? null });
    },
  });
  report({ kind: 'ready' });

  const startedAt = performance.now();
  publishers.start();
  const progress = setInterval(() => {
    report({ kind: 'progress', ...figuresOf(publishers, startedAt) });
  }, progressMs);
  await untilTold(lines, publishers, seconds);
  clearInterval(progress);
  await publishers.stop();
  report({ kind: 'done', ...figuresOf(publishers, startedAt) });
  publishers.close();
  process.stdin.destroy();
}

/** Resolves when the time is up, at "stop" or SIGTERM, and at the end of stdin where no time was set: no parent, no load. */
function untilTold(lines: AsyncIterator<string>, publishers: Publishers, seconds: number | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (seconds !== undefined) setTimeout(resolve, seconds * 1000).unref();
    process.once('SIGTERM', () => {
      resolve();
    });
    const listen = async (): Promise<void> => {
      let line = await lines.next();
      for (; !line.done && line.value !== 'stop'; line = await lines.next()) {
        if (line.value === 'reconnect') await publishers.reconnect();
      }
      if (!line.done || seconds === undefined) resolve();
    };
    listen().catch(reject);
  });
}

await run(createInterface(process.stdin)[Symbol.asyncIterator]());
