/** The audit trail against whoever has the file: every entry changed, taken out, cut off or written anew is found, and which one it was. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAudit, verifyAudit, type Audit } from './audit.ts';
import { hashOf, noHash } from './chain.ts';
import { isDatabaseFault, openDatabase, openDatabaseToRead, type Database } from './database.ts';
import { HandClock } from '../../contract/clock.suite.ts';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import { startStage } from './stage.suite.ts';

const clock = new HandClock();

interface Trail {
  readonly folder: string;
  readonly database: Database;
  readonly audit: Audit;
}

function trail(entries: number): Trail {
  const folder = temporaryFolder();
  const database = openDatabase(folder);
  const audit = createAudit(database, clock, folder);
  for (let entry = 1; entry <= entries; entry += 1) audit.add({ who: `user-${String(entry)}`, action: 'sign-in', address: '10.0.0.1' });
  return { folder, database, audit };
}

/** As whoever has the file could: without the table's own guards. */
function tamper({ database }: Trail, statement: string): void {
  database.exec(`drop trigger audit_keeps; drop trigger audit_stays; ${statement}`);
}

const verdict = ({ database, folder }: Trail): unknown => verifyAudit(database, folder);

describe('the chain', () => {
  test('holds as it is written, from its first entry on, and over restarts', () => {
    const one = trail(0);
    expect(verdict(one)).toMatchObject({ holds: true, entries: 0 });
    one.audit.add({ who: 'admin', action: 'sign-in' });
    createAudit(openDatabase(one.folder), clock, one.folder).add({ who: 'admin', action: 'sign-out', detail: 'in "another" process\n' });
    one.audit.addAll([{ who: 'admin', action: 'sign-in' }]);
    expect(verdict(one)).toMatchObject({ holds: true, entries: 3, head: { id: 3 }, isHeadKept: true });
  });

  test.each([
    ["update audit set who = 'nobody' where id = 3", 3, 'changed'],
    ['update audit set at = at + 1 where id = 1', 1, 'changed'],
    ["update audit set detail = '' where id = 5", 5, 'changed'],
    ['update audit set address = null where id = 5', 5, 'changed'],
    [`update audit set hash = '${'0'.repeat(64)}' where id = 2`, 2, 'changed'],
    ['delete from audit where id = 1', 1, 'missing'],
    ['delete from audit where id = 3', 3, 'missing'],
    ['delete from audit where id in (2, 4)', 2, 'missing'],
    ['delete from audit where id = 5', 5, 'missing'],
    ['delete from audit where id > 2', 3, 'missing'],
    ['delete from audit', 1, 'missing'],
    ['update audit set id = 9 where id = 3; update audit set id = 3 where id = 4; update audit set id = 4 where id = 9', 3, 'changed'],
    ["insert into audit (id, at, who, action, hash) values (6, 1, 'x', 'sign-in', 'x')", 6, 'changed'],
  ])('breaks at the right entry: %s', (statement, entry, what) => {
    const one = trail(5);
    tamper(one, statement);
    expect(verdict(one)).toMatchObject({ holds: false, first: { entry, what } });
  });

  test.each(['a\0b', '\0', 'half of \ud83d', '\udf00', '汝绣 🧵', ''])('holds whatever is written down: %j', (text) => {
    const one = trail(1);
    one.audit.add({ who: text, action: 'screen-create', subject: text, address: text, detail: text });
    one.audit.add({ who: 'admin', action: 'sign-in' });
    expect(verdict(one)).toMatchObject({ holds: true, entries: 3 });
  });

  test('that was cut off stays cut off, however many entries follow', () => {
    const one = trail(5);
    tamper(one, "delete from audit where id > 3; delete from sqlite_sequence where name = 'audit'");
    const again = createAudit(one.database, clock, one.folder);
    again.add({ who: 'admin', action: 'sign-in' });
    again.add({ who: 'admin', action: 'sign-out' });
    expect(verdict(one)).toMatchObject({ holds: false, first: { entry: 4, what: 'missing' } });
  });

  test('that was written anew as a whole is found out by a head noted elsewhere', () => {
    const one = trail(5);
    const noted = verifyAudit(one.database, one.folder).head;
    tamper(one, "update audit set who = 'nobody' where id = 4");
    const rows = one.database.prepare('select * from audit order by id').all() as Parameters<typeof hashOf>[1][];
    let before = noHash;
    for (const row of rows) one.database.prepare('update audit set hash = ? where id = ?').run((before = hashOf(before, row)), row.id);
    writeFileSync(join(one.folder, 'audit.head'), JSON.stringify({ id: 5, hash: before }));
    expect(verdict(one)).toMatchObject({ holds: true });
    expect(verifyAudit(one.database, one.folder, noted)).toMatchObject({ holds: false, first: { entry: 5, what: 'changed' } });
  });

  test('says when there is no head to hold it against, and a new start keeps one again', () => {
    const one = trail(2);
    rmSync(join(one.folder, 'audit.head'));
    expect(verdict(one)).toMatchObject({ holds: true, isHeadKept: false });
    createAudit(one.database, clock, one.folder);
    expect(verdict(one)).toMatchObject({ holds: true, isHeadKept: true });
  });

  test('can be looked at while the product runs, and cannot be changed that way', () => {
    const one = trail(2);
    const reader = openDatabaseToRead(one.folder);
    expect(verifyAudit(reader, one.folder)).toMatchObject({ holds: true, entries: 2 });
    expect(() => reader.prepare("insert into audit (at, who, action, hash) values (1, 'x', 'x', 'x')").run()).toThrow(/read-?only/i);
    reader.close();
  });
});

