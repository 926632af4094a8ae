/**
 * Device accounts in a small SQLite file (libsql), held in memory as well: one a line, the user name being the line's id.
 * Comes in: lines to issue accounts for, names and passwords to check. Goes out: accounts, and word of every one revoked,
 * in this process or another. It never keeps a password, and never asks the disk for one that is right.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync } from 'node:fs';
import Database from 'libsql';
import type { Clock, Stop } from '../contract/clock.ts';
import type { DeviceAccount, DeviceAccounts, IssuedDevice } from '../contract/devices.ts';
import { idSchema } from '../contract/text.ts';

interface Row {
  readonly line: string;
  readonly salt: string;
  readonly hash: string;
  readonly createdAt: number;
}

const schema = `CREATE TABLE IF NOT EXISTS device (
  line TEXT PRIMARY KEY, salt TEXT NOT NULL, hash TEXT NOT NULL, createdAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

/** 192 bits: a password nobody guesses, and no one types. */
const passwordBytes = 24;
const saltBytes = 16;
/** How soon what another process has revoked is noticed here; asking costs about 15 µs. */
const pollMs = 400;
/** How long a write waits for another process's write. */
const busyMs = 5000;

export function openDeviceAccounts(file: string, clock: Clock): DeviceAccounts {
  return new LibsqlDevices(file, clock);
}

class LibsqlDevices implements DeviceAccounts {
  readonly #database: Database.Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<(username: string) => void>();
  readonly #stopPolling: Stop;
  /** What unknown names are checked against, so that they take as long as known ones. */
  readonly #nobody: Row;
  #rows = new Map<string, Row>();
  #version: number | undefined;

  constructor(file: string, clock: Clock) {
    this.#clock = clock;
    this.#nobody = this.#row('', newPassword());
    this.#database = new Database(file);
    chmodSync(file, 0o600);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.pragma(`busy_timeout = ${String(busyMs)}`);
    this.#database.exec(schema);
    this.#refresh();
    this.#stopPolling = clock.every(pollMs, () => {
      this.#refresh();
    });
  }

  issue(line: string): IssuedDevice {
    const [issued] = this.issueAll([line]);
    if (!issued) throw new Error('one line gives one account');
    return issued;
  }

  issueAll(lines: readonly string[]): IssuedDevice[] {
    const issued = [...new Set(lines)].map((line) => ({ username: line, password: newPassword(), line }));
    const rows = issued.map(({ line, password }) => this.#row(idSchema.parse(line), password));
    const insert = this.#database.prepare('INSERT OR REPLACE INTO device (line, salt, hash, createdAt) VALUES (?, ?, ?, ?)');
    this.#database
      .transaction(() => {
        for (const row of rows) insert.run(row.line, row.salt, row.hash, row.createdAt);
      })
      .immediate();
    const replaced = rows.filter(({ line }) => this.#rows.has(line));
    for (const row of rows) this.#rows.set(row.line, row);
    for (const { line } of replaced) this.#tell(line);
    return issued;
  }

  revoke(username: string): boolean {
    return this.revokeAll([username]).length > 0;
  }

  revokeAll(usernames: readonly string[]): string[] {
    const erase = this.#database.prepare('DELETE FROM device WHERE line = ?');
    const revoked: string[] = [];
    this.#database
      .transaction(() => {
        for (const username of usernames) if (erase.run(username).changes > 0) revoked.push(username);
      })
      .immediate();
    for (const username of usernames) if (this.#rows.delete(username)) this.#tell(username);
    return revoked;
  }

  list(): DeviceAccount[] {
    this.#refresh();
    return [...this.#rows.values()].map(accountOf).sort((a, b) => (a.username < b.username ? -1 : 1));
  }

  verify(username: string, password: string): DeviceAccount | null {
    const account = this.#match(username, password);
    if (account !== null) return account;
    // Another process may have issued it a moment ago. Known and unknown names come this way alike.
    this.#refresh();
    return this.#match(username, password);
  }

  onRevoked(listener: (username: string) => void): Stop {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#stopPolling();
    this.#listeners.clear();
    this.#database.close();
  }

  #match(username: string, password: string): DeviceAccount | null {
    const known = this.#rows.get(username);
    const row = known ?? this.#nobody;
    const matches = timingSafeEqual(hashOf(row.salt, password), Buffer.from(row.hash, 'base64url'));
    return known && matches ? accountOf(known) : null;
  }

  #row(line: string, password: string): Row {
    const salt = randomBytes(saltBytes).toString('base64url');
    return { line, salt, hash: hashOf(salt, password).toString('base64url'), createdAt: this.#clock.now() };
  }

  /** Reads the accounts anew where another connection has written; `data_version` changes with nothing else. */
  #refresh(): void {
    const [answer] = this.#database.pragma('data_version') as { data_version: number }[];
    if (answer?.data_version === this.#version) return;
    this.#version = answer?.data_version;
    const before = this.#rows;
    const rows = this.#database.prepare('SELECT line, salt, hash, createdAt FROM device').all() as Row[];
    this.#rows = new Map(rows.map((row) => [row.line, row]));
    for (const [line, row] of before) if (this.#rows.get(line)?.hash !== row.hash) this.#tell(line);
  }

  #tell(username: string): void {
    for (const listener of this.#listeners) listener(username);
  }
}

/** Begins with a letter: lists of them are opened with spreadsheets, which take what begins with "-" for a formula. */
function newPassword(): string {
  for (;;) {
    const password = randomBytes(passwordBytes).toString('base64url');
    if (/^[A-Za-z]/.test(password)) return password;
  }
}

/**
 * A fast hash is right here: passwords are random, so there is no dictionary to slow down, and when power comes back
 * 1,300 devices sign in at once, which would take a slow hash a minute of both cores.
 */
function hashOf(salt: string, password: string): Buffer {
  return createHmac('sha256', salt).update(password).digest();
}

function accountOf({ line, createdAt }: Row): DeviceAccount {
  return { username: line, line, createdAt };
}
