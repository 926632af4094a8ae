/**
 * The rules around every route: who may ask from where, what is malformed, what is too much, headers, and the web
 * files.
 */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { Stage } from './stage.suite.ts';
import type { Answer, Visitor } from './visitor.suite.ts';
import { begin, lineOf } from './plant.suite.ts';
import { liveRecord, startStage, wellBeing } from './stage.suite.ts';

const codeOf = (answer: Answer): unknown => (answer.body as { error: { code: unknown } }).error.code;
const seen = (answer: Answer): unknown[] => [answer.status, codeOf(answer)];

interface Raw {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** A request exactly as written: no path made neat, no coding undone. */
function raw(stage: Stage, path: string, headers: Record<string, string> = {}, method = 'GET', chunks: string[] = []): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asked = request(`${stage.url}/`, { path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject);
    for (const chunk of chunks) asked.write(chunk);
    asked.end();
  });
}

describe('every answer', () => {
  test('of the API and of the web carries the security headers', async () => {
    const stage = await startStage();
    const paths = ['/', '/api/v1/health', '/api/v1/plant', '/nothing.js', '/api/nothing', '/socket.io/?EIO=4&transport=polling'];
    for (const path of paths) {
      const { headers } = await raw(stage, path);
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['strict-transport-security']).toBeUndefined();
      if (path.startsWith('/api/')) expect(headers['cache-control']).toBe('no-store');
    }
  });

  test('to what is not there is a 404 as JSON, and to a wrong method a 405 that names the right ones', async () => {
    const stage = await startStage();
    const visitor = stage.visitor();
    expect(seen(await visitor.get('/nothing'))).toEqual([404, 'not-found']);
    expect((await raw(stage, '/api')).status).toBe(404);
    expect((await raw(stage, '/api/v2/lines')).status).toBe(404);
    const wrong = await visitor.ask('PUT', '/users/admin', {});
    expect([...seen(wrong), wrong.headers.get('allow')]).toEqual([405, 'wrong-method', 'PATCH, DELETE']);
    expect(seen(await visitor.ask('DELETE', '/lines'))).toEqual([405, 'wrong-method']);
    expect((await raw(stage, '/', {}, 'POST')).status).toBe(405);
    expect((await raw(stage, '/api/v1/health', {}, 'HEAD')).status).toBe(200);
  });
});