test('a full disk is known for what it is, writes nothing in part, and is over once there is room', () => {
  const one = trail(3);
  one.database.pragma('max_page_count = 1');
  let full: unknown = null;
  const entry = { who: 'admin', action: 'sign-in', detail: 'x'.repeat(5_000) } as const;
  try {
    for (let count = 0; count < 50; count += 1) one.audit.add(entry);
  } catch (error) {
    full = error;
  }
  expect(isDatabaseFault(full)).toBe(true);
  expect(verdict(one)).toMatchObject({ holds: true });
  one.database.pragma('max_page_count = 100000');
  one.audit.add(entry);
  expect(verdict(one)).toMatchObject({ holds: true, isHeadKept: true });
});

test('a file from before is brought along: its entries are chained as they are, its users keep their passwords', () => {
  const folder = temporaryFolder();
  const old = openDatabase(folder);
  old.exec(`drop trigger audit_keeps; drop trigger audit_stays; alter table audit drop column hash; alter table users drop column one_time;
    create trigger audit_keeps before update on audit begin select raise(abort, 'the audit trail is append-only'); end;
    create trigger audit_stays before delete on audit begin select raise(abort, 'the audit trail is append-only'); end;
    insert into users (username, hash, role, scope, language, created_at) values ('admin', 'h', 'admin', '{}', 'zh', 1);
    insert into audit (at, who, action) values (1, 'admin', 'sign-in'), (2, 'admin', 'sign-out');`);
  old.close();
  const database = openDatabase(folder);
  const audit = createAudit(database, clock, folder);
  audit.add({ who: 'admin', action: 'sign-in' });
  expect(verifyAudit(database, folder)).toMatchObject({ holds: true, entries: 3, isHeadKept: true });
  expect(database.prepare('select username, one_time from users').all()).toEqual([{ username: 'admin', one_time: 0 }]);
  expect(() => database.exec("update audit set who = 'x'")).toThrow(/append-only/);
  openDatabase(folder).close();
  expect(verifyAudit(database, folder)).toMatchObject({ holds: true, entries: 3 });
});

test('a long trail is read a page at a time, each entry once and in order, as many as asked for', () => {
  const { audit } = trail(0);
  // Many of one moment, so that pages end in the midst of one.
  for (let moment = 0; moment < 5; moment += 1) {
    audit.addAll(Array.from({ length: 520 }, (_, index) => ({ who: index % 2 === 0 ? 'wang' : 'li', action: 'sign-in' as const })));
    clock.advance(1);
  }
  const query = { from: 0, to: clock.now() + 1 };
  const ids = (asked: Parameters<Audit['each']>[0]): number[] => [...audit.each(asked)].map(({ id }) => id);
  expect(ids({ ...query, limit: 1e6 })).toEqual(Array.from({ length: 2600 }, (_, index) => 2600 - index));
  expect(ids({ ...query, limit: 1234 })).toEqual(Array.from({ length: 1234 }, (_, index) => 2600 - index));
  expect(ids({ ...query, who: 'li', limit: 1e6 })).toEqual(Array.from({ length: 1300 }, (_, index) => 2600 - 2 * index));
  expect(ids({ from: clock.now() - 2, to: clock.now() - 1, limit: 1e6 })).toHaveLength(520);
});

test('entries are found by time, name and action, and taken along as a table that no spreadsheet works out', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  for (const username of ['wang', 'li']) {
    stage.clock.advance(60_000);
    await admin.post('/users', { username, password: 'long enough', role: 'official' });
    await stage.visitor().signIn(username, 'wrong one');
  }
  const subjects = async (query: string): Promise<unknown[]> => {
    const { body } = await admin.get(`/audit?${query}`);
    return (body as { who: string; action: string; subject: string | null }[]).map(({ who, action, subject }) => [who, action, subject]);
  };
  expect(await subjects('action=user-create&who=admin')).toEqual([
    ['admin', 'user-create', 'li'],
    ['admin', 'user-create', 'wang'],
  ]);
  expect(await subjects('who=wang')).toEqual([['wang', 'sign-in-failed', null]]);
  expect(await subjects(`who=wang&from=${String(stage.clock.now())}`)).toEqual([]);
  expect(await subjects(`action=${encodeURIComponent("x' or '1'='1")}`)).toEqual([]);
  expect((await admin.get('/audit?format=pdf')).status).toBe(400);

  const database = openDatabase(stage.dataFolder);
  createAudit(database, stage.clock, stage.dataFolder).add({ who: '=cmd|calc', action: 'sign-in', detail: '+1, "quoted"\n@x' });
  const file = await admin.get('/audit?format=csv');
  expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="bobbin-audit-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"$/);
  const text = String(file.body);
  expect(text).toContain(`,'=cmd|calc,sign-in,,,"'+1, ""quoted""\n@x",`);
  expect(text.split('\r\n')[0]).toMatch(/entry,time,who,action,subject,address,detail,hash$/);
  expect(text.match(/,[0-9a-f]{64}\r\n/g)).toHaveLength(verifyAudit(database, stage.dataFolder).entries);
  expect(JSON.parse(readFileSync(join(stage.dataFolder, 'audit.head'), 'utf8'))).toEqual(verifyAudit(database, stage.dataFolder).head);
  database.close();
});
