/** Somebody who takes more room than there is for one: connections, questions, sockets, sessions. Everybody else goes on as before. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { createSessions, sessionsPerUser } from './sessions.ts';
import { openDatabase } from './database.ts';
import { startStage, type Stage } from './stage.suite.ts';
import { snapshot, watch } from './visitor.suite.ts';

function open({ dashboard }: Stage): Socket {
  const [host, port] = dashboard.address.split(':');
  return connect(Number(port), host)
    .on('error', () => undefined)
    .resume();
}

test('connections are bounded by peer, said or unsaid', async () => {
  const stage = await startStage({ connectionsPerPeer: 3 });
  const silent = [open(stage), open(stage), open(stage)];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const beyond = open(stage);
  await once(beyond, 'close');
  await expect(stage.visitor().get('/health')).rejects.toThrow();
  for (const socket of silent) socket.destroy();
  await expect
    .poll(() =>
      stage
        .visitor()
        .get('/health')
        .then(
          ({ status }) => status,
          () => 0,
        ),
    )
    .toBe(200);
});

test('questions at once are bounded by account, up to the last byte of their answers', async () => {
  const stage = await startStage();
  const [admin, other] = [await stage.signedIn('admin'), await stage.signedIn({ username: 'li', role: 'official', scope: {} })];
  stage.past.mood = 'hangs';
  const many = Array.from({ length: 64 }, () => admin.get('/lines/emb-1/states'));
  await vi.waitFor(() => {
    expect(stage.past.asked).toBe(64);
  });
  const { status, body, headers } = await admin.get('/plant');
  expect([status, body, headers.get('retry-after')]).toMatchObject([429, { error: { code: 'too-many-requests' } }, '1']);
  expect((await other.get('/plant')).status).toBe(200);
  stage.clock.advance(10_000);
  expect(new Set((await Promise.all(many)).map((answer) => answer.status))).toEqual(new Set([503]));
  expect((await admin.get('/plant')).status).toBe(200);
});

test('live sockets are bounded by account, and one that never says who it is is closed', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  const stranger = new WebSocket(`${stage.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const begun = performance.now();
  const closed = once(stranger, 'close').then(() => performance.now() - begun);
  const sockets = Array.from({ length: 200 }, () => admin.socket());
  await Promise.all(sockets.map((socket) => once(socket as never, 'connect')));
  const refused = new Promise<string>((resolve) => {
    admin.socket().on('connect_error', ({ message }) => {
      resolve(message);
    });
  });
  expect(await refused).toBe('too-many-sockets');
  const official = (await stage.signedIn({ username: 'li', role: 'official', scope: {} })).socket();
  expect(await watch(official)).toMatchObject({ error: { code: 'forbidden' } });
  sockets[0]?.disconnect();
  await vi.waitFor(async () => {
    expect((await snapshot(admin.socket())).lines).toHaveLength(5);
  });
  expect(await closed).toBeLessThan(7000);
});

test('sessions are bounded by account: the one used longest ago ends, nobody else’s does', async () => {
  const stage = await startStage();
  const [admin, other] = [await stage.signedIn('admin'), await stage.signedIn({ username: 'li', role: 'official', scope: {} })];
  const database = openDatabase(stage.dataFolder);
  const sessions = createSessions(database, stage.clock);
  stage.clock.leap(3_600_000);
  expect((await admin.get('/session')).status).toBe(200);
  const tokens = Array.from({ length: sessionsPerUser }, () => sessions.start('admin') ?? '');
  expect(sessions.count()).toBe(sessionsPerUser + 1);
  expect([await admin.get('/session'), await other.get('/session')].map(({ status }) => status)).toEqual([401, 200]);
  expect(tokens.map((token) => sessions.use(token)?.caller.username)).toEqual(tokens.map(() => 'admin'));
  database.close();
});