describe('a call that changes something', () => {
  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'not a url'])('is refused from the page %s', async (origin) => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    for (const [method, path] of [
      ['POST', '/session'],
      ['DELETE', '/session'],
      ['POST', '/devices'],
      ['PATCH', '/users/admin'],
    ] as const) {
      expect(seen(await admin.ask(method, path, { line: 'emb-1' }, { origin }))).toEqual([403, 'foreign-origin']);
    }
    expect((await admin.ask('GET', '/devices', undefined, { origin })).body).toEqual([]);
  });

  test('is taken from our own page, and from programs that are no browsers', async () => {
    const admin = await (await startStage()).signedIn('admin');
    expect((await admin.ask('POST', '/devices', { line: 'emb-1' }, { origin: admin.url })).status).toBe(201);
    expect((await admin.ask('POST', '/devices', { line: 'emb-2' })).status).toBe(201);
  });

  test('needs a body that is JSON, of the right shape, and of at most a mebibyte, told or not', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    expect(seen(await admin.ask('POST', '/devices', '{"line":'))).toEqual([400, 'bad-json']);
    expect(seen(await admin.ask('POST', '/devices'))).toEqual([400, 'bad-body']);
    expect(seen(await admin.ask('POST', '/devices', '{"line":"emb-1","__proto__":{"x":1}}'))).toEqual([400, 'bad-body']);
    expect(seen(await admin.ask('POST', '/devices', '['.repeat(100_000)))).toEqual([400, 'bad-json']);
    expect(seen(await admin.ask('POST', '/devices', ' '.repeat(1024 * 1024 + 1)))).toEqual([413, 'too-large']);
    const cookie = admin.cookie ?? '';
    const chunked = await raw(stage, '/api/v1/devices', { cookie, 'transfer-encoding': 'chunked' }, 'POST', ['{', ' '.repeat(1024 * 1024)]);
    expect(chunked.status).toBe(413);
    expect((await admin.get('/devices')).body).toEqual([]);
  });

  test('of a stranger takes a body no longer than a sign-in can be, told or not', async () => {
    const stage = await startStage();
    const signIn = { username: '汝'.repeat(64), password: '\u0001'.repeat(128) };
    expect((await stage.visitor().ask('POST', '/session', signIn)).status).toBe(401);
    for (const path of ['/session', '/session/screen']) {
      expect(seen(await stage.visitor().ask('POST', path, ' '.repeat(4097))), path).toEqual([413, 'too-large']);
      const chunked = await raw(stage, `/api/v1${path}`, { 'transfer-encoding': 'chunked' }, 'POST', ['{', ' '.repeat(4096)]);
      expect(chunked.status, path).toBe(413);
    }
  });

  test('issues a device once, with a password that works, and revokes it', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const issued = (await admin.post('/devices', { line: 'emb-1' })).body as { username: string; password: string };
    expect(Object.keys(issued)).toEqual(['username', 'password']);
    expect(stage.devices.verify(issued.username, issued.password)).toMatchObject({ line: 'emb-1' });
    expect((await admin.get('/devices')).body).toEqual([{ username: 'emb-1', line: 'emb-1', createdAt: begin }]);
    expect((await admin.ask('DELETE', '/devices/emb-1')).status).toBe(204);
    expect(stage.devices.verify(issued.username, issued.password)).toBeNull();
  });

  test('issues and revokes devices of many lines at once, each of them in the audit trail; all or none', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    expect((await admin.ask('POST', '/devices', { lines: ['emb-1', 'nothing'] })).status).toBe(404);
    expect((await admin.get('/devices')).body).toEqual([]);
    const { status, body } = await admin.ask('POST', '/devices', { lines: ['emb-1', 'press-1'] });
    const issued = body as { username: string; password: string }[];
    expect([status, issued.map(({ username }) => username)]).toEqual([201, ['emb-1', 'press-1']]);
    for (const { username, password } of issued) expect(stage.devices.verify(username, password)).toMatchObject({ line: username });
    const revoked = await admin.ask('POST', '/devices/revoke', { lines: ['emb-1', 'emb-2', 'press-1'] });
    expect(revoked.body).toEqual({ revoked: ['emb-1', 'press-1'] });
    expect(stage.devices.list()).toEqual([]);
    const trail = (await admin.get('/audit')).body as { action: string; subject: string }[];
    const deeds = trail.filter(({ action }) => action.startsWith('device-')).map(({ action, subject }) => `${action} ${subject}`);
    expect(deeds.reverse()).toEqual(['issue emb-1', 'issue press-1', 'revoke emb-1', 'revoke press-1'].map((deed) => `device-${deed}`));
    expect((await admin.get('/devices/broker')).body).toEqual({ port: 1883, tls: false });
  });
});

test('devices of lines that have gone from the plant are left to the admin of everything, who can still revoke them', async () => {
  const stage = await startStage();
  const admin = await stage.signedIn('admin');
  const part = await stage.signedIn({ username: 'part', role: 'admin', scope: { parks: ['emb', 'med'] } });
  stage.devices.issueAll(['emb-1', 'gone-1', 'gone-2']);
  const listed = async (visitor: Visitor): Promise<string[]> =>
    ((await visitor.get('/devices')).body as { line: string }[]).map(({ line }) => line);
  expect([await listed(admin), await listed(part)]).toEqual([['emb-1', 'gone-1', 'gone-2'], ['emb-1']]);
  expect((await part.ask('DELETE', '/devices/gone-1')).body).toEqual((await part.ask('DELETE', '/devices/nothing')).body);
  expect((await part.ask('POST', '/devices/revoke', { lines: ['gone-1'] })).status).toBe(404);
  expect((await admin.ask('POST', '/devices', { line: 'gone-1' })).status).toBe(404);
  expect((await admin.ask('DELETE', '/devices/gone-1')).status).toBe(204);
  expect((await admin.ask('POST', '/devices/revoke', { lines: ['gone-2'] })).body).toEqual({ revoked: ['gone-2'] });
  expect(stage.devices.list().map(({ line }) => line)).toEqual(['emb-1']);
});

