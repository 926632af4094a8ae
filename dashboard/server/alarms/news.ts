/**
 * News of alarms: `alarm` events to everybody who may see them, a record each, as it has just become. Comes in: changed records off the board, sockets.
 * Goes out: events, what changed within a moment once. A browser that takes nothing is left out, as it is of deltas; since these have
 * no sequence by which it could tell, its connection is closed once it takes something again, and it begins anew.
 */
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { Clock, Stop } from '../../../contract/clock.ts';
import type { Plant } from '../../../contract/plant.ts';
import { may, maySeeAlarmsOf, type Caller } from '../scope.ts';
import { createAudience, isBehind, type Audience, type LiveNamespace, type LiveSocket } from '../sockets.ts';
import type { Board } from './board.ts';

/** What happens to one alarm within this time is one event. */
const tickMs = 50;
/** More than this in a tick waits for the next one: 1,000 alarms in a second are out within another half. */
const eventsPerTick = 100;

export interface News {
  add(socket: LiveSocket): void;
  close(): void;
}

/** Sockets that see the same alarms. */
interface Readers {
  readonly caller: Caller;
  readonly audience: Audience;
  readonly sockets: Set<LiveSocket>;
}

export function createNews(namespace: LiveNamespace, plant: Plant, board: Board, clock: Clock): News {
  const byName = new Map<string, Readers>();
  const pending = new Map<string, AlarmRecord>();
  const missed = new Set<LiveSocket>();
  let stopTick: Stop | null = null;

  const tick = (): void => {
    stopTick = null;
    const records = [...pending.values()].slice(0, eventsPerTick);
    for (const { id } of records) pending.delete(id);
    for (const readers of byName.values()) tell(readers, records);
    if (pending.size > 0 || missed.size > 0) stopTick = clock.after(tickMs, tick);
  };
  const tell = ({ caller, audience, sockets }: Readers, records: readonly AlarmRecord[]): void => {
    const now = clock.now();
    for (const socket of sockets) if (missed.has(socket) && !isBehind(socket, now)) socket.conn.close();
    const visible = records.filter(({ line }) => maySeeAlarmsOf(plant, caller, line));
    if (visible.length === 0) return;
    for (const socket of sockets) if (isBehind(socket, now)) missed.add(socket);
    const to = audience.reachable();
    for (const record of visible) to.emit('alarm', record);
  };
  board.listen((record) => {
    if (byName.size === 0) return;
    // The newest of an alarm takes the place of an older one in the queue.
    pending.set(record.id, record);
    stopTick ??= clock.after(tickMs, tick);
  });

  return {
    add(socket) {
      const { caller } = socket.data;
      if (!may(caller, 'alarms')) return;
      const name = `alarms:${caller.role}:${JSON.stringify(caller.scope)}`;
      const readers = byName.get(name) ?? { caller, audience: createAudience(namespace, name, clock), sockets: new Set() };
      byName.set(name, readers);
      readers.audience.add(socket);
      readers.sockets.add(socket);
      socket.on('disconnect', () => {
        readers.audience.remove(socket);
        readers.sockets.delete(socket);
        missed.delete(socket);
        if (readers.sockets.size === 0) byName.delete(name);
      });
    },
    close() {
      stopTick?.();
    },
  };
}
