/**
 * Wall screens over real HTTP and sockets: made by an admin, opened with a token, able to do what they show and nothing else, cut off
 * when revoked. Overviews as officials have them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AuditAnswer, PlantAnswer } from '../../contract/api.ts';
import type { OverviewAnswer, OverviewHours, OverviewTrend } from '../../contract/overview.ts';
import type { IssuedScreen, ScreenAnswer, ScreenShows } from '../../contract/screens.ts';
import { startStage, type Stage } from './stage.suite.ts';
import { next, watch, type Visitor } from './visitor.suite.ts';

const hourMs = 3_600_000;

async function made(stage: Stage, shows: ScreenShows): Promise<IssuedScreen> {
  const { status, body } = await (await stage.signedIn('admin')).post('/screens', { name: 'Hall', shows, language: 'en' });
  expect(status).toBe(201);
  return body as IssuedScreen;
}

async function opened(stage: Stage, { token }: IssuedScreen): Promise<Visitor> {
  const screen = stage.visitor();
  expect((await screen.post('/session/screen', { token })).status).toBe(200);
  return screen;
}

/** Everything a signed-in person might try that a wall has no use for. */
const beyond = [
  '/lines',
  '/lines/emb-1',
  '/lines/emb-1/states',
  '/lines/emb-1/utilization',
  '/lines/emb-1/batches',
  '/utilization?by=zone',
  '/utilization?by=firm&id=f1',
  '/reports/zone?month=2025-11',
  '/reports/park?id=emb&month=2025-11',
  '/devices',
  '/users',
  '/audit',
  '/screens',
];

test('a screen of the zone sees sums, and can do nothing else', async () => {
  const stage = await startStage();
  const issued = await made(stage, { kind: 'zone' });
  expect(issued.token.length).toBeGreaterThanOrEqual(43);
  const screen = await opened(stage, issued);
  const { body } = await screen.get('/session');
  expect(body).toMatchObject({ role: 'official', screen: { id: issued.id, name: 'Hall', shows: { kind: 'zone' } } });
  for (const path of ['/plant', '/overview', '/overview?park=med', '/overview/hours', '/overview/trend'])
    expect([path, (await screen.get(path)).status]).toEqual([path, 200]);
  for (const path of beyond) expect([path, (await screen.get(path)).status]).toEqual([path, 403]);
  expect((await screen.get('/health')).body).toEqual({ status: 'ok' });
  const everything = JSON.stringify([await screen.get('/plant'), await screen.get('/overview')]);
  for (const line of stage.plant.lines.keys()) expect(everything).not.toContain(line);

  const socket = screen.socket();
  const summary = next(socket, 'summary');
  await expect.poll(() => socket.connected).toBe(true);
  stage.clock.advance(1000);
  expect((await summary).parts.map(({ id }) => id)).toEqual(['zone', 'emb', 'med']);
  expect(await watch(socket, {})).toMatchObject({ error: { code: 'forbidden' } });
});

test('a screen of a park sees that park and nothing of others', async () => {
  const stage = await startStage();
  const screen = await opened(stage, await made(stage, { kind: 'park', id: 'emb' }));
  const { body } = await screen.get('/overview');
  expect(body).toMatchObject({ kind: 'park', id: 'emb', whole: { lines: 4 } });
  expect((await screen.get('/overview?park=med')).body).toEqual((await screen.get('/overview?park=nowhere')).body);
  expect(((await screen.get('/plant')).body as PlantAnswer).parks.map(({ id }) => id)).toEqual(['emb']);
});

test('a screen of a workshop watches its lines, asks for no past of them, and sees no other', async () => {
  const stage = await startStage();
  const screen = await opened(stage, await made(stage, { kind: 'workshop', id: 'f1/w1' }));
  for (const path of [...beyond, '/overview', '/overview/hours']) expect([path, (await screen.get(path)).status]).toEqual([path, 403]);
  const socket = screen.socket();
  await expect.poll(() => socket.connected).toBe(true);
  expect(await watch(socket, { firm: 'f1', workshop: 'w1' })).toMatchObject({ lines: [{ id: 'emb-1' }, { id: 'emb-2' }] });
  expect(await watch(socket, { firm: 'f1', workshop: 'w2' })).toMatchObject({ error: { code: 'not-found' } });
  expect(await watch(socket, { line: 'press-1' })).toMatchObject({ error: { code: 'not-found' } });
});

test('revoked, its sockets are cut within a second, its session and its token are worth nothing', async () => {
  const stage = await startStage();
  const issued = await made(stage, { kind: 'zone' });
  const screen = await opened(stage, issued);
  const socket = screen.socket();
  await expect.poll(() => socket.connected).toBe(true);
  const cut = new Promise((resolve) => socket.once('disconnect', resolve));
  const admin = await stage.signedIn('admin');
  expect((await admin.ask('DELETE', `/screens/${issued.id}`, undefined, { origin: stage.url })).status).toBe(204);
  stage.clock.advance(1000);
  expect(await cut).toBe('io server disconnect');
  expect((await screen.get('/overview')).status).toBe(401);
  expect((await stage.visitor().post('/session/screen', { token: issued.token })).status).toBe(401);
  expect((await admin.ask('DELETE', `/screens/${issued.id}`, undefined, { origin: stage.url })).status).toBe(404);
});