describe('health', () => {
  test('tells strangers its status alone', async () => {
    const stage = await startStage();
    expect((await stage.visitor().get('/health')).body).toEqual({ status: 'ok' });
    expect((await (await stage.signedIn('admin')).get('/health')).body).toEqual(wellBeing);
  });

  test('is worked out once for all strangers of a moment, and anew for whoever is signed in', async () => {
    let times = 0;
    const health = () => Promise.resolve({ ...wellBeing, status: (times += 1) > 2 ? ('degraded' as const) : ('ok' as const) });
    const stage = await startStage({ health });
    for (let asked = 0; asked < 20; asked += 1) expect((await stage.visitor().get('/health')).body).toEqual({ status: 'ok' });
    expect(times).toBe(1);
    const admin = await stage.signedIn('admin');
    await admin.get('/health');
    expect((await admin.get('/health')).body).toMatchObject({ status: 'degraded', version: '1.2.3' });
    stage.clock.advance(500);
    expect([(await stage.visitor().get('/health')).body, times]).toEqual([{ status: 'degraded' }, 4]);
  });

  test('is 503 where the parts behind do not answer', async () => {
    const stage = await startStage({ health: () => Promise.reject(new Error('not there')) });
    expect(seen(await stage.visitor().get('/health'))).toEqual([503, 'store-unavailable']);
  });
});

describe('windows of time', () => {
  const from = String(begin - 3_600_000);
  test.each([
    ['from=x', 'bad-window'],
    [`from=${from}.5`, 'bad-window'],
    ['from=-1', 'bad-window'],
    ['to=1e12', 'bad-window'],
    [`from=${from}&to=${from}`, 'bad-window'],
    [`from=${String(begin + 1)}`, 'bad-window'],
    ['from=0', 'window-too-long'],
    ['to=9999999999999999', 'bad-window'],
  ])('%s is refused as %s', async (query, code) => {
    const admin = await (await startStage()).signedIn('admin');
    for (const path of ['states', 'utilization', 'metrics/speed']) {
      expect(seen(await admin.get(`/lines/emb-1/${path}?${query}`))).toEqual([400, code]);
    }
    expect(seen(await admin.get(`/utilization?by=zone&${query}`))).toEqual([400, code]);
  });

  test('end now and begin a day before, unless told', async () => {
    const admin = await (await startStage()).signedIn('admin');
    const span = { state: 'running', stop: null };
    expect((await admin.get('/lines/emb-1/states')).body).toEqual([{ ...span, from: begin - 86_400_000, to: begin }]);
    expect((await admin.get(`/lines/emb-1/states?from=${from}&to=`)).body).toEqual([{ ...span, from: Number(from), to: begin }]);
  });
});

