/**
 * Live sockets as a browser has them: sign-in, snapshots, deltas in step, limits, summaries, the end of a session.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import type { Delta, LiveRecord } from '../../contract/live.ts';
import { begin, lineOf } from './plant.suite.ts';
import { liveRecord, startStage, type Stage } from './stage.suite.ts';
import { next, snapshot, watch, type Visitor } from './visitor.suite.ts';

type LiveClient = ReturnType<Visitor['socket']>;

async function refusal(socket: LiveClient): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.on('connect_error', (error) => {
      resolve(error.message);
    });
    socket.on('connect', () => {
      reject(new Error('connected'));
    });
  });
}

async function adminSocket(stage: Stage): Promise<LiveClient> {
  const socket = (await stage.signedIn('admin')).socket();
  await vi.waitFor(() => {
    expect(socket.connected).toBe(true);
  });
  return socket;
}

describe('a connection', () => {
  test('needs a session', async () => {
    const stage = await startStage();
    const visitor = stage.visitor();
    expect(await refusal(visitor.socket())).toBe('signed-out');
    visitor.cookie = 'bobbin_session=made-up';
    expect(await refusal(visitor.socket())).toBe('signed-out');
  });

  test("is refused from another site's page, over polling, and outside the namespace", async () => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const cookie = admin.cookie ?? '';
    for (const origin of ['http://evil.example', 'null', `${admin.url}.evil.example`, '']) {
      expect(await refusal(admin.socket({ extraHeaders: { cookie, origin } })), origin).toBe('websocket error');
    }
    expect(await refusal(admin.socket({ transports: ['polling'] }))).toBe('xhr poll error');
    const elsewhere = admin.socket().io.socket('/');
    elsewhere.connect();
    expect(await refusal(elsewhere)).toBe('not-found');
  });

  test.each([
    { host: 'a b c', origin: 'http://a' },
    { host: '', origin: 'http://127.0.0.1' },
    { origin: 'http://' },
    { cookie: 'bobbin_session=%' },
    { cookie: ';;=;bobbin_session' },
  ])('with malformed headers harms nobody: %j', async (headers) => {
    const stage = await startStage();
    const [host = '', port = ''] = stage.dashboard.address.split(':');
    const wire = connect(Number(port), host);
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'x'.repeat(22) + '==',
    };
    const lines = Object.entries({ host: stage.dashboard.address, ...upgrade, ...headers }).map(([name, value]) => `${name}: ${value}`);
    wire.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    await once(wire, 'data');
    wire.destroy();
    expect((await snapshot(await adminSocket(stage))).lines).toHaveLength(5);
  });

  test.each(['sign-out', 'role', 'password', 'disable', 'delete'])('ends within a second of its session: %s', async (how) => {
    const stage = await startStage();
    const admin = await stage.signedIn('admin');
    const visitor = await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { firms: ['f1'] } });
    const socket = visitor.socket();
    await snapshot(socket);
    const ended = new Promise((resolve) => socket.on('disconnect', resolve));
    if (how === 'sign-out') await visitor.ask('DELETE', '/session');
    else if (how === 'delete') await admin.ask('DELETE', '/users/wang');
    else {
      const changes = { role: { role: 'maintenance' }, password: { password: 'another one' }, disable: { disabled: true } };
      await admin.ask('PATCH', '/users/wang', changes[how as keyof typeof changes]);
    }
    stage.clock.advance(1000);
    expect(await ended).toBe('io server disconnect');
  });
});

describe('watch', () => {
  test('answers the lines of the filter within the scope, as they are', async () => {
    const stage = await startStage();
    stage.live('emb-2', { state: 'stopped' });
    const visitor = await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { firms: ['f1'] } });
    const socket = visitor.socket();
    const all = await snapshot(socket);
    expect(all.at).toBe(begin);
    expect(all.lines.map(({ id, state }) => `${id} ${state}`)).toEqual(['emb-1 unknown', 'emb-2 stopped', 'emb-3 unknown']);
    expect(all.lines[1]).toEqual(liveRecord(lineOf(stage.plant, 'emb-2'), begin, { state: 'stopped' }));
    expect((await snapshot(socket, { workshop: 'w2' })).lines.map(({ id }) => id)).toEqual(['emb-3']);
    expect((await snapshot(socket, { line: 'emb-1' })).lines).toHaveLength(1);
  });

  test('answers what is outside the scope like what does not exist, and an official not at all', async () => {
    const stage = await startStage();
    const supervisor = (await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { firms: ['f1'] } })).socket();
    const [outside, nowhere] = [await watch(supervisor, { firm: 'f2' }), await watch(supervisor, { firm: 'f9' })];
    expect(outside).toEqual(nowhere);
    expect(outside).toMatchObject({ error: { code: 'not-found' } });
    const official = (await stage.signedIn({ username: 'li', role: 'official', scope: {} })).socket();
    expect(await watch(official)).toMatchObject({ error: { code: 'forbidden' } });
  });

  test.each([null, 5, 'all', [[]], { park: 5 }, { park: '../x' }, { park: 'x'.repeat(64) }, { city: 'ruzhou' }])(
    'refuses a filter that is none: %j',
    async (filter) => {
      const socket = await adminSocket(await startStage());
      expect(await watch(socket, filter as never)).toMatchObject({ error: { code: 'bad-filter' } });
    },
  );

  test('may be asked as often as a person clicks; far beyond that the socket is closed', async () => {
    const stage = await startStage();
    const socket = await adminSocket(stage);
    for (let click = 0; click < 6; click += 1) expect(await watch(socket)).toHaveProperty('lines');
    expect(await watch(socket)).toMatchObject({ error: { code: 'too-many-watches' } });
    stage.clock.advance(1000);
    expect(await watch(socket)).toHaveProperty('lines');
    const ended = new Promise((resolve) => socket.on('disconnect', resolve));
    for (let click = 0; click < 60; click += 1) void watch(socket);
    expect(await ended).toBe('io server disconnect');
  });

  test('a message without an answer function, or larger than a filter can be, harms nobody', async () => {
    const stage = await startStage();
    const socket = await adminSocket(stage);
    socket.emit('watch', {}, undefined as never);
    expect(await watch(socket)).toHaveProperty('lines');
    const large = await adminSocket(stage);
    const ended = new Promise((resolve) => large.on('disconnect', resolve));
    void watch(large, { park: 'x'.repeat(10_000) });
    await ended;
    expect(await watch(socket)).toHaveProperty('lines');
  });
});

describe('deltas', () => {
  test('tell a turn within 50 ms, numbers a quarter second later, each one further in the sequence', async () => {
    const stage = await startStage();
    stage.live('emb-1');
    const socket = await adminSocket(stage);
    const { seq } = await snapshot(socket);
    let delta = next(socket, 'delta');
    stage.live('emb-1', { state: 'fault', since: begin });
    stage.live('emb-1', { state: 'fault', since: begin, metrics: { speed: 0 } });
    stage.clock.advance(50);
    expect(await delta).toEqual({ seq: seq + 1, at: begin + 50, lines: [{ id: 'emb-1', state: 'fault', metrics: { speed: 0 } }] });
    delta = next(socket, 'delta');
    stage.live('emb-1', { state: 'fault', since: begin, metrics: { speed: 5 }, ts: begin });
    stage.clock.advance(200);
    expect(await delta).toEqual({ seq: seq + 2, at: begin + 250, lines: [{ id: 'emb-1', metrics: { speed: 5 } }] });
  });

  test('say something every second even where nothing happens', async () => {
    const stage = await startStage();
    const socket = await adminSocket(stage);
    const { seq } = await snapshot(socket);
    const delta = next(socket, 'delta');
    stage.clock.advance(1000);
    expect(await delta).toEqual({ seq: seq + 1, at: begin + 1000, lines: [] });
  });

  test('reach only those who may see the line, and only for what they watch now', async () => {
    const stage = await startStage();
    const socket = (await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { firms: ['f1'] } })).socket();
    const seen: Delta['lines'] = [];
    socket.on('delta', ({ lines }) => seen.push(...lines));
    await snapshot(socket);
    await snapshot(socket, { workshop: 'w2' });
    for (const line of stage.plant.lines.keys()) stage.live(line, { state: 'idle' });
    const delta = next(socket, 'delta');
    stage.clock.advance(1000);
    await delta;
    await snapshot(socket, { workshop: 'w2' });
    expect(seen.map(({ id }) => id)).toEqual(['emb-3']);
  });

  test('are one stream for all who watch the same lines; who joins in between misses nothing', async () => {
    const stage = await startStage();
    const admin = await adminSocket(stage);
    const supervisor = (await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { parks: ['emb'] } })).socket();
    const known = new Map<LiveClient, { seq: number; lines: Map<string, LiveRecord> }>();
    const follow = async (socket: LiveClient, filter: { park?: string }): Promise<void> => {
      socket.on('delta', ({ seq, lines }) => {
        const state = known.get(socket);
        if (!state) return;
        expect(seq).toBe(state.seq + 1);
        state.seq = seq;
        for (const line of lines) state.lines.set(line.id, Object.assign({}, state.lines.get(line.id), line));
      });
      const { seq, lines } = await snapshot(socket, filter);
      known.set(socket, { seq, lines: new Map(lines.map((line) => [line.id, line])) });
    };
    await follow(admin, { park: 'emb' });
    stage.live('emb-1', { metrics: { speed: 1 } });
    stage.live('emb-2', { state: 'stopped' });
    stage.clock.advance(260);
    stage.live('emb-1', { metrics: { speed: 2 } });
    await follow(supervisor, {});
    stage.live('emb-2', { state: 'running' });
    stage.clock.advance(2000);
    const now = (await (await stage.signedIn('admin')).get('/lines?park=emb')).body as LiveRecord[];
    await vi.waitFor(() => {
      for (const { lines } of known.values()) expect([...lines.values()]).toEqual(now);
    });
    expect(new Set([...known.values()].map(({ seq }) => seq)).size).toBe(1);
    expect(known.get(supervisor)?.lines.get('emb-1')?.metrics).toEqual({ speed: 2 });
  });

  test('a browser that takes nothing is left out, others go on, and the gap tells it afterwards', async () => {
    const stage = await startStage();
    const [frozen, lively] = [await adminSocket(stage), await adminSocket(stage)];
    await snapshot(frozen);
    await snapshot(lively);
    const seqs: number[] = [];
    frozen.on('delta', ({ seq }) => seqs.push(seq));
    const wire = wireOf(frozen);
    wire.pause();
    // Bulky records fill what the system buffers for the frozen one; then seconds pass in which it takes nothing.
    for (let second = 1; second <= 60; second += 1) {
      const delta = next(lively, 'delta');
      stage.live('emb-1', { metrics: { recipe: String(second).repeat(200_000) } });
      stage.clock.advance(250);
      await delta;
    }
    wire.resume();
    let newest = 0;
    lively.on('delta', ({ seq }) => (newest = seq));
    // It may need a while to read what was on its way, and is left out for as long.
    await vi.waitFor(
      () => {
        stage.clock.advance(1000);
        expect(newest).toBeGreaterThan(60);
        expect(seqs.at(-1)).toBe(newest);
      },
      { timeout: 10_000 },
    );
    expect(seqs.length).toBeLessThan(newest - 20);
  });
});

describe('summaries', () => {
  test('tell an official the zone and its parks every second, and a supervisor nothing', async () => {
    const stage = await startStage();
    for (const line of stage.plant.lines.keys()) stage.live(line);
    stage.live('emb-2', { state: 'fault' });
    const official = (await stage.signedIn({ username: 'li', role: 'official', scope: {} })).socket();
    const part = (await stage.signedIn({ username: 'zhao', role: 'official', scope: { parks: ['med'] } })).socket();
    const supervisor = (await stage.signedIn({ username: 'wang', role: 'supervisor', scope: { parks: ['emb', 'med'] } })).socket();
    let heard = 0;
    supervisor.on('summary', () => (heard += 1));
    await Promise.all([watch(official), watch(part), watch(supervisor)]);
    const summaries = Promise.all([next(official, 'summary'), next(part, 'summary')]);
    stage.clock.advance(1000);
    const [whole, own] = await summaries;
    expect(whole.at).toBe(begin + 1000);
    const seen = whole.parts.map(({ by, id, lines, hour }) => [by, id, lines.running, lines.fault, hour.runningSeconds]);
    expect(seen).toEqual([
      ['zone', 'zone', 4, 1, 5 * 3600],
      ['park', 'emb', 3, 1, 4 * 3600],
      ['park', 'med', 1, 0, 3600],
    ]);
    expect(own.parts.map(({ by, id }) => `${by} ${id}`)).toEqual(['park med']);
    await watch(supervisor);
    expect(heard).toBe(0);
  });
});

/** The TCP socket beneath a client: what a browser that is asleep no longer reads. */
function wireOf(socket: LiveClient): { pause(): void; resume(): void } {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { pause(): void; resume(): void } } };
  return transport.ws;
}
