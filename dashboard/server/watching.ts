/**
 * Watching: Socket.IO at `/live`, over WebSocket alone (deltas need no second way). Comes in: sockets with a session cookie and
 * what they want to watch. Goes out: a snapshot or a refusal; the rooms do the rest. A socket lives no longer than its session,
 * and asks no more often than a person clicks.
 */
import type { RequestListener, Server as HttpServer } from 'node:http';
import type { Logger } from 'pino';
import { Server, type DefaultEventsMap } from 'socket.io';
import { z } from 'zod';
import type { Clock } from '../../contract/clock.ts';
import type { ClientEvents, ServerEvents, WatchAnswer, WatchFilter } from '../../contract/live.ts';
import type { Plant } from '../../contract/plant.ts';
import { idSchema } from '../../contract/text.ts';
import type { Board } from './alarms/board.ts';
import { createNews } from './alarms/news.ts';
import { isOwnOrigin, tokenOf } from './cookie.ts';
import { isDatabaseFault } from './database.ts';
import type { Floor } from './floor.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { forbidden, notFound, type Refusal } from './route.ts';
import { may, visibleLines } from './scope.ts';
import type { Sessions } from './sessions.ts';
import { followFlow, isBehind, type LiveNamespace, type LiveSocket, type SocketData } from './sockets.ts';
import { createSummaries } from './summaries.ts';

/** How often open sockets are held against their sessions; whatever ends a session, in whatever process, ends them. */
const checkMs = 500;
/** Each watch costs a snapshot: a burst for clicking around, then so many a second; far beyond that the socket is closed. */
const watches = { burst: 6, perSecond: 2, debt: 50 };
/** Open sockets of one account: wall screens may share one, but nobody needs thousands. */
const socketsPerAccount = 200;
/** A watch is a few ids; a socket that says nothing gives up its place. */
const limits = { maxHttpBufferSize: 4096, connectTimeout: 5000, pingInterval: 15_000, pingTimeout: 10_000 };

export interface Watching {
  counts(): { readonly sockets: number; readonly rooms: number };
  close(): Promise<void>;
}

export interface WatchingParts {
  readonly server: HttpServer;
  readonly plant: Plant;
  readonly floor: Floor;
  readonly board: Board;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Logger;
}

const filterSchema = z.strictObject({
  park: idSchema.optional(),
  firm: idSchema.optional(),
  workshop: z
    .string()
    .regex(/^[a-z0-9-]{1,63}(\/[a-z0-9-]{1,63})?$/)
    .optional(),
  line: idSchema.optional(),
});

export function startWatching({ server, plant, floor, board, sessions, clock, log }: WatchingParts): Watching {
  const answering = server.rawListeners('request') as RequestListener[];
  const io = new Server<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>(server, {
    ...limits,
    transports: ['websocket'],
    serveClient: false,
    allowRequest(request, answer) {
      answer(null, isOwnOrigin(request.headers.origin, request.headers.host));
    },
  });
  // Without polling plain requests are none of Socket.IO's: whoever answers all others answers these, with the same headers.
  server.removeAllListeners('request');
  for (const answer of answering) server.on('request', answer);
  io.use((_socket, next) => {
    next(new Error('not-found'));
  });
  const namespace: LiveNamespace = io.of('/live');
  const rooms = createRooms(namespace, floor, clock);
  const summaries = createSummaries(namespace, plant, { floor, board }, clock);
  const news = createNews(namespace, plant, board, clock);

  namespace.use((socket, next) => {
    const problem = edge(log, () => signIn(socket, sessions, namespace));
    next(problem === null ? undefined : new Error(problem ?? 'accounts-unavailable'));
  });
  namespace.on('connection', (socket) => {
    followFlow(socket);
    summaries.add(socket);
    news.add(socket);
    answerWatches(socket, plant, rooms, clock);
    socket.on('disconnect', () => {
      socket.data.leave();
    });
  });
  const stopChecking = clock.every(checkMs, () => {
    edge(log, () => {
      for (const socket of namespace.sockets.values()) {
        if (!sessions.isOpen(socket.data.sessionId)) socket.disconnect(true);
      }
    });
  });

  return {
    counts: () => ({ sockets: namespace.sockets.size, rooms: rooms.count() }),
    async close() {
      stopChecking();
      summaries.close();
      news.close();
      rooms.close();
      await io.close();
    },
  };
}

/** Null where the socket is welcome, otherwise the reason it is not. */
function signIn(socket: LiveSocket, sessions: Sessions, namespace: LiveNamespace): string | null {
  const token = tokenOf(socket.handshake.headers.cookie);
  const session = token === null ? null : sessions.use(token);
  if (!session) return 'signed-out';
  if (session.mustChoose) return 'choose-password';
  const { username } = session.caller;
  const others = [...namespace.sockets.values()].filter((other) => other.data.caller.username === username);
  if (others.length >= socketsPerAccount) return 'too-many-sockets';
  socket.data = { caller: session.caller, sessionId: session.id, waitingSince: null, leave: () => undefined };
  return null;
}

function answerWatches(socket: LiveSocket, plant: Plant, rooms: Rooms, clock: Clock): void {
  let allowance = watches.burst;
  let allowedAt = clock.now();
  const answer = (filter: unknown): WatchAnswer => {
    const now = clock.now();
    allowance = Math.min(watches.burst, allowance + ((now - allowedAt) / 1000) * watches.perSecond) - 1;
    allowedAt = now;
    if (allowance < -watches.debt) socket.disconnect(true);
    if (allowance < 0 || isBehind(socket, now)) return refused({ code: 'too-many-watches', message: 'Watch less often.' });
    const parsed = filterSchema.safeParse(filter);
    if (!parsed.success) return refused({ code: 'bad-filter', message: 'A filter names a park, firm, workshop or line by its id.' });
    if (!may(socket.data.caller, 'watch')) return refused(forbidden);
    const lines = visibleLines(plant, socket.data.caller, filterOf(parsed.data));
    return lines ? rooms.watch(socket, lines) : refused(notFound('part of the plant'));
  };
  socket.on('watch', (filter, acknowledge) => {
    const asked: unknown = acknowledge;
    if (typeof asked === 'function') acknowledge(answer(filter));
  });
}

function refused({ code, message }: Pick<Refusal, 'code' | 'message'>): WatchAnswer {
  return { error: { code, message } };
}

function filterOf(parsed: z.infer<typeof filterSchema>): WatchFilter {
  const filter: WatchFilter = {};
  for (const part of ['park', 'firm', 'workshop', 'line'] as const) {
    const id = parsed[part];
    if (id !== undefined) filter[part] = id;
  }
  return filter;
}

/** Trouble with the accounts file is said and outlived; anything else is a mistake of ours and crashes. Undefined on trouble. */
function edge<T>(log: Logger, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isDatabaseFault(error)) throw error;
    log.error({ err: error }, 'the accounts file does not answer');
    return undefined;
  }
}