describe('a line', () => {
  test('is its live record with its type; before its first record it is unknown', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const line = lineOf(stage.plant, 'emb-1');
    expect((await admin.get('/lines/emb-1')).body).toMatchObject({ id: 'emb-1', state: 'unknown', ts: null, equipment: line.type });
    stage.live('emb-1', { state: 'stopped', stop: 'thread-break' });
    const record = liveRecord(line, begin, { state: 'stopped', stop: 'thread-break' });
    expect((await admin.get('/lines/emb-1')).body).toEqual({ ...record, equipment: line.type });
    const all = (await admin.get('/lines')).body as { id: string; state: string }[];
    expect(all.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'emb-1 stopped',
      ...['emb-2', 'emb-3', 'emb-4', 'press-1'].map((id) => `${id} unknown`),
    ]);
  });

  test('has points, batches and rejections, as many as asked and allowed', async () => {
    const admin = await (await startStage()).signedIn('admin');
    const points = async (query: string): Promise<Answer> => admin.get(`/lines/emb-1/metrics/${query}`);
    expect((await points('speed')).body).toEqual({ points: [[begin - 86_400_000, 0, 500, 250]] });
    expect((await points('undeclared?points=5000')).status).toBe(200);
    for (const count of ['0', '5001', 'x', '1.5']) expect(seen(await points(`speed?points=${count}`))).toEqual([400, 'bad-number']);
    expect(seen(await points('recipe'))).toEqual([400, 'not-a-number']);
    expect(seen(await points('x'.repeat(65)))).toEqual([400, 'bad-metric']);
    expect((await admin.get('/lines/emb-1/batches/118')).body).toMatchObject({ line: 'emb-1', batch: '118' });
    expect((await admin.get(`/lines/emb-1/batches/${encodeURIComponent('批/1')}`)).body).toMatchObject({ batch: '批/1' });
    expect(seen(await admin.get('/lines/emb-1/batches/119'))).toEqual([404, 'not-found']);
    expect((await admin.get('/lines/emb-1/rejections?limit=2')).body).toHaveLength(2);
  });
});

describe('while the store is down', () => {
  const questions = ['/lines/emb-1/utilization', '/lines/emb-1/states', '/lines/emb-1/metrics/speed', '/lines/emb-1/batches'];
  const all = [...questions, '/lines/emb-1/batches/118', '/lines/emb-1/rejections', '/utilization?by=zone'];

  test('questions about the past say so, and what is live goes on', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    stage.past.mood = 'fails';
    for (const path of all) expect(seen(await admin.get(path))).toEqual([503, 'store-unavailable']);
    expect((await admin.get('/lines/emb-1')).status).toBe(200);
  });

  test('nobody waits for ever', async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    stage.past.mood = 'hangs';
    const answers = Promise.all(all.map((path) => admin.get(path)));
    await vi.waitFor(() => {
      expect(stage.past.asked).toBe(all.length);
    });
    stage.clock.advance(10_000);
    expect((await answers).map(({ status }) => status)).toEqual(all.map(() => 503));
  });
});

describe('web files', () => {
  test('the page is never stale, hashed assets are kept for good, both compressed and known by their content', async () => {
    const stage = await startStage();
    const page = await raw(stage, '/', { 'accept-encoding': 'gzip, br' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-encoding': 'br',
    });
    expect(brotliDecompressSync(page.body).toString()).toContain('<title>Bobbin</title>');
    const asset = await raw(stage, '/assets/index-a1B2c3D4.js', { 'accept-encoding': 'gzip, br;q=0' });
    expect(asset.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'gzip' });
    expect(gunzipSync(asset.body).toString()).toContain('console.log');
    const plain = await raw(stage, '/assets/index-a1B2c3D4.js');
    expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, gunzipSync(asset.body).toString()]);
    const again = await raw(stage, '/', { 'if-none-match': String(page.headers.etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('a place within the app is the page; a file that is not there is not', async () => {
    const stage = await startStage();
    expect((await raw(stage, '/lines/emb-1')).body.toString()).toContain('Bobbin');
    expect((await raw(stage, '/assets/other.js')).status).toBe(404);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/%5c..%5c..%5csecret.txt',
    '//secret.txt',
    '/%00secret.txt',
    '/%E0%A4%A',
  ])('no path leads out of the folder: %s', async (path) => {
    const { status, body } = await raw(await startStage(), path);
    expect(body.toString()).not.toBe('secret');
    expect(status).toBeOneOf([200, 404]);
  });

  test('without a built app the API still works', async () => {
    const stage = await startStage({ webFolder: '/nowhere/at/all' });
    expect((await raw(stage, '/')).status).toBe(404);
    expect((await stage.visitor().get('/health')).status).toBe(200);
  });
});
