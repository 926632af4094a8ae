/**
 * A real InfluxDB for tests: Debian's `influxd` on free ports of its own, in a temporary folder, with a configuration made
 * for it. Comes in: nothing. Goes out: its URL, and ways to stop, kill and start it again on the same data.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../contract/clock.ts';

export interface Influx {
  readonly url: string;
  /** Of the process that runs; 0 while none does. */
  readonly pid: number;
  /** Asks the server a statement as its administrator would. */
  ask(statement: string, database?: string): Promise<unknown>;
  /** SIGKILL: as if the power went. */
  kill(): Promise<void>;
  /** Starts it again on the data it left. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** Another InfluxDB to run the suite on, where the environment names one. */
export function givenInflux(): { readonly url: string; readonly token?: string | undefined; readonly org?: string | undefined } | null {
  const { BOBBIN_TEST_INFLUX_URL: url, BOBBIN_TEST_INFLUX_TOKEN: token, BOBBIN_TEST_INFLUX_ORG: org } = process.env;
  return url === undefined ? null : { url, token, org };
}

export const administrator = { user: 'root', password: 'only for tests' };

/** Empty where `influxd` can be started. */
export function reasonAgainstInflux(): string {
  const { error } = spawnSync('influxd', ['version'], { stdio: 'ignore' });
  return error ? ' (skipped: influxd is not installed)' : '';
}

/** With `authentication`, only `administrator` may use it. */
export async function startInflux({ authentication = false } = {}): Promise<Influx> {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-influx-'));
  const [http, rpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${String(http)}`;
  const config = join(folder, 'influxdb.conf');
  writeFileSync(config, configOf(folder, http, rpc, authentication));
  let running: ChildProcess | null = null;
  // Whatever becomes of the tests, it goes with them.
  process.once('exit', () => running?.kill('SIGKILL'));

  const start = async (): Promise<void> => {
    const started = spawn('influxd', ['run', '-config', config], { stdio: 'ignore' });
    running = started;
    await untilAnswers(url, () => started.exitCode !== null);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = running;
    running = null;
    if (ending?.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  const ask = async (statement: string, database = ''): Promise<unknown> => {
    const headers = authentication
      ? { authorization: `Basic ${Buffer.from(`${administrator.user}:${administrator.password}`).toString('base64')}` }
      : undefined;
    const query = new URLSearchParams({ q: statement, db: database, epoch: 'ms' });
    const answer = await fetch(`${url}/query`, { method: 'POST', body: query, ...(headers ? { headers } : {}) });
    return answer.json();
  };
  await start();
  if (authentication) await ask(`CREATE USER "${administrator.user}" WITH PASSWORD '${administrator.password}' WITH ALL PRIVILEGES`);
  return {
    url,
    get pid() {
      return running?.pid ?? 0;
    },
    ask,
    start,
    kill: () => end('SIGKILL'),
    async remove() {
      // It would take its time to say good-bye to data that nobody needs.
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configOf(folder: string, http: number, rpc: number, authentication: boolean): string {
  return `
    reporting-disabled = true
    bind-address = "127.0.0.1:${String(rpc)}"
    [meta]
      dir = "${folder}/meta"
    [data]
      dir = "${folder}/data"
      wal-dir = "${folder}/wal"
      query-log-enabled = false
    [monitor]
      store-enabled = false
    [http]
      bind-address = "127.0.0.1:${String(http)}"
      auth-enabled = ${String(authentication)}
      log-enabled = false
    [subscriber]
      enabled = false
    [continuous_queries]
      enabled = false
  `;
}

async function untilAnswers(url: string, isOver: () => boolean): Promise<void> {
  const until = systemClock.now() + 20_000;
  for (;;) {
    const answer = await fetch(`${url}/ping`).catch(() => null);
    if (answer?.ok) return;
    if (isOver()) throw new Error('influxd ended as soon as it was started');
    if (systemClock.now() > until) throw new Error('influxd does not answer');
    await new Promise<void>((resolve) => {
      systemClock.after(50, resolve);
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
