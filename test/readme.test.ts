/**
 * The README's way to connect a real machine, typed in as it stands: its plant file, its commands, another vendor's MQTT client.
 * Only the ports are others, and what each command answers is looked at.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveRecord } from '../contract/live.ts';
import { Client, dataFolder, startProduct, type Product } from './product.ts';
import { textOf } from './sources.ts';

const commands = ['bash', 'curl', 'mosquitto_pub'];
const missing = commands.filter((command) => !(process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, command))));
const folder = dataFolder();
let product: Product;

const blocks = [...textOf('README.md').matchAll(/```(?:sh|yaml)\n([\s\S]*?)```/g)].map(([, block = '']) => block);
const [plant = '', start = '', signIn = '', machine = ''] = blocks;

beforeAll(async () => {
  writeFileSync(join(folder.path, 'my-plant.yaml'), plant);
  const settings: Record<string, string> = {};
  for (const [, name = '', quoted, bare = ''] of start.matchAll(/(BOBBIN_\w+)=(?:'([^']*)'|(\S+))/g)) settings[name] = quoted ?? bare;
  expect(settings).toMatchObject({ BOBBIN_SIMULATE: '0', BOBBIN_PLANT: 'my-plant.yaml' });
  product = await startProduct(folder.path, {
    ...settings,
    BOBBIN_PLANT: join(folder.path, 'my-plant.yaml'),
    BOBBIN_DATA: join(folder.path, 'my-data'),
  });
}, 60_000);

afterAll(async () => {
  await product.stop();
  folder.remove();
});

test.skipIf(missing.length > 0)(`a machine is on the board by following the README (needs ${commands.join(', ')})`, async () => {
  const script = `set -euo pipefail\n${signIn}\n${machine}`
    .replaceAll('http://127.0.0.1:8080', product.http)
    .replaceAll('-p 1883', `-p ${String(product.mqttPort)}`);
  const printed = execFileSync('bash', ['-c', script], { cwd: folder.path, encoding: 'utf8', timeout: 30_000 });
  expect(printed).toContain('"username":"admin"');
  expect(printed).toContain('"username":"my-press"');
  expect(printed).toContain('"id":"my-press"');

  const admin = await new Client(product).signIn('admin', /"password":"([^"]+)"/.exec(signIn)?.[1]);
  expect((await admin.settled(2)).readings).toMatchObject({ stored: 2, rejected: {} });
  await expect
    .poll(() => admin.get<LiveRecord>('/lines/my-press'))
    .toMatchObject({ state: 'stopped', stop: 'weight-check', batch: '1', metrics: { tbl_speed: 0, produced: 12 } });
});
