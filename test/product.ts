/**
 * The product as a stranger meets it: a process of its own, reached only through its ports.
 * Comes in: settings and a data folder. Goes out: its addresses, an API client that is signed in, and ways to end it,
 * politely or not. Waits on what the product says and answers, never on time.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { HealthAnswer, NewUser } from '../contract/api.ts';
import type { IssuedDevice } from '../contract/devices.ts';
import { balanced } from './books.ts';

const root = join(import.meta.dirname, '..');
export const adminPassword = 'a password for tests 1';

export interface Product {
  readonly process: ChildProcess;
  readonly http: string;
  readonly mqttPort: number;
  /** Everything it has printed so far, a line each. */
  readonly printed: readonly string[];
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** A folder that goes away when the test asks. */
export function dataFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'bobbin-test-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Starts it on free ports, without simulators unless asked, and waits until it says where it is. */
export async function startProduct(folder: string, settings: Record<string, string> = {}): Promise<Product> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'main.ts'], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      BOBBIN_DATA: folder,
      BOBBIN_HTTP: '127.0.0.1:0',
      BOBBIN_MQTT: '127.0.0.1:0',
      BOBBIN_SIMULATE: '0',
      BOBBIN_PLANT: join(root, 'test', 'plants', 'always.yaml'),
      BOBBIN_ADMIN_PASSWORD: adminPassword,
      BOBBIN_LOG: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  const found: { http?: string; mqttPort?: number } = {};
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        printed.push(line);
        const http = /Dashboard\s+(https?:\/\/\S+)/.exec(line)?.[1];
        const port = /MQTT\s+mqtts?:\/\/\S+:(\d+)/.exec(line)?.[1];
        if (http !== undefined) found.http = http;
        if (port !== undefined) found.mqttPort = Number(port);
        if (line.includes('Ctrl-C')) resolve();
      });
    }
    child.once('exit', (code) => {
      reject(new Error(`the product ended with code ${String(code)} before it was ready:\n${printed.join('\n')}`));
    });
  });
  await ready;
  const { http, mqttPort } = found;
  if (http === undefined || mqttPort === undefined) throw new Error(`no addresses in:\n${printed.join('\n')}`);
  const gone = child.exitCode === null ? once(child, 'exit') : Promise.resolve([child.exitCode]);
  return {
    process: child,
    http,
    mqttPort,
    printed,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await gone) as [number | null];
      return code;
    },
  };
}

/** An API client with a session of its own. */
export class Client {
  readonly #product: Pick<Product, 'http'>;
  cookie = '';

  constructor(product: Pick<Product, 'http'>) {
    this.#product = product;
  }

  async signIn(username = 'admin', password = adminPassword): Promise<this> {
    const answer = await this.send('POST', '/session', { username, password });
    if (answer.status !== 200) throw new Error(`sign-in answered ${String(answer.status)}: ${await answer.text()}`);
    this.cookie = answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
    return this;
  }

  send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(`${this.#product.http}/api/v1${path}`, {
      method,
      headers: { cookie: this.cookie, origin: this.#product.http, ...type, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The answer's JSON; anything but success is the test's failure. */
  async get<T>(path: string): Promise<T> {
    const answer = await this.send('GET', path);
    if (!answer.ok) throw new Error(`GET ${path} answered ${String(answer.status)}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async issue(line: string): Promise<IssuedDevice> {
    const answer = await this.send('POST', '/devices', { line });
    if (!answer.ok) throw new Error(`POST /devices answered ${String(answer.status)}: ${await answer.text()}`);
    return { line, ...((await answer.json()) as { username: string; password: string }) };
  }

  health(): Promise<HealthAnswer> {
    return this.get<HealthAnswer>('/health');
  }

  /** Health once nothing is pending and `total` readings have been received; the identity holds at every look on the way. */
  async settled(total: number, timeoutMs = 30_000): Promise<HealthAnswer> {
    let health = await this.health();
    await expect
      .poll(
        async () => {
          health = await this.health();
          const { received, pending } = balanced(health);
          return { received, pending };
        },
        { timeout: timeoutMs, interval: 50 },
      )
      .toEqual({ received: total, pending: 0 });
    return health;
  }
}

export type Person = Omit<NewUser, 'password'>;
export const peoplesPassword = 'a password of theirs 2';

/** Accounts for people, each signed in, by user name. */
export async function signInPeople(product: Product, admin: Client, people: readonly Person[]): Promise<(username: string) => Client> {
  const clients = new Map<string, Client>();
  for (const person of people) {
    expect((await admin.send('POST', '/users', { ...person, password: peoplesPassword })).status).toBe(201);
    clients.set(person.username, await new Client(product).signIn(person.username, peoplesPassword));
  }
  return (username) => {
    const client = clients.get(username);
    if (!client) throw new Error(`there is no ${username}`);
    return client;
  };
}
