/**
 * A real redis-server for tests: set as the journal needs it, in a folder of its own, behind a Unix socket.
 * Comes in: settings that are to differ. Goes out: its URL, and ways to end it, to kill it and to start it again. Where there is
 * no redis-server, a reason to skip.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock, type Clock } from '../contract/clock.ts';

const program = 'redis-server';
const safe = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'];

export interface RedisServer {
  readonly url: string;
  readonly folder: string;
  /** The server's process, to be stopped and continued with signals. */
  readonly pid: number;
  /** Resolves once it answers. `settings` are as on the command line, in place of the first start's. */
  start(settings?: readonly string[]): Promise<void>;
  /** SIGKILL, at once. */
  kill(): Promise<void>;
  /** Ends it in order, where it still runs, and keeps its folder. */
  stop(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Empty where there is a redis-server. */
export function reasonAgainstRedis(): string {
  return spawnSync(program, ['--version']).status === 0 ? '' : ' (skipped: there is no redis-server)';
}

export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-redis-'));
  const socket = join(folder, 'redis.sock');
  let child: ChildProcess | null = null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = null;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  };
  // A test that fails before it removes its server must not leave it behind.
  const reap = (): void => {
    child?.kill('SIGKILL');
  };
  process.on('exit', reap);
  const server: RedisServer = {
    url: `unix://${socket}`,
    folder,
    get pid() {
      return child?.pid ?? 0;
    },
    async start(changed = settings) {
      child = spawn(program, ['--port', '0', '--unixsocket', socket, '--dir', folder, ...safe, ...changed], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await ready(child);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async remove() {
      await end('SIGKILL');
      process.off('exit', reap);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** It says so once it has loaded its file and listens. */
async function ready(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  if (!child.stdout) throw new Error('redis-server has no output');
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (!/ready to accept connections/i.test(line)) continue;
    child.stdout.resume();
    return;
  }
  throw new Error(`redis-server did not start:\n${said.join('\n')}`);
}

/** For journals under test: pauses pass quickly; Redis is still given time to answer, on a busy machine as well. */
export const hurried: Clock = {
  ...systemClock,
  after: (milliseconds, callback) =>
    systemClock.after(milliseconds < 2_000 ? milliseconds / 20 : Math.max(2_000, milliseconds / 4), callback),
};
