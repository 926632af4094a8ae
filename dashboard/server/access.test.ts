/**
 * Every route, for every role, within and outside the scope, over real HTTP: one table, held against the routes there
 * are.
 */
import { expect, test } from 'vitest';
import type { Role, Scope } from '../../contract/api.ts';
import type { StateSpan } from '../../contract/figures.ts';
import type { IssuedScreen, ScreenShows } from '../../contract/screens.ts';
import { alarmTable, playCollector, standingAlarms } from './alarms/access.suite.ts';
import { everyRoute } from './routes.suite.ts';
import { begin } from './plant.suite.ts';
import { startStage } from './stage.suite.ts';

/** Nobody, an admin of all, an admin of park emb, a supervisor of firm f1, maintenance of f1/w1, officials of all and of emb. */
const callers = ['nobody', 'admin', 'parkAdmin', 'supervisor', 'maintenance', 'official', 'parkOfficial'] as const;
type CallerName = (typeof callers)[number];
const accounts: Record<Exclude<CallerName, 'nobody' | 'admin'>, { role: Role; scope: Scope }> = {
  parkAdmin: { role: 'admin', scope: { parks: ['emb'] } },
  supervisor: { role: 'supervisor', scope: { firms: ['f1'] } },
  maintenance: { role: 'maintenance', scope: { workshops: ['f1/w1'] } },
  official: { role: 'official', scope: {} },
  parkOfficial: { role: 'official', scope: { parks: ['emb'] } },
};

const stopped: StateSpan = { from: begin - 60_000, to: begin - 30_000, state: 'stopped', stop: null };

