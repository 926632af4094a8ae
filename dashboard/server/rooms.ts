/**
 * Rooms and their pace: who watches the same lines shares one room, one sequence and one frame.
 * Comes in: sockets with the lines they may see, records off the floor. Goes out: a snapshot to who joins, deltas to all: turns
 * within 50 ms, numbers a few times a second, something every second. A room nobody watches costs nothing.
 */
import { createHash } from 'node:crypto';
import type { Clock, Stop } from '../../contract/clock.ts';
import type { LineDelta, Snapshot } from '../../contract/live.ts';
import type { Line } from '../../contract/plant.ts';
import { staleness, type Floor } from './floor.ts';
import { createRoom, type Room } from './room.ts';
import { createAudience, type Audience, type LiveNamespace, type LiveSocket } from './sockets.ts';

/** A turn waits this long at most, so that a workshop that stops at once is one message. */
const turnMs = 50;
/** Up to so many lines a room is small and its numbers go out quickly; figures of all lines take `rounds` of them. */
const smallRoom = 200;
const quick = { numbersMs: 250, rounds: 4 };
const calm = { numbersMs: 1000, rounds: 5 };
/** A room says something about every second: longer silence would look like a broken connection. */
const heartbeatMs = 900;

export interface Rooms {
  /** The socket watches these lines from now on, instead of what it watched before. */
  watch(socket: LiveSocket, lines: readonly Line[]): Snapshot;
  count(): number;
  close(): void;
}

interface Watched {
  readonly name: string;
  readonly lines: readonly string[];
  readonly room: Room;
  readonly audience: Audience;
  seq: number;
  sentAt: number;
  stopNumbers: Stop;
  stopTurn: Stop | null;
}

export function createRooms(namespace: LiveNamespace, floor: Floor, clock: Clock): Rooms {
  const byName = new Map<string, Watched>();
  const byLine = new Map<string, Set<Watched>>();

  const tell = (watched: Watched, lines: LineDelta[]): void => {
    const at = clock.now();
    if (lines.length === 0 && at - watched.sentAt < heartbeatMs) return;
    watched.seq += 1;
    watched.sentAt = at;
    watched.audience.reachable().emit('delta', { seq: watched.seq, at, lines, ...staleness(floor) });
  };
  const tellTurns = (watched: Watched): void => {
    watched.stopTurn = null;
    tell(watched, watched.room.turns());
  };
  const open = (name: string, lines: readonly Line[]): Watched => {
    const { numbersMs, rounds } = lines.length <= smallRoom ? quick : calm;
    const watched: Watched = {
      name,
      lines: lines.map((line) => line.id),
      room: createRoom(
        lines.map((line) => floor.record(line.id)),
        rounds,
      ),
      audience: createAudience(namespace, name, clock),
      seq: 0,
      sentAt: clock.now(),
      stopNumbers: clock.every(numbersMs, () => {
        tell(watched, watched.room.changes());
      }),
      stopTurn: null,
    };
    byName.set(name, watched);
    for (const line of watched.lines) {
      const rooms = byLine.get(line);
      if (rooms) rooms.add(watched);
      else byLine.set(line, new Set([watched]));
    }
    return watched;
  };
  const close = (watched: Watched): void => {
    watched.stopNumbers();
    watched.stopTurn?.();
    byName.delete(watched.name);
    for (const line of watched.lines) byLine.get(line)?.delete(watched);
  };
  const leave = (socket: LiveSocket, watched: Watched): void => {
    watched.audience.remove(socket);
    if (watched.audience.size === 0) close(watched);
  };
  const stopListening = floor.listen((line) => {
    for (const watched of byLine.get(line) ?? []) {
      if (!watched.room.take(floor.record(line))) continue;
      watched.stopTurn ??= clock.after(turnMs, () => {
        tellTurns(watched);
      });
    }
  });

  return {
    watch(socket, lines) {
      socket.data.leave();
      const name = nameOf(lines);
      const watched = byName.get(name) ?? open(name, lines);
      watched.audience.add(socket);
      socket.data.leave = () => {
        leave(socket, watched);
      };
      return { seq: watched.seq, at: clock.now(), lines: watched.room.sent(), ...staleness(floor) };
    },
    count: () => byName.size,
    close() {
      stopListening();
      for (const watched of byName.values()) close(watched);
    },
  };
}

/** The same lines are the same room, whatever filter and scope they come from. */
function nameOf(lines: readonly Line[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line.id}\n`);
  return `lines:${hash.digest('base64url')}`;
}
