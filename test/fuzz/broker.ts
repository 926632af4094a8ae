/**
 * The broker that is fuzzed, as a process of its own: real listener, real accounts, a journal that forgets.
 * Comes in: over IPC, questions about its memory. Goes out: over IPC, its port and accounts, then its answers. It ends with an error of
 * its own where anything reached the journal that a line may not say, and at whatever nobody has caught.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startBroker } from '../../broker/broker.ts';
import { openDeviceAccounts } from '../../broker/devices.ts';
import { systemClock } from '../../contract/clock.ts';
import type { IssuedDevice } from '../../contract/devices.ts';
import { topicOf } from '../../contract/topics.ts';
import { loadPlant } from '../../plants/loader.ts';
import { root } from '../sources.ts';

export interface Ready {
  readonly port: number;
  readonly devices: (IssuedDevice & { readonly topic: string; readonly status: string; readonly command: string })[];
}

export interface Measured {
  /** What lives, after the garbage has been collected. */
  readonly liveBytes: number;
  readonly sessions: number;
  readonly records: number;
  readonly refusals: Record<string, number>;
}

const folder = mkdtempSync(join(tmpdir(), 'bobbin-fuzz-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
process.on('disconnect', () => process.exit(0));
process.on('warning', (warning) => {
  throw warning;
});

const plant = loadPlant({ plantFile: join(root, 'test', 'plants', 'always.yaml'), equipmentFolder: join(root, 'equipment') });
const accounts = openDeviceAccounts(join(folder, 'devices.db'), systemClock);
const allowed = new Set([...plant.lines.values()].map((line) => topicOf(line, 'telemetry')));
let records = 0;
const broker = await startBroker({
  tcp: { host: '127.0.0.1', port: 0 },
  devices: accounts,
  journal: {
    append({ topic, payload }) {
      if (!allowed.has(topic) || payload.length > 262_144) throw new Error(`the journal was given ${JSON.stringify(topic)}`);
      records += 1;
      return Promise.resolve();
    },
  },
  plant,
  clock: systemClock,
  log: pino({ level: 'silent' }),
});

process.on('message', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ liveBytes: heapUsed + external, sessions: broker.sessions(), records, refusals: broker.refusals() } satisfies Measured);
});
const devices = accounts.issueAll([...plant.lines.keys()].slice(0, 32)).map((account) => {
  const line = plant.lines.get(account.line);
  if (!line) throw new Error('an account without a line');
  return { ...account, topic: topicOf(line, 'telemetry'), status: topicOf(line, 'status'), command: topicOf(line, 'command') };
});
process.send?.({ port: broker.address.port, devices } satisfies Ready);
