/**
 * Backup and restore, each by one command, of a product that runs under load and of one that is stopped: everything acknowledged before the
 * command is in it, once; alarms, accounts and the audit trail too. What may not be restored or started on is refused in plain words.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import Libsql from 'libsql';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { BatchRecord } from '../../contract/figures.ts';
import { openPublishers, type Publishers } from '../load/publisher.ts';
import { Client, dataFolder, peoplesPassword, signInPeople, startProduct, type Product } from '../product.ts';
import { root } from '../sources.ts';

const lines = Array.from({ length: 8 }, (_, index) => `load-00${String(index + 1)}`);
const readingsAtOnce = 50;
const base = Date.now() - 3_600_000;
const place = dataFolder();
const running = join(place.path, 'data');
const backups = join(place.path, 'backups');
const accounts: { line: string; username: string; password: string; topic: string }[] = [];
let product: Product;

beforeAll(async () => {
  product = await startProduct(running);
}, 180_000);

afterAll(async () => {
  await product.kill();
  place.remove();
});

/** A command, as `npm run` runs it: its exit code and all it said. */
async function command(file: 'backup.ts' | 'restore.ts', folder: string, data: string): Promise<{ code: number; said: string }> {
  const env = { PATH: process.env.PATH, BOBBIN_DATA: data };
  const child = spawn(process.execPath, ['--import', 'tsx', file, folder], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>]);
  return { code, said: out + complaints };
}

function publish(many: number): Promise<Publishers> {
  const reading = (n: number): string =>
    `{"ts":${String(base + n * 10)},"state":"running","hold":3600,"batch":"one","m":{"stitches":${String(n)}}}`;
  return openPublishers({
    ...{ host: '127.0.0.1', port: product.mqttPort, clients: accounts, inFlight: 5, ratePerSecond: 800 },
    nextPayload: (_, n) => `[${Array.from({ length: many }, (_one, index) => reading(n * many + index)).join(',')}]`,
  });
}

const acknowledged = (publishers: Publishers): number[] => lines.map((_, index) => publishers.acknowledged(index).before);
const sumOf = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

test('made under load and restored elsewhere, it has everything acknowledged before the command, once', { timeout: 180_000 }, async () => {
  const admin = await new Client(product).signIn();
  await signInPeople(product, admin, [{ username: 'wang', role: 'maintenance', scope: { firms: ['load'] }, language: 'zh' }]);
  for (const line of lines) {
    accounts.push({ ...(await admin.issue(line)), topic: `bobbin/v1/emb/load/w1/${line}/telemetry` });
  }
  const first = await publish(1);
  first.start();
  await expect.poll(() => first.acked, { timeout: 20_000 }).toBeGreaterThan(2_000);
  const alarm = await raised(admin);
  expect((await admin.send('POST', `/alarms/${alarm.id}/acknowledge`)).status).toBe(200);
  const before = acknowledged(first);
  const made = await command('backup.ts', join(backups, 'one'), running);
  expect(made).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^Backup made in \S+: store [\d.]+ MB, journal [\d.]+ MB, .* s\.\n$/) as string,
  });
  // It went on meanwhile, and goes on.
  const after = first.acked;
  expect(after).toBeGreaterThan(sumOf(before));
  await expect.poll(() => first.acked, { timeout: 20_000 }).toBeGreaterThan(after + 200);
  await first.stop();
  const sent = first.sent;
  const { readings } = await admin.settled(sent + 1);
  expect(readings.stored).toBe(sent + 1);
  first.close();
  await product.kill();

  const elsewhere = join(place.path, 'elsewhere');
  expect(await command('restore.ts', join(backups, 'one'), elsewhere)).toMatchObject({ code: 0 });
  product = await startProduct(elsewhere);
  const restored = await new Client(product).signIn();
  await new Client(product).signIn('wang', peoplesPassword);
  await expect.poll(async () => (await restored.health()).readings.pending, { timeout: 20_000 }).toBe(0);
  const kept = (await restored.health()).readings;
  expect(kept.stored).toBeGreaterThanOrEqual(sumOf(before) + 1);
  expect(await restored.get<AlarmRecord[]>('/alarms?line=emb-0001&state=acknowledged')).toMatchObject([
    { id: alarm.id, acknowledgedBy: 'admin' },
  ]);
  for (const [index, line] of lines.entries()) {
    const total = async (): Promise<number> => (await restored.get<BatchRecord[]>(`/lines/${line}/batches`))[0]?.readings.total ?? 0;
    await expect.poll(total, { timeout: 20_000 }).toBeGreaterThanOrEqual(before[index] ?? Infinity);
  }

  // Everything once more, and a little besides: what was restored is known.
  const second = await publish(readingsAtOnce);
  second.start();
  const enough = Math.ceil(sent / lines.length / readingsAtOnce) + 1;
  await expect.poll(() => Math.min(...acknowledged(second)), { timeout: 60_000 }).toBeGreaterThan(enough);
  await second.stop();
  const again = second.sent * readingsAtOnce;
  const settled = (await restored.settled(kept.received + again)).readings;
  expect(settled.stored).toBe(again + 1);
  expect(settled.duplicate - kept.duplicate).toBe(kept.stored - 1);
  second.close();
  expect(await product.stop()).toBe(0);
});

