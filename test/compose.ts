/**
 * What the containers of docker-compose.yml run, as processes on loopback: the same commands and the same environment, with
 * service names, ports and volumes translated. Comes in: values for the file's variables. Goes out: services that can be started,
 * killed and started again. What only an image does (users, mounts, InfluxDB's first administrator) is not looked at here.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parse } from 'yaml';
import { root, textOf } from './sources.ts';

interface ServiceFile {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}

/** What is to differ from the file: variables set, words added to the command. */
export interface Changes {
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

export interface Service {
  readonly name: string;
  /** What it printed so far, a chunk each. */
  readonly printed: readonly string[];
  /** Resolves once it is healthy by the same question as in the container, asked on loopback. */
  start(changes?: Changes): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

export interface Composition {
  readonly ports: Readonly<Record<'mqtt' | 'redis' | 'influx' | 'dashboard', number>>;
  service(name: string): Service;
  /** Kills what still runs and removes all data. */
  remove(): Promise<void>;
}

/** Every service gets `extra` on top of its environment. */
export async function compose(values: Readonly<Record<string, string>>, extra: Readonly<Record<string, string>>): Promise<Composition> {
  const { services } = parse(textOf('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ServiceFile>;
  };
  const folder = mkdtempSync(join(tmpdir(), 'bobbin-compose-'));
  const [mqtt, redis, influx, dashboard, broker, collector, rpc] = await freePorts(7);
  const inner: Record<string, number> = { broker, collector, dashboard };
  const folderOf = (volume: string): string => {
    const path = join(folder, volume);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const running = new Map<string, ChildProcess>();

  const translate = (text: string, name: string, { volumes = [] }: ServiceFile): string => {
    const mounts = volumes.map((volume) => volume.split(':'));
    const [volume = `own-${name}`] = mounts.find(([, path]) => path === '/data') ?? [];
    return interpolated(text, values)
      .replace(/\b(redis):6379/, `127.0.0.1:${String(redis)}`)
      .replace('influxdb:8086', `127.0.0.1:${String(influx)}`)
      .replace(/(broker|0\.0\.0\.0):1883/, `127.0.0.1:${String(mqtt)}`)
      .replace(/(127\.0\.0\.1|0\.0\.0\.0):8080/, `127.0.0.1:${String(inner[name] ?? 0)}`)
      .replace(/^\/data\b/, folderOf(volume));
  };
  /** How the servers that are not ours learn what the image or the network would tell them. */
  const surroundings: Record<string, { args?: string[]; env?: Record<string, string> }> = {
    redis: { args: ['--port', String(redis), '--bind', '127.0.0.1'] },
    influxdb: {
      env: {
        INFLUXDB_CONFIG_PATH: '/dev/null',
        INFLUXDB_BIND_ADDRESS: `127.0.0.1:${String(rpc)}`,
        INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${String(influx)}`,
        INFLUXDB_META_DIR: join(folderOf('store'), 'meta'),
        INFLUXDB_DATA_DIR: join(folderOf('store'), 'data'),
        INFLUXDB_DATA_WAL_DIR: join(folderOf('store'), 'wal'),
      },
    },
  };
  const healthy: Record<string, () => Promise<boolean>> = {
    redis: () => accepts(redis),
    influxdb: () => answers(`http://127.0.0.1:${String(influx)}/ping`),
    simulators: () => accepts(mqtt),
  };

  const serviceOf = (name: string, file: ServiceFile): Service => {
    const ownImage = file.image.startsWith('bobbin:');
    const printed: string[] = [];
    const ended = async (signal: NodeJS.Signals): Promise<number | null> => {
      const child = running.get(name);
      running.delete(name);
      if (child?.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
      const gone = once(child, 'exit');
      child.kill(signal);
      const [code] = (await gone) as [number | null];
      return code;
    };
    return {
      name,
      printed,
      async start({ environment = {}, words = [] } = {}) {
        const [command = '', ...args] = file.command.map((word) => translate(word, name, file));
        const given = { ...(ownImage ? imageEnvironment() : {}), ...file.environment };
        const env = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, translate(value, name, file)]));
        const { args: more = [], env: others = {} } = surroundings[name] ?? {};
        const child = spawn(command === 'node' ? process.execPath : command, [...args, ...more, ...words], {
          cwd: root,
          env: { PATH: process.env.PATH, ...env, ...others, ...(ownImage ? extra : {}), ...environment },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        running.set(name, child);
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
        const isHealthy = healthy[name] ?? (() => answers(`http://127.0.0.1:${String(inner[name])}/api/v1/health`));
        await vi.waitFor(
          async () => {
            if (child.exitCode !== null) throw new Error(`${name} ended with code ${String(child.exitCode)}:\n${printed.join('')}`);
            if (!(await isHealthy())) throw new Error(`${name} is not healthy:\n${printed.join('')}`);
          },
          { timeout: 30_000, interval: 50 },
        );
      },
      async kill() {
        await ended('SIGKILL');
      },
      stop: () => ended('SIGTERM'),
    };
  };
  const all = new Map(Object.entries(services).map(([name, file]) => [name, serviceOf(name, file)]));
  return {
    ports: { mqtt, redis, influx, dashboard },
    service(name) {
      const service = all.get(name);
      if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
      return service;
    },
    async remove() {
      await Promise.all([...all.values()].map((service) => service.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `${NAME:?…}` and `${NAME:-…}`, as compose reads them. */
function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(:\?|:-)([^}]*)\}/g, (_match, name: string, kind: string, rest: string) => {
    const value = values[name] ?? (kind === ':-' ? rest : undefined);
    if (value === undefined) throw new Error(`${name} ${rest}`);
    return value;
  });
}

/** What the image sets by itself. */
function imageEnvironment(): Record<string, string> {
  const pairs = /^ENV (.*)$/m.exec(textOf('Dockerfile'))?.[1]?.matchAll(/(\w+)=(\S+)/g) ?? [];
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => null);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

/** Held all at once, so that no two are the same. */
async function freePorts(count: 7): Promise<[number, number, number, number, number, number, number]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number, number, number, number, number, number];
}