test('the token is kept nowhere, opens again after a restart of the screen, and ends the session it finds', async () => {
  const stage = await startStage();
  const issued = await made(stage, { kind: 'park', id: 'emb' });
  const files = ['accounts.db', 'accounts.db-wal'].map((file) => readFileSync(join(stage.dataFolder, file), 'latin1')).join('');
  expect(files).toContain(issued.id);
  expect(files).not.toContain(issued.token);
  const person = await stage.signedIn({ username: 'official', role: 'official', scope: {} });
  const before = person.cookie;
  expect((await person.post('/session/screen', { token: issued.token })).status).toBe(200);
  expect(((await person.get('/session')).body as { username: string }).username).toBe(`screen:${issued.id}`);
  person.cookie = before;
  expect((await person.get('/session')).status).toBe(401);
  expect((await opened(stage, issued)).cookie).not.toBeNull();
});

test('it says when it was last seen, and the audit trail who made, opened and revoked it', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  const issued = await made(stage, { kind: 'zone' });
  const seen = async (): Promise<number | null> => ((await admin.get('/screens')).body as ScreenAnswer[])[0]?.seenAt ?? null;
  expect(await seen()).toBeNull();
  const screen = await opened(stage, issued);
  stage.clock.leap(hourMs);
  await screen.get('/overview');
  expect(await seen()).toBe(stage.clock.now());
  // Renewed for as long as it is used, however many weeks that are.
  for (let week = 0; week < 8; week += 1) {
    stage.clock.leap(7 * 24 * hourMs);
    expect((await screen.get('/plant')).status).toBe(200);
  }
  await stage.visitor().post('/session/screen', { token: 'x'.repeat(43) });
  await admin.signIn('admin', 'correct horse');
  await admin.ask('DELETE', `/screens/${issued.id}`, undefined, { origin: stage.url });
  const from = String(stage.clock.now() - 70 * 24 * hourMs);
  const entries = (await admin.get(`/audit?from=${from}`)).body as AuditAnswer[] | { entries: AuditAnswer[] };
  const list = Array.isArray(entries) ? entries : entries.entries;
  expect(list.filter(({ action }) => action.startsWith('screen-')).map(({ who, action }) => [who, action])).toEqual([
    ['admin', 'screen-revoke'],
    ['(unknown screen)', 'screen-refused'],
    [`screen:${issued.id}`, 'screen-open'],
    ['admin', 'screen-create'],
  ]);
  expect(JSON.stringify(list)).not.toContain(issued.token);
});

test('its name is one that every file can hold', async () => {
  const admin = await (await startStage()).signedIn('admin');
  for (const name of ['cut\0off', 'half of \ud83d', 'a\u001b[2J', ' ']) {
    expect((await admin.post('/screens', { name, shows: { kind: 'zone' } })).status, JSON.stringify(name)).toBe(400);
  }
});

test('guesses are throttled', async () => {
  const stage = await startStage();
  const statuses: number[] = [];
  for (let guess = 0; guess < 7; guess += 1)
    statuses.push((await stage.visitor().post('/session/screen', { token: `guess ${String(guess)}` })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
});

test('an overview is asked of the store once for all who ask meanwhile, and 503 while it does not answer', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  const official = await stage.signedIn({ username: 'official', role: 'official', scope: {} });
  stage.past.mood = 'fails';
  expect((await official.get('/overview')).status).toBe(503);
  stage.past.mood = 'answers';
  stage.past.asked = 0;
  for (const visitor of [official, admin]) {
    expect((await visitor.get('/overview')).body).toMatchObject({
      kind: 'zone',
      whole: { lines: 5, figures: { coverage: 0.5, utilization: 1 } },
    });
    expect((await visitor.get('/overview?park=emb')).body).toMatchObject({ kind: 'park', firms: [{ id: 'f1' }, { id: 'f2' }] });
  }
  expect(stage.past.asked).toBe(2);
  const hours = (await official.get('/overview/hours')).body as OverviewHours;
  expect(hours.cells.flat().filter((cell) => cell !== null)).toHaveLength(168);
  const trend = (await official.get('/overview/trend?step=month')).body as OverviewTrend;
  expect(trend.points).toHaveLength(13);
  expect((await official.get('/overview/trend?step=year')).status).toBe(400);
  stage.live('emb-1', { state: 'fault' });
  const { whole } = (await official.get('/overview')).body as OverviewAnswer;
  expect([whole.now.fault, whole.now.unknown]).toEqual([1, 4]);
});
