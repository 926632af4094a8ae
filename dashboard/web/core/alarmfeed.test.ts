/** Open alarms over a real Socket.IO server: asked for at every connection, told of in between, acted upon. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { ClientEvents, ServerEvents } from '../../../contract/live.ts';
import { AlarmFeed } from './alarmfeed.ts';
import { acknowledged, alarm } from './alarmrecords.suite.ts';
import type { Answer, Api } from './api.ts';
import type { LiveSocket } from './feed.ts';
import { HandClock } from '../../../contract/clock.suite.ts';
import { now } from './samples.suite.ts';

type Peer = Socket<ClientEvents, ServerEvents>;

/** The server's side of the questions: what is open, and what becomes of deeds. */
class Desk implements Pick<Api, 'alarms' | 'alarm' | 'act'> {
  open: AlarmRecord[] = [];
  asked = 0;
  down = false;
  acts: string[] = [];
  fate: (id: string) => Answer<AlarmRecord> = () => refused(500);

  alarms(query: string): Promise<Answer<AlarmRecord[]>> {
    if (query.includes('state=normal')) return Promise.resolve(good([]));
    this.asked += 1;
    return Promise.resolve(this.down ? refused(503) : good([...this.open]));
  }

  alarm(id: string): ReturnType<Api['alarm']> {
    const record = this.open.find((one) => one.id === id) ?? alarm(id);
    return Promise.resolve(good({ record, line: null, incident: null, steps: [], deliveries: [] }));
  }

  act(id: string, action: string): Promise<Answer<AlarmRecord>> {
    this.acts.push(`${action} ${id}`);
    return Promise.resolve(this.fate(id));
  }
}
const good = <T>(value: T): Answer<T> => ({ value, problem: null });
const refused = (status: number): Answer<never> => ({ value: null, problem: { status, code: 'x', message: '', retryAfterSeconds: null } });

let server: Server<ClientEvents, ServerEvents>;
let peers: Peer[];
let socket: LiveSocket;
let clock: HandClock;
let desk: Desk;
let feed: AlarmFeed;
let risen: string[];
let failures: boolean[];

beforeEach(async () => {
  [peers, risen, failures, clock, desk] = [[], [], [], new HandClock(1_000_000), new Desk()];
  const http = createServer();
  server = new Server(http, { transports: ['websocket'] });
  server.of('/live').on('connection', (peer: Peer) => peers.push(peer));
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  socket = io(`http://127.0.0.1:${String(port)}/live`, {
    transports: ['websocket'],
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 1,
  });
  feed = new AlarmFeed({
    ...{ socket, api: desk, clock, me: 'me', now: () => now },
    changed: () => undefined,
    risen: (records) => risen.push(...records.map(({ id }) => id)),
    failed: (failed) => failures.push(failed),
  });
});

afterEach(async () => {
  feed.close();
  socket.disconnect();
  await server.close();
});

const ids = (): string[] => [...feed.alarms.values()].map(({ id }) => id);

describe('the alarm feed', () => {
  it('asks at every connection, takes what is told in between, and finds what it missed', async () => {
    desk.open = [alarm('a')];
    socket.connect();
    await vi.waitFor(() => {
      expect(ids()).toEqual(['a']);
    });
    peers[0]?.emit('alarm', alarm('b'));
    await vi.waitFor(() => {
      expect([ids(), risen]).toEqual([['a', 'b'], ['b']]);
    });
    desk.open = [alarm('b'), alarm('missed')];
    peers[0]?.conn.close();
    await vi.waitFor(() => {
      expect([ids(), risen]).toEqual([
        ['b', 'missed'],
        ['b', 'missed'],
      ]);
    });
  });

  it('asks again where there was no answer, and now and then in any case', async () => {
    desk.down = true;
    socket.connect();
    await vi.waitFor(() => {
      expect(failures).toEqual([true]);
    });
    desk.down = false;
    clock.leap(2_500);
    await vi.waitFor(() => {
      expect([failures, feed.alarms.isKnown]).toEqual([[true, false], true]);
    });
    clock.leap(120_000);
    expect(desk.asked).toBe(3);
  });

  it('shows a deed before it is answered, and does it to every alarm of an incident that allows it', async () => {
    desk.open = [alarm('a'), alarm('b'), acknowledged('c', 'you')];
    await feed.renew();
    desk.fate = (id) => good(acknowledged(id, 'me'));
    const deed = feed.act(desk.open, 'acknowledge', {});
    expect(feed.alarms.get('b')).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'me' });
    expect(await deed).toMatchObject({ asked: 2, done: 2, forestalled: null, problem: null });
    expect(desk.acts).toEqual(['acknowledge a', 'acknowledge b']);
    expect(feed.alarms.isSupposed('a')).toBe(false);
  });

  it('tells the second person who was first, and shows what the alarm has become', async () => {
    desk.open = [alarm('a')];
    await feed.renew();
    desk.open = [acknowledged('a', 'zhang', { acknowledgedAt: 7 })];
    desk.fate = () => refused(409);
    expect(await feed.act([alarm('a')], 'acknowledge', {})).toMatchObject({ done: 0, forestalled: { who: 'zhang', at: 7 }, problem: null });
    expect(feed.alarms.get('a')?.acknowledgedBy).toBe('zhang');
  });

  it('takes back what it showed where the server cannot be reached', async () => {
    desk.open = [alarm('a')];
    await feed.renew();
    desk.fate = () => refused(0);
    expect((await feed.act([alarm('a')], 'acknowledge', {})).problem).toMatchObject({ status: 0 });
    expect(feed.alarms.get('a')?.state).toBe('unacknowledged');
  });
});
