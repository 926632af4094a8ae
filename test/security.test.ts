/**
 * The product as somebody meets it who means no good: real processes, real sockets, a real browser. What each room sees to by itself is
 * tested beside its code; SECURITY.md says which test shows what.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { generate } from 'mqtt-packet';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HealthAnswer, UserAnswer } from '../contract/api.ts';
import type { IssuedDevice } from '../contract/devices.ts';
import type { LiveRecord } from '../contract/live.ts';
import { chromiumPath, connectDevice, inBrowser, openBrowser, signIn, tile, visit } from './browser.ts';
import { adminPassword, Client, dataFolder, startProduct, type Product } from './product.ts';
import { root } from './sources.ts';

const run = promisify(execFile);
const attack = `"><img src=x onerror="window.hacked=1"><script>window.hacked=2</script>{{7*7}}\${7*7}javascript:alert(1)`;
const folder = dataFolder();
/** Whatever must never be seen in a log. */
const secrets: string[] = [adminPassword, 'a wrong password 7'];
let product: Product;
let admin: Client;

beforeAll(async () => {
  const plant = join(folder.path, 'hostile.yaml');
  const yaml = readFileSync(join(root, 'test', 'plants', 'always.yaml'), 'utf8');
  writeFileSync(
    plant,
    yaml.replaceAll('Test Embroidery', () => JSON.stringify(attack)),
  );
  product = await startProduct(folder.path, { BOBBIN_LOG: 'trace', BOBBIN_PLANT: plant });
  admin = await new Client(product).signIn();
  secrets.push(admin.cookie.split('=')[1] ?? '');
}, 60_000);

afterAll(async () => {
  await product.stop();
  folder.remove();
});

async function issue(line: string): Promise<IssuedDevice & { topic: string }> {
  const { park, firm, workshop } = await admin.get<LiveRecord>(`/lines/${line}`);
  const device = await admin.issue(line);
  secrets.push(device.password);
  return { ...device, topic: `bobbin/v1/${park}/${firm}/${workshop}/${line}/telemetry` };
}

