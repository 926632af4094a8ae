/** The API client against a real server: answers, problems, and a server that is not there. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Api } from './api.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
});

async function apiOn(listener: RequestListener): Promise<Api> {
  const server = createServer({ keepAlive: false }, listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return new Api(fetch, `http://127.0.0.1:${String(port)}/api/v1`);
}

const answering = (status: number, body: string, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { ...headers, connection: 'close' }).end(body);
  };
};

describe('the API', () => {
  it('asks for what it says and gives the value', async () => {
    const asked: (string | undefined)[] = [];
    const api = await apiOn((request, response) => {
      asked.push(`${String(request.method)} ${String(request.url)}`);
      response.setHeader('connection', 'close').end('{"points":[]}');
    });
    expect(await api.series('press-01', 'tbl_speed', { from: 1.5, to: 20, points: 500 })).toEqual({ value: { points: [] }, problem: null });
    expect(asked).toEqual(['GET /api/v1/lines/press-01/metrics/tbl_speed?from=1&to=20&points=500']);
  });

  it('takes an empty answer for done', async () => {
    const api = await apiOn(answering(204, ''));
    expect((await api.revokeScreen('hall')).problem).toBeNull();
  });

  it('says when nobody is signed in, but not for a wrong password', async () => {
    let left = 0;
    const api = await apiOn(answering(401, '{"error":{"code":"signed-out","message":"…"}}'));
    api.onSignedOut = () => {
      left += 1;
    };
    expect((await api.signIn('a', 'b')).problem).toMatchObject({ status: 401, code: 'signed-out' });
    expect(left).toBe(0);
    await api.plant();
    expect(left).toBe(1);
  });

  it('says how long to wait', async () => {
    const api = await apiOn(answering(429, '{"error":{"code":"throttled","message":"…"}}', { 'retry-after': '42' }));
    expect((await api.signIn('a', 'b')).problem).toEqual({ status: 429, code: 'throttled', message: '…', retryAfterSeconds: 42 });
  });

  it('turns rubbish and silence into problems, never into throws', async () => {
    expect((await (await apiOn(answering(502, '<html>'))).health()).problem).toMatchObject({ status: 502, code: 'unknown' });
    expect((await (await apiOn(answering(200, '<html>'))).health()).problem).toMatchObject({ status: 0 });
    const gone = await apiOn((request) => {
      request.socket.destroy();
    });
    expect((await gone.health()).problem).toMatchObject({ status: 0, code: 'unreachable' });
  });
});