/** A fault, and the alarm that it raises. */
async function raised(admin: Client): Promise<AlarmRecord> {
  const { username, password } = await admin.issue('emb-0001');
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(product.mqttPort)}`, { username, password, clientId: username });
  await client.publishAsync('bobbin/v1/emb/f001/w1/emb-0001/telemetry', JSON.stringify({ stop: 'machine-error', hold: 3600 }), { qos: 1 });
  await client.endAsync();
  let found: AlarmRecord | undefined;
  await expect.poll(async () => ([found] = await admin.get<AlarmRecord[]>('/alarms?line=emb-0001')), { timeout: 10_000 }).toHaveLength(1);
  if (!found) throw new Error('there is one');
  return found;
}

test(
  'of a product that is stopped it is as whole; nothing is overwritten, and half a backup or half a restore is refused',
  { timeout: 120_000 },
  async () => {
    const elsewhere = join(place.path, 'elsewhere');
    const two = join(backups, 'two');
    expect(await command('backup.ts', two, elsewhere)).toMatchObject({ code: 0 });
    expect(await command('backup.ts', two, elsewhere)).toMatchObject({
      code: 1,
      said: expect.stringContaining('is there already') as string,
    });
    expect(await command('backup.ts', join(backups, 'three'), join(place.path, 'nowhere'))).toMatchObject({ code: 1 });
    expect(existsSync(join(backups, 'three'))).toBe(false);
    expect(await command('restore.ts', two, elsewhere)).toMatchObject({
      code: 1,
      said: expect.stringContaining('nothing is ever overwritten') as string,
    });

    const third = join(place.path, 'third');
    expect(await command('restore.ts', two, third)).toMatchObject({ code: 0 });
    product = await startProduct(elsewhere);
    const expected = (await (await new Client(product).signIn()).health()).readings;
    expect(await product.stop()).toBe(0);
    product = await startProduct(third);
    const admin = await new Client(product).signIn();
    await expect.poll(async () => (await admin.health()).readings, { timeout: 10_000 }).toEqual(expected);
    expect(await product.stop()).toBe(0);

    rmSync(join(two, 'backup.json'));
    expect(await command('restore.ts', two, join(place.path, 'fourth'))).toMatchObject({
      code: 1,
      said: expect.stringContaining('no backup') as string,
    });
    writeFileSync(join(third, 'restore-unfinished'), '');
    await expect(startProduct(third)).rejects.toThrow('was not restored to its end');
    rmSync(join(third, 'restore-unfinished'));
  },
);

test(
  'a data folder of an older version is brought up to date at the start, one of a newer version, or one that cannot be read, is refused with a sentence',
  { timeout: 120_000 },
  async () => {
    const third = join(place.path, 'third');
    const edit = async (sql: string): Promise<void> => {
      const instance = await DuckDBInstance.create(join(third, 'store', 'bobbin.duckdb'));
      const connection = await instance.connect();
      await connection.run(sql);
      connection.disconnectSync();
      instance.closeSync();
    };
    // From before formats were noted, before days were summed up, before passwords for one time and a chained audit trail.
    rmSync(join(third, 'format'));
    await edit(`UPDATE layout SET version = 2`);
    for (const table of await minuteTables(third)) await edit(`ALTER TABLE ${table} DROP COLUMN count`);
    const old = new Libsql(join(third, 'accounts.db'));
    old.exec(
      'drop trigger audit_keeps; drop trigger audit_stays; alter table audit drop column hash; alter table users drop column one_time',
    );
    old.close();
    rmSync(join(third, 'audit.head'), { force: true });
    product = await startProduct(third);
    const admin = await new Client(product).signIn();
    for (const line of lines) expect(await admin.get<BatchRecord[]>(`/lines/${line}/batches`)).toHaveLength(1);
    expect(readFileSync(join(third, 'format'), 'utf8')).toBe('1\n');
    expect(await product.stop()).toBe(0);

    await edit('UPDATE layout SET version = 99');
    await expect(startProduct(third)).rejects.toThrow(/^.*\nThe store was written by a newer version of Bobbin \(layout 99;/m);
    truncateSync(join(third, 'store', 'bobbin.duckdb'), 100_000);
    await expect(startProduct(third)).rejects.toThrow(/^.*\nThe store's file \S+ cannot be opened: .*restore a backup/m);
    writeFileSync(join(third, 'format'), '99\n');
    await expect(startProduct(third)).rejects.toThrow(/was written by a newer version of Bobbin \(format 99;/);
    await expect(startProduct(join(third, 'format'))).rejects.toThrow(/The data folder \S+ cannot be used: it is not a folder\./);
    const newer = join(place.path, 'newer');
    mkdirSync(newer);
    for (const name of ['backup.json', 'format']) writeFileSync(join(newer, name), '99\n');
    expect(await command('restore.ts', newer, join(place.path, 'fourth'))).toMatchObject({
      code: 1,
      said: expect.stringContaining('newer version') as string,
    });
  },
);

async function minuteTables(folder: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(join(folder, 'store', 'bobbin.duckdb'));
  const connection = await instance.connect();
  const rows = await (await connection.run(`SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'minutes_%'`)).getRows();
  connection.disconnectSync();
  instance.closeSync();
  return rows.map(([name]) => name as string);
}