/** Expected status for each of `callers`, in that order. A body is made anew for each of them. */
const table: [route: string, path: string, statuses: number[], body?: (caller: string) => unknown][] = [
  ['GET /health', '/health', [200, 200, 200, 200, 200, 200, 200]],
  ['GET /session', '/session', [401, 200, 200, 200, 200, 200, 200]],
  ['POST /session', '/session', [401, 401, 401, 401, 401, 401, 401], (caller) => ({ username: `no-${caller}`, password: 'no' })],
  ['DELETE /session', '/session', [204, 204, 204, 204, 204, 204, 204]],
  [
    'POST /session/password',
    '/session/password',
    [401, 403, 403, 403, 403, 403, 403],
    () => ({ current: 'not it', password: 'another good one' }),
  ],
  ['GET /plant', '/plant', [401, 200, 200, 200, 200, 200, 200]],
  ['GET /demo', '/demo', [401, 200, 200, 200, 200, 200, 200]],
  ['GET /lines', '/lines', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /lines', '/lines?firm=f2', [401, 200, 200, 404, 404, 403, 403]],
  ['GET /lines', '/lines?workshop=w2&firm=f1', [401, 200, 200, 200, 404, 403, 403]],
  ...[
    '',
    '/utilization',
    '/states',
    '/backfills',
    '/metrics/speed',
    '/batches',
    '/batches/118',
    '/breaks',
    '/excursions',
    '/contexts',
    '/reclassifications',
    '/exports/states',
    '/rejections',
  ].flatMap((rest): typeof table => {
    const route = `GET /lines/{line}${rest.replace('speed', '{metric}').replace('118', '{batch}').replace('/exports/states', '/exports/{table}')}`;
    return [
      [route, `/lines/emb-1${rest}`, [401, 200, 200, 200, 200, 403, 403]],
      [route, `/lines/emb-3${rest}`, [401, 200, 200, 200, 404, 403, 403]],
      [route, `/lines/emb-4${rest}`, [401, 200, 200, 404, 404, 403, 403]],
      [route, `/lines/press-1${rest}`, [401, 200, 404, 404, 404, 403, 403]],
      [route, `/lines/nothing${rest}`, [401, 404, 404, 404, 404, 403, 403]],
    ];
  }),
  ...(
    [
      ['emb-1', [401, 200, 200, 200, 403, 403, 403]],
      ['emb-4', [401, 200, 200, 404, 403, 403, 403]],
      ['press-1', [401, 200, 404, 404, 403, 403, 403]],
      ['nothing', [401, 404, 404, 404, 403, 403, 403]],
    ] as [string, number[]][]
  ).map(([line, statuses]): (typeof table)[number] => [
    'POST /lines/{line}/reclassify',
    `/lines/${line}/reclassify`,
    statuses,
    () => ({ from: stopped.from, to: stopped.to, stop: 'thread-break', why: 'seen' }),
  ]),
  ['GET /utilization', '/utilization?by=zone', [401, 200, 200, 200, 200, 200, 200]],
  ['GET /utilization', '/utilization?by=zone&id=zone', [401, 200, 404, 404, 404, 200, 404]],
  ['GET /utilization', '/utilization?by=park&id=emb', [401, 200, 200, 404, 404, 200, 200]],
  ['GET /utilization', '/utilization?by=park&id=med', [401, 200, 404, 404, 404, 200, 404]],
  ['GET /utilization', '/utilization?by=cluster&id=embroidery', [401, 200, 200, 404, 404, 200, 200]],
  ['GET /utilization', '/utilization?by=firm&id=f1', [401, 200, 200, 200, 404, 200, 200]],
  ['GET /utilization', '/utilization?by=firm&id=nothing', [401, 404, 404, 404, 404, 404, 404]],
  ['GET /utilization', '/utilization?by=workshop&id=f1/w1', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /utilization', '/utilization?by=line&id=emb-1', [401, 200, 200, 200, 200, 403, 403]],
  ['GET /reports/{kind}', '/reports/zone?month=2025-11', [401, 200, 404, 404, 403, 200, 404]],
  ['GET /reports/{kind}', '/reports/park?id=emb&month=2025-11&format=csv', [401, 200, 200, 404, 403, 200, 200]],
  ['GET /reports/{kind}', '/reports/park?id=med&month=2025-11', [401, 200, 404, 404, 403, 200, 404]],
  ['GET /reports/{kind}', '/reports/firm?id=f1&month=2025-11&format=xlsx', [401, 200, 200, 200, 403, 200, 200]],
  ['GET /reports/{kind}', '/reports/firm?id=nothing&month=2025-11', [401, 404, 404, 404, 403, 404, 404]],
  ['GET /reports/{kind}', '/reports/line?id=emb-1&month=2025-11', [401, 404, 404, 404, 403, 404, 404]],
  ['GET /overview', '/overview', [401, 200, 200, 403, 403, 200, 200]],
  ['GET /overview', '/overview?park=emb', [401, 200, 200, 403, 403, 200, 200]],
  ['GET /overview', '/overview?park=med', [401, 200, 404, 403, 403, 200, 404]],
  ['GET /overview', '/overview?park=nothing', [401, 404, 404, 403, 403, 404, 404]],
  ['GET /overview/hours', '/overview/hours', [401, 200, 200, 403, 403, 200, 200]],
  ['GET /overview/hours', '/overview/hours?park=med', [401, 200, 404, 403, 403, 200, 404]],
  ['GET /overview/trend', '/overview/trend?step=month', [401, 200, 200, 403, 403, 200, 200]],
  ['GET /overview/trend', '/overview/trend?park=med', [401, 200, 404, 403, 403, 200, 404]],
  ['GET /screens', '/screens', [401, 200, 403, 403, 403, 403, 403]],
  ['POST /screens', '/screens', [401, 201, 403, 403, 403, 403, 403], () => ({ name: 'Hall', shows: { kind: 'park', id: 'emb' } })],
  ['POST /screens', '/screens', [401, 400, 403, 403, 403, 403, 403], () => ({ name: 'Hall', shows: { kind: 'park', id: 'nothing' } })],
  ['DELETE /screens/{screen}', '/screens/nothing', [401, 404, 403, 403, 403, 403, 403]],
  ['POST /session/screen', '/session/screen', [401, 401, 401, 401, 401, 429, 429], () => ({ token: 'nobody has this' })],
  ...alarmTable,
  ['GET /devices', '/devices', [401, 200, 200, 403, 403, 403, 403]],
  ['POST /devices', '/devices', [401, 201, 201, 403, 403, 403, 403], () => ({ line: 'emb-1' })],
  ['POST /devices', '/devices', [401, 201, 404, 403, 403, 403, 403], () => ({ line: 'press-1' })],
  ['POST /devices', '/devices', [401, 404, 404, 403, 403, 403, 403], () => ({ line: 'nothing' })],
  ['POST /devices', '/devices', [401, 201, 201, 403, 403, 403, 403], () => ({ lines: ['emb-1', 'emb-3'] })],
  ['POST /devices', '/devices', [401, 201, 404, 403, 403, 403, 403], () => ({ lines: ['emb-1', 'press-1'] })],
  ['POST /devices', '/devices', [401, 400, 400, 403, 403, 403, 403], () => ({ line: 'emb-1', lines: ['emb-1'] })],
  ['POST /devices/revoke', '/devices/revoke', [401, 200, 200, 403, 403, 403, 403], () => ({ lines: ['emb-1', 'emb-3'] })],
  ['POST /devices/revoke', '/devices/revoke', [401, 200, 404, 403, 403, 403, 403], () => ({ lines: ['press-1'] })],
  ['GET /devices/broker', '/devices/broker', [401, 200, 200, 403, 403, 403, 403]],
  ['DELETE /devices/{username}', '/devices/emb-2', [401, 204, 404, 403, 403, 403, 403]],
  ['DELETE /devices/{username}', '/devices/nothing', [401, 404, 404, 403, 403, 403, 403]],
  ['GET /users', '/users', [401, 200, 403, 403, 403, 403, 403]],
  [
    'POST /users',
    '/users',
    [401, 201, 403, 403, 403, 403, 403],
    (caller) => ({ username: `by-${caller.toLowerCase()}`, password: 'long enough', role: 'admin' }),
  ],
  ['PATCH /users/{username}', '/users/spare', [401, 200, 403, 403, 403, 403, 403], () => ({ language: 'en' })],
  ['DELETE /users/{username}', '/users/spare', [401, 204, 403, 403, 403, 403, 403]],
  ['GET /audit', '/audit', [401, 200, 403, 403, 403, 403, 403]],
];

test(
  'every route answers every caller as the table says; outside the scope is the same as nowhere, to the letter',
  { timeout: 60_000 },
  async () => {
    const stage = await startStage();
    stage.devices.issueAll(['emb-1', 'emb-2']);
    playCollector(stage, standingAlarms());
    stage.past.spansKept.push(stopped);
    const admin = await stage.signedIn('admin');
    await admin.post('/users', { username: 'spare', password: 'long enough', role: 'official' });
    const cookies = new Map<CallerName, string | null>([
      ['nobody', null],
      ['admin', admin.cookie],
    ]);
    for (const [name, account] of Object.entries(accounts)) {
      const visitor = await stage.signedIn({ username: name.toLowerCase(), ...account });
      cookies.set(name as CallerName, visitor.cookie);
    }
    const wrong: string[] = [];
    const notFound = new Map<string, Set<string>>();
    // Signing out ends the sessions the rest needs, so it comes last.
    const ordered = [...table.filter(([route]) => route !== 'DELETE /session'), ...table.filter(([route]) => route === 'DELETE /session')];
    for (const [route, path, statuses, body] of ordered) {
      for (const [index, name] of callers.entries()) {
        const visitor = stage.visitor();
        visitor.cookie = cookies.get(name) ?? null;
        stage.clock.advance(1000);
        const [method = ''] = route.split(' ');
        const { status, body: answer } = await visitor.ask(method, path, body?.(name));
        if (status !== statuses[index]) wrong.push(`${method} ${path} as ${name}: ${String(status)}, not ${String(statuses[index])}`);
        // Which level or kind of report was asked for is said again; whether there is such a thing is not.
        const asked = `${route} ${/by=\w+|^\/reports\/\w+/.exec(path)?.[0] ?? ''}`;
        if (status === 404) notFound.set(asked, (notFound.get(asked) ?? new Set()).add(JSON.stringify(answer)));
      }
    }
    expect(wrong).toEqual([]);
    expect(notFound.size).toBeGreaterThan(30);
    for (const [asked, answers] of notFound) {
      expect([...answers], asked).toEqual([
        expect.stringMatching(/^{"error":{"code":"not-found","message":"There is no such [a-z ]+\."}}$/),
      ]);
    }
  },
);

/** What a wall may ask for besides its own session; all else is 403, wherever it is. */
const onWalls: Record<ScreenShows['kind'], readonly string[]> = {
  zone: ['GET /plant', 'GET /overview', 'GET /overview/hours', 'GET /overview/trend'],
  park: ['GET /plant', 'GET /overview', 'GET /overview/hours', 'GET /overview/trend'],
  workshop: ['GET /plant'],
};
/** Open to everybody, and to whoever is signed in as anything. */
const forAll = [
  'GET /health',
  'GET /session',
  'POST /session',
  'DELETE /session',
  'POST /session/password',
  'POST /session/screen',
  'GET /demo',
];

test.each<ScreenShows>([{ kind: 'zone' }, { kind: 'park', id: 'emb' }, { kind: 'workshop', id: 'f1/w1' }])(
  'a screen of a $kind may ask for what it shows, and every other route is shut to it',
  { timeout: 30_000 },
  async (shows) => {
    const stage = await startStage();
    playCollector(stage, standingAlarms());
    const { body } = await (await stage.signedIn('admin')).post('/screens', { name: 'Hall', shows });
    const screen = stage.visitor();
    await screen.post('/session/screen', { token: (body as IssuedScreen).token });
    const wrong: string[] = [];
    for (const [route, path, , bodyOf] of table) {
      if (forAll.includes(route)) continue;
      const [method = ''] = route.split(' ');
      const { status } = await screen.ask(method, path, bodyOf?.('screen'));
      const isBeyond = path.includes('park=') && !(shows.kind === 'zone' || path.includes('park=emb'));
      const expected = !onWalls[shows.kind].includes(route) ? 403 : isBeyond || path.includes('nothing') ? 404 : 200;
      if (status !== expected) wrong.push(`${method} ${path}: ${String(status)}, not ${String(expected)}`);
    }
    expect(wrong).toEqual([]);
  },
);

test('the table leaves no route out', async () => {
  expect([...new Set(table.map(([route]) => route))].sort()).toEqual((await everyRoute()).sort());
});
