/** The live connection against a real Socket.IO server: gaps, silence, and how it heals. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientEvents, Delta, ServerEvents, Snapshot, WatchAnswer, WatchFilter } from '../../../contract/live.ts';
import { Feed, staleAfterMs, type Contact, type LiveSocket } from './feed.ts';
import { HandClock } from '../../../contract/clock.suite.ts';

type Peer = Socket<ClientEvents, ServerEvents>;

let server: Server<ClientEvents, ServerEvents>;
let peers: Peer[];
let asked: WatchFilter[];
let answer: () => WatchAnswer;
let turnAway: string | null;
let clock: HandClock;
let feed: Feed;
let socket: LiveSocket;
let snapshots: Snapshot[];
let deltas: Delta[];
let contacts: Contact[];
let refusals: number;

const lineDelta = (seq: number): Delta => ({ seq, at: 5_000_000, lines: [] });

beforeEach(async () => {
  [peers, asked, snapshots, deltas, contacts, refusals, turnAway] = [[], [], [], [], [], 0, null];
  answer = () => ({ seq: 10, at: 5_000_000, lines: [] });
  const http = createServer();
  server = new Server(http, { transports: ['websocket'] });
  server.of('/live').use((_socket, next) => {
    next(turnAway === null ? undefined : new Error(turnAway));
  });
  server.of('/live').on('connection', (peer: Peer) => {
    peers.push(peer);
    peer.on('watch', (filter, acknowledge) => {
      asked.push(filter);
      acknowledge(answer());
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  socket = io(`http://127.0.0.1:${String(port)}/live`, {
    transports: ['websocket'],
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 1,
    reconnectionDelayMax: 5,
  });
  clock = new HandClock(1_000_000);
  feed = new Feed(socket, clock, {
    snapshot: (snapshot) => snapshots.push(snapshot),
    delta: (delta) => deltas.push(delta),
    summary: () => undefined,
    contact: (contact) => contacts.push(contact),
    refused: () => {
      refusals += 1;
    },
  });
});

afterEach(async () => {
  feed.close();
  await server.close();
});

const peer = (): Peer => {
  const last = peers.at(-1);
  if (!last) throw new Error('nobody is connected');
  return last;
};

async function watching(): Promise<void> {
  feed.watch({ park: 'emb' });
  feed.open();
  await vi.waitFor(() => {
    expect(snapshots).toHaveLength(1);
  });
}

describe('the feed', () => {
  it('asks for what is watched and passes on what follows', async () => {
    await watching();
    peer().emit('delta', lineDelta(11));
    peer().emit('delta', lineDelta(12));
    await vi.waitFor(() => {
      expect(deltas.map(({ seq }) => seq)).toEqual([11, 12]);
    });
    expect(asked).toEqual([{ park: 'emb' }]);
    expect(contacts).toEqual(['live']);
  });

  it('watches again on a gap, and shows nothing from behind it', async () => {
    await watching();
    answer = () => ({ seq: 20, at: 5_000_001, lines: [] });
    peer().emit('delta', lineDelta(13));
    await vi.waitFor(() => {
      expect(snapshots.map(({ seq }) => seq)).toEqual([10, 20]);
    });
    peer().emit('delta', lineDelta(20));
    peer().emit('delta', lineDelta(21));
    await vi.waitFor(() => {
      expect(deltas.map(({ seq }) => seq)).toEqual([21]);
    });
  });

  it('asks anew after a refusal, a little later', async () => {
    answer = () => ({ error: { code: 'too-many-watches', message: '' } });
    feed.watch({});
    feed.open();
    await vi.waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    answer = () => ({ seq: 3, at: 1, lines: [] });
    await vi.waitFor(() => {
      clock.leap(1000);
      expect(snapshots).toHaveLength(1);
    });
  });

  it('takes only the answer to what is watched now', async () => {
    await watching();
    feed.watch({ park: 'pharma' });
    feed.watch({ line: 'press-01' });
    await vi.waitFor(() => {
      expect(asked).toHaveLength(3);
    });
    await vi.waitFor(() => {
      expect(snapshots).toHaveLength(2);
    });
    expect(asked.at(-1)).toEqual({ line: 'press-01' });
  });

  it('says when it has heard nothing for too long, and when it hears again', async () => {
    await watching();
    clock.leap(staleAfterMs - 1);
    expect(contacts).toEqual(['live']);
    clock.leap(1000);
    expect(contacts).toEqual(['live', 'stale']);
    expect(feed.widest()).toBe(staleAfterMs + 999);
    peer().emit('delta', lineDelta(11));
    await vi.waitFor(() => {
      expect(contacts).toEqual(['live', 'stale', 'live']);
    });
  });

  it('says what the server says: that what it tells may no longer be true, over a connection that is well', async () => {
    await watching();
    peer().emit('delta', { ...lineDelta(11), stale: true });
    await vi.waitFor(() => {
      expect(contacts).toEqual(['live', 'stale']);
    });
    clock.leap(9000);
    peer().emit('delta', { ...lineDelta(12), stale: true });
    await vi.waitFor(() => {
      expect(deltas).toHaveLength(2);
    });
    expect(feed.silence()).toBe(9000);
    clock.leap(9000);
    expect([contacts, peers.length]).toEqual([['live', 'stale'], 1]);
    peer().emit('delta', lineDelta(13));
    await vi.waitFor(() => {
      expect(contacts).toEqual(['live', 'stale', 'live']);
    });
    expect(feed.silence()).toBe(0);
  });

  it('gives up a connection that looks open but is dead, and watches anew on the next', async () => {
    await watching();
    clock.leap(10_500);
    await vi.waitFor(() => {
      expect(peers).toHaveLength(2);
      expect(snapshots).toHaveLength(2);
    });
    expect(contacts).toEqual(['live', 'stale', 'live']);
  });

  it('comes back by itself after the connection broke', async () => {
    await watching();
    peer().conn.close();
    await vi.waitFor(() => {
      expect(snapshots).toHaveLength(2);
    });
    expect(refusals).toBe(0);
  });

  it('tells of being turned away and of being sent off', async () => {
    await watching();
    peer().disconnect(true);
    await vi.waitFor(() => {
      expect(refusals).toBeGreaterThan(0);
    });
    turnAway = 'signed-out';
    feed.open();
    await vi.waitFor(() => {
      expect(refusals).toBeGreaterThan(1);
    });
  });

  it('counts from the server’s time', async () => {
    await watching();
    expect(feed.now()).toBe(5_000_000);
    clock.leap(500);
    expect(feed.now()).toBe(5_000_500);
  });
});
