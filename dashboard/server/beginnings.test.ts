/**
 * What a start does with accounts: the first admin once, demo accounts only in demo mode, the same passwords again.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import { adminPassword, startStage } from './stage.suite.ts';

test('the first start makes up a password for admin and tells it once', async () => {
  const dataFolder = temporaryFolder();
  const first = await startStage({ dataFolder, adminPassword: null });
  const password = first.dashboard.firstPassword ?? '';
  expect(password).toMatch(/^\w{16}$/);
  expect((await first.visitor().signIn('admin', password)).status).toBe(200);
  const second = await startStage({ dataFolder, adminPassword: null });
  expect(second.dashboard.firstPassword).toBeNull();
  expect((await second.visitor().signIn('admin', password)).status).toBe(200);
});

test('a given password is taken on the first start only', async () => {
  const dataFolder = temporaryFolder();
  expect((await startStage({ dataFolder })).dashboard.firstPassword).toBeNull();
  const second = await startStage({ dataFolder, adminPassword: 'another one' });
  expect((await second.visitor().signIn('admin', 'another one')).status).toBe(401);
  expect((await second.visitor().signIn('admin', adminPassword)).status).toBe(200);
});

test('demo accounts stand for the other roles, keep their passwords, and are gone without demo mode', async () => {
  const dataFolder = temporaryFolder();
  const file = join(dataFolder, 'demo-accounts.json');
  const first = await startStage({ dataFolder, demo: true });
  const told = first.dashboard.demoAccounts;
  expect(told.map(({ username }) => username)).toEqual(['supervisor', 'maintenance', 'official']);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(told);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const scopes = [{ firms: ['f1'] }, { parks: ['emb', 'med'] }, {}];
  for (const [index, { username, password }] of told.entries()) {
    const answer = await first.visitor().signIn(username, password);
    expect(answer).toMatchObject({ status: 200, body: { username, role: username, scope: scopes[index] } });
  }
  expect((await startStage({ dataFolder, demo: true })).dashboard.demoAccounts).toEqual(told);
  const real = await startStage({ dataFolder, demo: false });
  expect(real.dashboard.demoAccounts).toEqual([]);
  expect(() => statSync(file)).toThrow();
  expect((await real.visitor().signIn('official', told[2]?.password ?? '')).status).toBe(401);
});

test('a lost or damaged file of demo passwords means new passwords', async () => {
  const dataFolder = temporaryFolder();
  const file = join(dataFolder, 'demo-accounts.json');
  const first = await startStage({ dataFolder, demo: true });
  rmSync(file);
  const second = await startStage({ dataFolder, demo: true });
  expect(second.dashboard.demoAccounts).not.toEqual(first.dashboard.demoAccounts);
  writeFileSync(file, '{');
  const third = await startStage({ dataFolder, demo: true });
  for (const { username, password } of third.dashboard.demoAccounts)
    expect((await third.visitor().signIn(username, password)).status).toBe(200);
});

test('a demo account that was given another password, and a name that is taken, are not told', async () => {
  const dataFolder = temporaryFolder();
  const real = await startStage({ dataFolder });
  await (await real.signedIn('admin')).post('/users', { username: 'official', password: 'my own words', role: 'official' });
  const demo = await startStage({ dataFolder, demo: true });
  expect(demo.dashboard.demoAccounts.map(({ username }) => username)).toEqual(['supervisor', 'maintenance']);
  await (await demo.signedIn('admin')).ask('PATCH', '/users/maintenance', { password: 'my own words' });
  const again = await startStage({ dataFolder, demo: true });
  expect(again.dashboard.demoAccounts.map(({ username }) => username)).toEqual(['supervisor']);
  expect((await (await startStage({ dataFolder })).visitor().signIn('official', 'my own words')).status).toBe(200);
});