function open(): Promise<Socket> {
  const socket = connect({ port: product.mqttPort, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  return once(socket, 'connect').then(() => socket);
}

function residentBytes(): number {
  const status = readFileSync(`/proc/${String(product.process.pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Writes so many bytes as fast as they are taken, unless the other side has had enough. */
async function pour(socket: Socket, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += chunk.length) {
    if (!socket.write(chunk.subarray(0, bytes - sent)))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), ended]);
  }
}

const onLinux = process.platform === 'linux';
test.skipIf(!onLinux)(
  `fourteen connections with 100 MB each add less than 20 MB${onLinux ? '' : ' (skipped: memory is read from /proc)'}`,
  async () => {
    const size = 100_000_000;
    const devices = await Promise.all(Array.from({ length: 7 }, (_, index) => issue(`load-${String(index + 1).padStart(3, '0')}`)));
    const before = residentBytes();
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, residentBytes());
    }, 20);
    const known = devices.map(async ({ username, password, topic }) => {
      const socket = await open();
      const hello = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0, clientId: username } as const;
      socket.write(generate({ ...hello, username, password: Buffer.from(password) }));
      expect(await once(socket, 'data')).toEqual([Buffer.from([0x20, 2, 0, 0])]);
      const body = Buffer.concat([Buffer.from([0, topic.length]), Buffer.from(topic), Buffer.from([0, 1])]);
      let left = body.length + size;
      const length: number[] = [];
      do {
        length.push(left > 127 ? (left & 127) | 128 : left);
        left >>= 7;
      } while (left > 0);
      socket.write(Buffer.concat([Buffer.from([0x32, ...length]), body]));
      const answer = once(socket, 'data');
      await pour(socket, size);
      // Taken to its last byte, acknowledged, and counted as what it is.
      expect(await answer).toEqual([Buffer.from([0x40, 2, 0, 1])]);
      socket.destroy();
    });
    const strangers = Array.from({ length: 7 }, async () => {
      const socket = await open();
      socket.write(Buffer.from([0x10, 0x80, 0xc2, 0xd7, 0x2f]));
      await pour(socket, size);
      await (socket.destroyed || once(socket, 'close'));
    });
    await Promise.all([...known, ...strangers]);
    clearInterval(watching);
    expect((most - before) / 1e6).toBeLessThan(20);
    await expect.poll(async () => (await admin.health()).readings.rejected['too-large']).toBe(devices.length);
  },
);

test('a socket that says nothing is gone after five seconds, and so is one that says half of it', async () => {
  const begun = performance.now();
  const [silent, half] = await Promise.all([open(), open()]);
  half.write(Buffer.from([0x10, 0x20, 0, 4, 0x4d]));
  for (const socket of [silent, half]) socket.resume();
  await Promise.all([once(silent, 'close'), once(half, 'close')]);
  expect(performance.now() - begun).toBeGreaterThan(4000);
  expect(performance.now() - begun).toBeLessThan(7000);
});

test('a revoked device is cut off within a second, from the click to the end of its connection', async () => {
  const { username, password } = await issue('emb-0003');
  const url = `mqtt://127.0.0.1:${String(product.mqttPort)}`;
  const client = await mqtt.connectAsync(url, { clientId: username, username, password, reconnectPeriod: 0 });
  client.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => {
    client.once('close', resolve);
  });
  const begun = performance.now();
  expect((await admin.send('DELETE', `/devices/${username}`)).status).toBe(204);
  await gone;
  expect(performance.now() - begun).toBeLessThan(1000);
});

test('nobody can tell by the time it takes whether there is such a user', async () => {
  const time = async (username: string): Promise<number> => {
    const begun = performance.now();
    const answer = await new Client(product).send('POST', '/session', { username, password: 'a wrong password 7' });
    expect(answer.status).toBe(401);
    return performance.now() - begun;
  };
  await admin.send('POST', '/users', { username: 'known', password: 'long and secret', role: 'official' });
  secrets.push('long and secret');
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let round = 0; round < 5; round += 1) {
    known.push(await time('known'));
    unknown.push(await time(`unknown-${String(round)}`));
  }
  // The quickest of each: what a busy machine adds says nothing.
  const ratio = Math.min(...known) / Math.min(...unknown);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

test('a wall screen’s token opens it, and is a secret like any other', async () => {
  const { token } = (await (await admin.send('POST', '/screens', { name: 'Hall', shows: { kind: 'zone' } })).json()) as { token: string };
  const answer = await new Client(product).send('POST', '/session/screen', { token });
  expect(answer.status).toBe(200);
  secrets.push(token, /bobbin_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '');
  expect((await new Client(product).send('POST', '/session/screen', { token: `${token}x` })).status).toBe(401);
});

test('there is one account at the start and no default one', async () => {
  expect((await admin.get<UserAnswer[]>('/users')).map(({ username }) => username).filter((name) => name !== 'known')).toEqual(['admin']);
  for (const username of ['admin', 'supervisor', 'maintenance', 'official', 'root']) {
    const answer = await new Client(product).send('POST', '/session', { username, password: username });
    expect(answer.status).toBe(401);
  }
});

describe('the audit command', () => {
  const audit = (...args: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, ['--import', 'tsx', 'dashboard/server/audit-main.ts', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, BOBBIN_DATA: folder.path },
    });

  test('tells beside the running product that the trail holds, and takes entries along', async () => {
    const { stdout } = await audit('verify');
    expect(stdout).toMatch(/^The audit trail holds: \d+ entries, each as it was written\.\nIts head is \d+:[0-9a-f]{64}\n/);
    const [, head = ''] = /Its head is (\S+)/.exec(stdout) ?? [];
    expect((await audit('verify', '--head', head)).stdout).toContain('The audit trail holds');
    await expect(audit('verify', '--head', `1:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 1,
      stdout: 'The audit trail does NOT hold: entry 1 is not as it was written. What comes before it is as it was written.\n',
    });
    const rows = (await audit('export', '--action', 'device-issue', '--format', 'json')).stdout.trim().split('\n');
    expect(rows.map((row) => (JSON.parse(row) as { action: string }).action)).toEqual(rows.map(() => 'device-issue'));
    await expect(audit('verify', '--head', '1')).rejects.toMatchObject({ code: 1 });
  });
});

describe.skipIf(chromiumPath === null)(inBrowser, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  test('nothing that devices or the plant file say is taken for a page', async () => {
    const device = await connectDevice(product, admin, 'emb-0001');
    const ts = Math.floor(Date.now() / 1000) * 1000 - 5000;
    const short = attack.slice(0, 64);
    await device.publish({
      ts,
      state: 'running',
      hold: 3600,
      design: short,
      order: short,
      batch: short,
      product: short,
      m: { colour: attack, speed: 700 },
    });
    await device.publish({ ts: ts + 1, state: attack });
    await device.end();
    await expect.poll(async () => (await admin.health()).readings.pending).toBe(0);
    const { page, complaints } = await visit(browser, product, { as: admin });
    await tile(page, 'emb-0001').waitFor();
    expect(await page.locator('body').innerText()).toContain('onerror=');
    for (const path of ['/lines/emb-0001', '/devices', '/audit', '/reports', '/zone', `/?q=${encodeURIComponent(attack)}`]) {
      await page.goto(`${product.http}${path}`);
      await page.locator('h1').first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate('window.hacked'), path).toBeUndefined();
      expect(await page.locator('img[src=x], main script').count(), path).toBe(0);
    }
    await page.goto(`${product.http}/lines/emb-0001`);
    await page.getByText(short).first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the first password leads to choosing another, and then to the board', async () => {
    const fresh = dataFolder();
    const started = await startProduct(fresh.path, { BOBBIN_ADMIN_PASSWORD: '', BOBBIN_MQTT_OPEN: '1' });
    const [, first = ''] = /admin \/ (\S+) {3}\(shown only this once/.exec(started.printed.join('\n')) ?? [];
    expect(started.printed.join('\n')).toContain('OPEN BROKER');
    const { page, complaints } = await visit(browser, started);
    await signIn(page, 'admin', first);
    await page.getByRole('heading', { name: 'Choose your own password' }).waitFor();
    const fill = async (password: string, again = password): Promise<void> => {
      await page.locator('input[autocomplete=current-password]').fill(first);
      await page.locator('input[autocomplete=new-password]').first().fill(password);
      await page.locator('input[autocomplete=new-password]').last().fill(again);
      await page.locator('button[type=submit]').click();
    };
    await fill('one password', 'and another');
    await page.getByRole('alert').getByText('The two new passwords differ.').waitFor();
    await fill('woaini1314');
    await page.getByRole('alert').getByText('This password is too common. Choose another.').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Choose your own password' }).waitFor();
    await fill('only I know this');
    await page.getByRole('heading', { level: 1 }).getByText('Test').first().waitFor();
    await page.goto(`${started.http}/system`);
    await page.getByText('MQTT is open to every program on this machine').waitFor();
    await page.goto(`${started.http}/audit`);
    await page.getByRole('cell', { name: 'Changed their password' }).waitFor();
    expect(complaints.filter((complaint) => !/400|403/.test(complaint))).toEqual([]);
    const health = await (await new Client(started).signIn('admin', 'only I know this')).get<HealthAnswer>('/health');
    expect(health.mqttOpen).toBe(true);
    await page.context().close();
    await started.stop();
    fresh.remove();
  });

  test('the bundle holds the page and nothing of the server', () => {
    const dist = join(root, 'dashboard', 'web', 'dist');
    const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.filter(({ name }) => /\.(map|ts|env|db|pem)$/.test(name)).map(({ name }) => name)).toEqual([]);
    for (const { parentPath, name } of files.filter((file) => /\.(js|html|css|json)$/.test(file.name))) {
      const content = readFileSync(join(parentPath, name), 'utf8');
      for (const secret of secrets) expect(content.includes(secret), name).toBe(false);
      expect(content, name).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY|argon2id\$|process\.env\.BOBBIN|BOBBIN_(ADMIN|SYSTEM|INFLUX)_PASSWORD/);
    }
  });
});

test('no secret is in the log of all this, at its most talkative', () => {
  const log = product.printed.join('\n');
  expect(log.length).toBeGreaterThan(1000);
  expect(new Set(secrets).size).toBeGreaterThan(8);
  for (const secret of secrets) expect(log.includes(secret), secret).toBe(false);
  expect(log).not.toMatch(/\$argon2id\$|bobbin_session=/);
});
