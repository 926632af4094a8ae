/**
 * What people's accounts must stand up to, over real HTTP and real sockets: the first password, weak passwords, guessing, questions that
 * must change nothing, and every live event for every role.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Role, Scope } from '../../contract/api.ts';
import type { LiveRecord } from '../../contract/live.ts';
import { playCollector, standingAlarms } from './alarms/access.suite.ts';
import { everyRoute } from './routes.suite.ts';
import { temporaryFolder } from '../../contract/folder.suite.ts';
import { adminPassword, startStage } from './stage.suite.ts';
import { next, watch, type Answer, type Visitor } from './visitor.suite.ts';
import { createThrottle } from './throttle.ts';
import { weaknessOf } from './weakness.ts';

const codeOf = (answer: Answer): unknown => (answer.body as { error?: { code?: unknown } } | null)?.error?.code;
const seen = (answer: Answer): unknown[] => [answer.status, codeOf(answer)];
const own = 'a password of my own';

async function connected(visitor: Visitor): Promise<string> {
  const socket = visitor.socket();
  return new Promise((resolve) => {
    socket.on('connect', () => {
      resolve('connected');
    });
    socket.on('connect_error', (error) => {
      resolve(error.message);
    });
  });
}

describe('a password to be used once', () => {
  test('opens nothing but the choosing of another, which ends every session and begins a new one', async () => {
    const stage = await startStage({ adminPassword: null });
    const first = stage.dashboard.firstPassword ?? '';
    const [visitor, other] = [stage.visitor(), stage.visitor()];
    expect((await visitor.signIn('admin', first)).body).toMatchObject({ username: 'admin', role: 'admin', mustChoosePassword: true });
    await other.signIn('admin', first);
    for (const path of ['/plant', '/lines', '/users', '/audit', '/devices']) {
      expect(seen(await visitor.get(path)), path).toEqual([403, 'choose-password']);
    }
    expect(seen(await visitor.post('/devices', { line: 'emb-1' }))).toEqual([403, 'choose-password']);
    expect((await visitor.get('/health')).body).toEqual({ status: 'ok' });
    expect(await connected(visitor)).toBe('choose-password');
    expect(stage.devices.list()).toEqual([]);

    const choose = (current: string, password: string): Promise<Answer> => visitor.post('/session/password', { current, password });
    expect(seen(await choose('not it', own))).toEqual([403, 'wrong-password']);
    expect(seen(await choose(first, first))).toEqual([400, 'password-same']);
    expect(seen(await choose(first, 'password1'))).toEqual([400, 'password-common']);
    expect(seen(await choose(first, 'short'))).toEqual([400, 'bad-body']);
    const before = visitor.cookie;
    const chosen = await choose(first, own);
    expect([chosen.status, chosen.body]).toEqual([200, { username: 'admin', role: 'admin', scope: {}, language: 'zh' }]);
    expect(visitor.cookie).not.toBe(before);
    expect((await visitor.get('/users')).status).toBe(200);
    expect(await connected(visitor)).toBe('connected');
    expect((await other.get('/session')).status).toBe(401);
    expect((await stage.visitor().signIn('admin', first)).status).toBe(401);
    expect((await stage.visitor().signIn('admin', own)).body).not.toHaveProperty('mustChoosePassword');
  });

  test('may be given to anybody by an admin, and a password set by somebody else ends what went on', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    await admin.post('/users', {
      username: 'wang',
      password: 'given to Wang',
      role: 'supervisor',
      scope: { firms: ['f1'] },
      oneTime: true,
    });
    const wang = stage.visitor();
    expect((await admin.get('/users')).body).toMatchObject([{ username: 'admin' }, { username: 'wang', mustChoosePassword: true }]);
    expect((await wang.signIn('wang', 'given to Wang')).body).toMatchObject({ mustChoosePassword: true });
    await wang.post('/session/password', { current: 'given to Wang', password: own });
    expect((await wang.get('/lines')).status).toBe(200);
    await admin.ask('PATCH', '/users/wang', { password: 'given once more', oneTime: true });
    expect((await wang.get('/lines')).status).toBe(401);
    await wang.signIn('wang', 'given once more');
    expect(seen(await wang.get('/lines'))).toEqual([403, 'choose-password']);
    const trail = (await admin.get('/audit')).body as { action: string; who: string }[];
    expect(trail.filter(({ who }) => who === 'wang').map(({ action }) => action)).toEqual(['sign-in', 'password-choose', 'sign-in']);
  });

  test('is not the one that was given at the start', async () => {
    const stage = await startStage();
    expect((await stage.visitor().signIn('admin', adminPassword)).body).not.toHaveProperty('mustChoosePassword');
  });
});

test.each([
  ['password', 'common'],
  ['WoAiNi1314', 'common'],
  ['a5201314', 'common'],
  ['1qaz2wsx', 'common'],
  ['qq123456', 'common'],
  ['ｐａｓｓｗｏｒｄ', 'common'],
  [' 12345678 ', 'common'],
  ['zhangsan', 'name'],
  ['zhangsan2026!', 'name'],
  ['zhangsanzhangsan', 'name'],
  ['aaaaaaaaaaaa', 'repetitive'],
  ['abababababab', 'repetitive'],
  ['abcdefghijk', 'repetitive'],
  ['98765432', 'repetitive'],
  ['correct horse', null],
  ['七个汉字不算短了', null],
])('%j is weak: %s', (password, weakness) => {
  expect(weaknessOf(password, 'zhangsan')).toBe(weakness);
});

test('weak passwords are refused wherever one is set', async () => {
  const admin = await (await startStage()).signedIn('admin');
  const user = { username: 'wang', role: 'official' };
  expect(seen(await admin.post('/users', { ...user, password: 'woaini1314' }))).toEqual([400, 'password-common']);
  expect(seen(await admin.post('/users', { ...user, password: 'wangwang1' }))).toEqual([400, 'password-name']);
  expect((await admin.post('/users', { ...user, password: own })).status).toBe(201);
  expect(seen(await admin.ask('PATCH', '/users/wang', { password: '88888888' }))).toEqual([400, 'password-common']);
  for (const password of ['x'.repeat(129), '🧵🪡🧶👘']) {
    expect(seen(await admin.ask('PATCH', '/users/wang', { password }))).toEqual([400, 'bad-body']);
  }
});

test('whoever guesses from elsewhere is slowed down, and does not lock the owner out', async () => {
  const throttle = createThrottle();
  const waits: (number | null)[] = [];
  for (let guess = 0; guess < 200; guess += 1) waits.push(await throttle.attempt(`10.0.0.${String(guess % 4)}`, 'admin'));
  expect(waits.filter((wait) => wait === null)).toHaveLength(20);
  expect(await throttle.attempt('192.168.1.5', 'admin')).toBeNull();
  const names = await Promise.all(Array.from({ length: 100 }, (_, index) => throttle.attempt('10.0.0.9', `name-${String(index)}`)));
  expect(names.filter((wait) => wait === null)).toHaveLength(60);
  // Whoever has one IPv6 address has all those beside it.
  const beside: (number | null)[] = [];
  for (let guess = 0; guess < 20; guess += 1) beside.push(await throttle.attempt(`2001:db8::${String(guess + 1)}`, 'admin'));
  expect(beside.filter((wait) => wait === null)).toHaveLength(5);
  expect(await throttle.attempt('2001:db8:0:1::1', 'admin')).toBeNull();
});

test('a question changes nothing, whoever asks it', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  await admin.post('/users', { username: 'spare', password: own, role: 'official' });
  stage.devices.issue('emb-1');
  playCollector(stage, standingAlarms());
  const state = async (): Promise<unknown> => [
    stage.devices.list(),
    stage.bus.recorded,
    (await admin.get('/alarms')).body,
    (await admin.get('/users')).body,
    (await admin.get('/audit')).body,
    (await admin.get('/session')).body,
  ];
  const before = await state();
  const ids: Record<string, string> = { username: 'spare', id: 'of-emb-1', action: 'acknowledge', channel: 'mail', kind: 'zone' };
  const paths = (await everyRoute()).map((route) => route.split(' ')[1] ?? '');
  const asked = new Set(paths.map((path) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'emb-1')));
  expect(asked.size).toBeGreaterThan(40);
  for (const path of asked) {
    await admin.ask('GET', `${path}?_method=DELETE&action=delete`, undefined, { 'x-http-method-override': 'DELETE' });
    await admin.ask('HEAD', path);
  }
  expect(await state()).toEqual(before);
});

describe('live events', () => {
  const callers: [string, Role, Scope, string[] | null][] = [
    ['park-admin', 'admin', { parks: ['emb'] }, ['emb-1', 'emb-2', 'emb-3', 'emb-4']],
    ['boss', 'supervisor', { firms: ['f1'] }, ['emb-1', 'emb-2', 'emb-3']],
    ['fitter', 'maintenance', { workshops: ['f1/w1'] }, ['emb-1', 'emb-2']],
    ['nobody', 'supervisor', {}, []],
    ['zone', 'official', {}, null],
    ['park', 'official', { parks: ['emb'] }, null],
  ];
  /** What a browser may send and be sent, as the contract has it: a new event has to be put to the test below. */
  const events = (name: string): string[] => {
    const text = readFileSync(`${import.meta.dirname}/../../contract/live.ts`, 'utf8');
    const body = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? '';
    return [...body.matchAll(/^ {2}(\w+)[:(]/gm)].map(([, event = '']) => event).sort();
  };

  test('are these and no others', () => {
    expect(events('ClientEvents')).toEqual(['watch']);
    expect(events('ServerEvents')).toEqual(['alarm', 'delta', 'summary']);
  });

  test.each(callers)('tell %s (%s, %j) of nothing outside the scope, not even that it exists', async (username, role, scope, lines) => {
    const stage = await startStage();
    const visitor = await stage.signedIn({ username, role, scope });
    const socket = visitor.socket();
    const heard: string[] = [];
    socket.onAny((event: string, body: unknown) => heard.push(event, JSON.stringify(body)));
    await next(socket, 'connect' as never);
    const everything = await watch(socket);
    expect('lines' in everything ? everything.lines.map(({ id }: LiveRecord) => id) : null).toEqual(lines);
    stage.clock.advance(2000);
    const hidden = ['emb-1', 'emb-2', 'emb-3', 'emb-4', 'press-1'].filter((line) => !(lines ?? []).includes(line));
    const answers = [{ line: 'nothing' }, ...hidden.map((line) => ({ line })), ...(lines?.includes('press-1') ? [] : [{ firm: 'f3' }])];
    const told = new Set<string>();
    for (const filter of answers) {
      told.add(JSON.stringify(await watch(socket, filter)));
      stage.clock.advance(1000);
    }
    expect(told.size).toBe(1);
    await watch(socket);
    for (const line of stage.plant.lines.keys()) stage.live(line, { state: 'fault', stop: 'thread-break', metrics: { speed: 4711 } });
    stage.clock.advance(3000);
    // One more answer on the same connection: everything said before it has arrived.
    await watch(socket, { line: 'nothing' });
    const summaries = heard.filter((text) => text === 'summary').length;
    expect(summaries > 0).toBe(role === 'official' || role === 'admin');
    for (const line of hidden) expect(heard.join('\n')).not.toContain(`"${line}"`);
    if (scope.parks || scope.firms || scope.workshops) expect(heard.join('\n')).not.toContain('"med"');
  });
});

test('errors name nothing of the inside', async () => {
  const stage = await startStage({ dataFolder: temporaryFolder() });
  const admin = await stage.signedIn('admin');
  stage.past.mood = 'fails';
  const bodies = [
    await admin.get('/lines/emb-1/states'),
    await admin.get('/nothing'),
    await admin.ask('POST', '/devices', '{"line":'),
    await admin.post('/session', { username: 'admin', password: 'wrong one' }),
    await admin.get("/lines/emb-1'%20or%201=1"),
  ].map(({ body }) => JSON.stringify(body));
  for (const body of bodies) {
    expect(body).toMatch(/^\{"error":\{"code":"[a-z-]+","message":"[^"]*/);
    expect(body).not.toMatch(/\n\s+at |\.ts|node_modules|select |SQLITE|wrong one|the store is down/);
  }
});
