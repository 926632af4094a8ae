/**
 * Sockets: what is known of each one, and audiences of them that share one encoded frame.
 * Comes in: signed-in sockets. Goes out: a broadcast to those that keep up. A browser that takes nothing any more (asleep, cut
 * off) is left out until it catches up, so it never grows the server's memory; the gap in the sequence tells it afterwards.
 */
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io';
import type { Clock } from '../../contract/clock.ts';
import type { ClientEvents, ServerEvents } from '../../contract/live.ts';
import type { Caller } from './scope.ts';

export interface SocketData {
  caller: Caller;
  sessionId: string;
  /** Since when frames have been waiting; null while they flow. */
  waitingSince: number | null;
  /** Leaves what it watches now. */
  leave: () => void;
}
export type LiveSocket = Socket<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;
export type LiveNamespace = Namespace<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;
type Broadcast = ReturnType<LiveNamespace['to']>;

/** A socket whose frames were not taken for this long gets no more of them for the moment. */
const behindMs = 2000;

/** Keeps an eye on whether the socket's frames flow. */
export function followFlow(socket: LiveSocket): void {
  socket.conn.transport.on('drain', () => {
    socket.data.waitingSince = null;
  });
}

export function isBehind(socket: LiveSocket, now: number): boolean {
  if (socket.conn.transport.writable) {
    socket.data.waitingSince = null;
    return false;
  }
  socket.data.waitingSince ??= now;
  return now - socket.data.waitingSince > behindMs;
}

export interface Audience {
  readonly size: number;
  add(socket: LiveSocket): void;
  remove(socket: LiveSocket): void;
  /** A broadcast to all members that keep up: encoded once, however many they are. */
  reachable(): Broadcast;
}

export function createAudience(namespace: LiveNamespace, name: string, clock: Clock): Audience {
  const members = new Set<LiveSocket>();
  return {
    get size() {
      return members.size;
    },
    add(socket) {
      members.add(socket);
      // The adapter in memory joins at once; the promise is for adapters across machines.
      void socket.join(name);
    },
    remove(socket) {
      members.delete(socket);
      void socket.leave(name);
    },
    reachable() {
      const now = clock.now();
      const behind = [...members].filter((socket) => isBehind(socket, now)).map((socket) => socket.id);
      return namespace.to(name).except(behind);
    },
  };
}
