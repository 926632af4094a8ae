/**
 * Signing in and what ends it, over real HTTP with real hashes: cookies, equal errors, throttling, expiry, the audit
 * trail.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAccounts } from './accounts.ts';
import { createAudit } from './audit.ts';
import { openDatabase } from './database.ts';
import { createPasswords, hashCost } from './passwords.ts';
import { createSessions, renewEveryMs, sessionMs } from './sessions.ts';
import { HandClock } from '../../contract/clock.suite.ts';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import { adminPassword, startStage } from './stage.suite.ts';
import type { Answer, Visitor } from './visitor.suite.ts';
import type { Throttle } from './throttle.ts';

const dayMs = 86_400_000;
const supervisor = { username: 'wang', role: 'supervisor' as const, scope: { firms: ['f1'] } };

function codeOf(answer: Answer): unknown {
  return (answer.body as { error?: { code?: unknown } } | null)?.error?.code;
}

async function isSignedIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.get('/session')).status === 200;
}

test('passwords are kept as argon2id, at the cost that OWASP asks for, each with a salt of its own', async () => {
  const passwords = await createPasswords(hashCost);
  const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(
    await Promise.all([passwords.verify(one, 'correct horse'), passwords.verify(one, 'correct'), passwords.verify(null, 'x')]),
  ).toEqual([true, false, false]);
});

describe('signing in', () => {
  test('answers who it is and sets a strict cookie that the file does not give away', async () => {
    const stage = await startStage();
    const visitor = stage.visitor();
    const answer = await visitor.signIn('admin', adminPassword);
    expect(answer).toMatchObject({ status: 200, body: { username: 'admin', role: 'admin', scope: {}, language: 'zh' } });
    expect(answer.headers.get('set-cookie')).toMatch(/^bobbin_session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await visitor.get('/session')).body).toEqual(answer.body);
    const token = visitor.cookie?.split('=')[1] ?? 'none';
    for (const file of readdirSync(stage.dataFolder)) {
      expect(readFileSync(join(stage.dataFolder, file)).includes(token)).toBe(false);
      expect(statSync(join(stage.dataFolder, file)).mode & 0o077).toBe(0);
    }
  });

  test('marks the cookie secure where TLS ends in front', async () => {
    const stage = await startStage();
    const body = { username: 'admin', password: adminPassword };
    const answer = await stage.visitor().ask('POST', '/session', body, { 'x-forwarded-proto': 'https' });
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure/);
  });

  test('makes a new session each time and ends the one before', async () => {
    const stage = await startStage();
    const [visitor, former] = [await stage.signedIn('admin'), stage.visitor()];
    former.cookie = visitor.cookie;
    await visitor.signIn('admin', adminPassword);
    expect(visitor.cookie).not.toBe(former.cookie);
    expect([await isSignedIn(visitor), await isSignedIn(former)]).toEqual([true, false]);
  });

  test('refuses an unknown user, a wrong password and a disabled account with the same words', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    await admin.post('/users', { ...supervisor, password: 'right password' });
    await admin.ask('PATCH', '/users/wang', { disabled: true });
    const answers = [
      await stage.visitor().signIn('admin', 'wrong password'),
      await stage.visitor().signIn('nobody', 'wrong password'),
      await stage.visitor().signIn('wang', 'right password'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.map(({ headers }) => headers.get('set-cookie'))).toEqual([null, null, null]);
  });

  test.each([{}, { username: 'admin' }, { username: 'admin', password: 'x'.repeat(129) }, { username: 1, password: 'x' }, [[]]])(
    'refuses a body of another shape: %j',
    async (body) => {
      const answer = await (await startStage()).visitor().post('/session', body);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-body']);
    },
  );

  test('throttles guesses at one account without shutting out anybody else', async () => {
    const stage = await startStage();
    for (let guess = 0; guess < 5; guess += 1) expect((await stage.visitor().signIn('admin', 'guess')).status).toBe(401);
    const stopped = await stage.visitor().signIn('admin', adminPassword);
    expect([stopped.status, codeOf(stopped)]).toEqual([429, 'too-many-attempts']);
    expect(Number(stopped.headers.get('retry-after'))).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 60);
    expect((await stage.visitor().signIn('wang', 'guess')).status).toBe(401);
  });
});

test('whoever is signed in stays so while the file takes no writes, and is renewed as soon as it does', () => {
  const [database, clock] = [openDatabase(temporaryFolder()), new HandClock()];
  const sessions = createSessions(database, clock);
  database.exec("insert into users (username, hash, role, scope, language, created_at) values ('wang', '', 'official', '{}', 'zh', 0)");
  const token = sessions.start('wang') ?? '';
  clock.advance(renewEveryMs);
  database.pragma('query_only = ON');
  expect(sessions.use(token)).toMatchObject({ caller: { username: 'wang' }, renewed: false });
  database.pragma('query_only = OFF');
  expect([sessions.use(token), sessions.use(token)]).toMatchObject([{ renewed: true }, { renewed: false }]);
  database.close();
});

test.each(['remove', 'disable'] as const)(
  'an account that goes while its password is being looked at does not come in: %s',
  async (how) => {
    const folder = temporaryFolder();
    const [database, clock] = [openDatabase(folder), new HandClock()];
    const [sessions, audit] = [createSessions(database, clock), createAudit(database, clock, folder)];
    const passwords = await createPasswords({ memoryCost: 64, timeCost: 1, parallelism: 1 });
    const by = { who: 'admin' };
    // The last that is waited for before there is a session.
    const throttle: Throttle = {
      attempt: () => Promise.resolve(null),
      succeeded: async () => {
        if (how === 'remove') accounts.remove('wang', by);
        else await accounts.change('wang', { disabled: true }, by);
      },
    };
    const accounts = createAccounts({ database, clock, passwords, sessions, throttle, audit });
    await accounts.create({ ...supervisor, password: 'long enough', language: 'zh' }, by);
    expect(await accounts.signIn('wang', 'long enough', '10.0.0.1')).toEqual({ refused: 'wrong' });
    expect(await accounts.choose('wang', { current: 'long enough', password: 'longer than that' }, '10.0.0.1')).toEqual({
      refused: 'wrong',
    });
    expect(sessions.count()).toBe(0);
    database.close();
  },
);

describe('a session ends', () => {
  test('at sign-out, for good', async () => {
    const stage = await startStage();
    const visitor = await stage.signedIn('admin');
    const token = visitor.cookie;
    const answer = await visitor.ask('DELETE', '/session');
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    visitor.cookie = token;
    expect(await isSignedIn(visitor)).toBe(false);
  });

  test.each([{ role: 'official' }, { scope: { firms: ['f2'] } }, { disabled: true }, { password: 'another password' }])(
    'when the account changes: %j',
    async (change) => {
      const stage = await startStage();
      const [admin, visitor] = [await stage.signedIn('admin'), await stage.signedIn(supervisor)];
      expect(await isSignedIn(visitor)).toBe(true);
      expect((await admin.ask('PATCH', '/users/wang', change)).status).toBe(200);
      expect(await isSignedIn(visitor)).toBe(false);
    },
  );

  test('when the account is deleted, but not when only its language changes', async () => {
    const stage = await startStage();
    const [admin, visitor] = [await stage.signedIn('admin'), await stage.signedIn(supervisor)];
    await admin.ask('PATCH', '/users/wang', { language: 'en' });
    expect((await visitor.get('/session')).body).toMatchObject({ language: 'en' });
    expect((await admin.ask('DELETE', '/users/wang')).status).toBe(204);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  test('30 days after it was last used, and every use moves that on', async () => {
    const stage = await startStage();
    const visitor = await stage.signedIn('admin');
    for (let week = 0; week < 8; week += 1) {
      stage.clock.leap(7 * dayMs);
      const answer = await visitor.get('/session');
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, expect.stringContaining('Max-Age=2592000')]);
    }
    stage.clock.leap(sessionMs - 1);
    expect(await isSignedIn(visitor)).toBe(true);
    stage.clock.leap(sessionMs);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  test.each(['delete from sessions', 'update users set disabled = 1', 'delete from users'])(
    'for every process at once: %s',
    async (statement) => {
      const stage = await startStage();
      const visitor = await stage.signedIn('admin');
      const other = openDatabase(stage.dataFolder);
      other.prepare(statement).run();
      other.close();
      expect(await isSignedIn(visitor)).toBe(false);
    },
  );
});

describe('accounts', () => {
  test('are listed without anything secret, and a name is taken once', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const created = await admin.post('/users', { ...supervisor, password: 'long enough', language: 'en' });
    const account = { ...supervisor, language: 'en', disabled: false, createdAt: stage.clock.now() };
    expect([created.status, created.body]).toEqual([201, account]);
    expect((await admin.get('/users')).body).toEqual([expect.objectContaining({ username: 'admin' }), account]);
    const again = await admin.post('/users', { ...supervisor, password: 'long enough' });
    expect([again.status, codeOf(again)]).toEqual([409, 'taken']);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ username: 'Wang!' }, 'bad-body'],
    [{ password: 'short' }, 'bad-body'],
    [{ role: 'root' }, 'bad-body'],
    [{ scope: { firms: ['nowhere'] } }, 'unknown-scope'],
    [{ scope: { workshops: ['w1'] } }, 'bad-body'],
    [{ extra: 1 }, 'bad-body'],
  ])('are not created from %j', async (change, code) => {
    const admin = await (await startStage()).signedIn('admin');
    const answer = await admin.post('/users', { ...supervisor, password: 'long enough', ...change });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });

  test('leave one admin of everything also where two take the other’s place away at once', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const second = await stage.signedIn({ username: 'second', role: 'admin', scope: {} });
    const lesser = { role: 'official', password: 'another password' };
    const answers = await Promise.all([admin.ask('PATCH', '/users/second', lesser), second.ask('PATCH', '/users/admin', lesser)]);
    // Who comes second is told that there would be none left, or is no longer signed in.
    expect(answers.map(({ status }) => status).sort()).toEqual([200, expect.toBeOneOf([401, 409])]);
  });

  test('always leave one admin of everything', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    await admin.post('/users', { username: 'part', password: 'long enough', role: 'admin', scope: { parks: ['emb'] } });
    for (const change of [{ disabled: true }, { role: 'official' }, { scope: { parks: ['emb'] } }]) {
      const answer = await admin.ask('PATCH', '/users/admin', change);
      expect([answer.status, codeOf(answer)]).toEqual([409, 'last-admin']);
    }
    expect((await admin.ask('DELETE', '/users/admin')).status).toBe(409);
    await admin.post('/users', { username: 'second', password: 'long enough', role: 'admin' });
    expect((await admin.ask('DELETE', '/users/admin')).status).toBe(204);
  });
});

describe('the audit trail', () => {
  test('says who did what, when, from where, and no password or unknown name', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    await stage.visitor().signIn('my secret password', 'oops');
    await stage.visitor().signIn('admin', 'oops');
    await admin.post('/users', { ...supervisor, password: 'long enough' });
    await admin.ask('PATCH', '/users/wang', { password: 'even longer', role: 'maintenance' });
    await admin.post('/devices', { line: 'emb-1' });
    await admin.ask('DELETE', '/devices/emb-1');
    await admin.ask('DELETE', '/users/wang');
    const { body } = await admin.get('/audit');
    const at = stage.clock.now();
    const entry = (action: string, subject: string | null, detail: string | null = null, who = 'admin') => {
      return { at, who, action, subject, address: '127.0.0.1', detail };
    };
    expect(body).toEqual([
      entry('user-delete', 'wang'),
      entry('device-revoke', 'emb-1'),
      entry('device-issue', 'emb-1'),
      entry('user-change', 'wang', 'password, role "maintenance"'),
      entry('user-create', 'wang', 'role supervisor, scope {"firms":["f1"]}'),
      entry('sign-in-failed', null),
      entry('sign-in-failed', null, null, '(unknown user)'),
      entry('sign-in', null),
      { ...entry('user-create', 'admin', 'role admin, scope {}', '(start)'), address: null },
    ]);
    expect((await admin.get(`/audit?from=${String(at - 10)}&to=${String(at)}`)).body).toEqual([]);
  });

  test('cannot be changed, not even by whoever has the file', async () => {
    const stage = await startStage();
    const database = openDatabase(stage.dataFolder);
    expect(() => database.prepare("update audit set who = 'nobody'").run()).toThrow(/append-only/);
    expect(() => database.prepare('delete from audit').run()).toThrow(/append-only/);
    database.close();
  });
});
