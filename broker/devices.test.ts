/** Device accounts on a real file, and from two connections at once as two processes would. */
import { join } from 'node:path';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DeviceAccounts } from '../contract/devices.ts';
import { openDeviceAccounts } from './devices.ts';
import { HandClock } from '../contract/clock.suite.ts';
import { temporaryFolder } from '../contract/folder.suite.ts';

let clock: HandClock;
let folder: string;

function open(): DeviceAccounts {
  const accounts = openDeviceAccounts(join(folder, 'devices.db'), clock);
  onTestFinished(() => {
    accounts.close();
  });
  return accounts;
}

function revokedBy(accounts: DeviceAccounts): string[] {
  const revoked: string[] = [];
  accounts.onRevoked((username) => revoked.push(username));
  return revoked;
}

beforeEach(() => {
  clock = new HandClock();
  folder = temporaryFolder();
});

describe('issuing', () => {
  it('gives an account that verifies, by its line, with a password of at least 128 bits', () => {
    const accounts = open();
    const { username, password, line } = accounts.issue('emb-1');
    expect([username, line]).toEqual(['emb-1', 'emb-1']);
    expect(Buffer.from(password, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(accounts.verify('emb-1', password)).toEqual({ username: 'emb-1', line: 'emb-1', createdAt: clock.now() });
    expect(accounts.list()).toEqual([{ username: 'emb-1', line: 'emb-1', createdAt: clock.now() }]);
  });

  it('keeps accounts over a restart and passwords nowhere', () => {
    const first = openDeviceAccounts(join(folder, 'devices.db'), clock);
    const issued = first.issueAll(['emb-2', 'emb-1', 'emb-2']);
    first.close();
    const accounts = open();
    expect(accounts.list().map(({ line }) => line)).toEqual(['emb-1', 'emb-2']);
    for (const { username, password } of issued) expect(accounts.verify(username, password)?.line).toBe(username);
    expect(statSync(join(folder, 'devices.db')).mode & 0o077).toBe(0);
    for (const file of readdirSync(folder)) {
      for (const { password } of issued) expect(readFileSync(join(folder, file)).includes(password), file).toBe(false);
    }
  });

  it('revokes the line’s earlier account', () => {
    const accounts = open();
    const revoked = revokedBy(accounts);
    const { password: old } = accounts.issue('emb-1');
    expect(revoked).toEqual([]);
    const { password } = accounts.issue('emb-1');
    expect(revoked).toEqual(['emb-1']);
    expect(accounts.verify('emb-1', old)).toBeNull();
    expect(accounts.verify('emb-1', password)).not.toBeNull();
  });

  it('issues all or none', () => {
    const accounts = open();
    expect(() => accounts.issueAll(['emb-1', '__proto__'])).toThrow();
    expect(accounts.list()).toEqual([]);
  });
});

describe('verifying', () => {
  it.each([
    ['emb-1', ''],
    ['emb-1', 'wrong'],
    ['emb-2', 'right'],
    ['', ''],
    ['__proto__', ''],
    ['EMB-1', 'right'],
  ])('refuses %j with password %j', (username, password) => {
    const accounts = open();
    const issued = accounts.issue('emb-1');
    expect(accounts.verify(username, password === 'right' ? issued.password : password)).toBeNull();
  });
});

describe('revoking', () => {
  it('tells at once, and the account is gone', () => {
    const accounts = open();
    const revoked = revokedBy(accounts);
    const { password } = accounts.issue('emb-1');
    expect(accounts.revoke('emb-1')).toBe(true);
    expect(accounts.revoke('emb-1')).toBe(false);
    expect(revoked).toEqual(['emb-1']);
    expect(accounts.verify('emb-1', password)).toBeNull();
  });

  it('is noticed within half a second where another process did it', () => {
    const [broker, dashboard] = [open(), open()];
    const revoked = revokedBy(broker);
    const [first, second] = dashboard.issueAll(['emb-1', 'emb-2', 'emb-3']);
    expect(broker.verify('emb-1', first?.password ?? '')).not.toBeNull();
    dashboard.revoke('emb-1');
    dashboard.issue('emb-2');
    clock.advance(500);
    expect(revoked.sort()).toEqual(['emb-1', 'emb-2']);
    expect(broker.verify('emb-1', first?.password ?? '')).toBeNull();
    expect(broker.verify('emb-2', second?.password ?? '')).toBeNull();
    expect(broker.list().map(({ line }) => line)).toEqual(['emb-2', 'emb-3']);
  });

  it('tells nobody who has stopped listening', () => {
    const accounts = open();
    const revoked: string[] = [];
    const stop = accounts.onRevoked((username) => revoked.push(username));
    accounts.issue('emb-1');
    stop();
    accounts.revoke('emb-1');
    expect(revoked).toEqual([]);
  });
});
