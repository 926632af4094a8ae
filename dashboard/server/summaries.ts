/**
 * Summaries on their way: once a second, the zone and its parks to those who may see them.
 * Comes in: sockets. Goes out: `summary` events, worked out once and shared by all who see the same parts; nothing while nobody
 * listens.
 */
import type { AlarmRecord } from '../../contract/alarm.ts';
import type { Clock } from '../../contract/clock.ts';
import type { LiveRecord } from '../../contract/live.ts';
import type { Line, Plant } from '../../contract/plant.ts';
import type { Board } from './alarms/board.ts';
import { staleness, type Floor } from './floor.ts';
import { may, visibleGroups, type Group } from './scope.ts';
import { createAudience, type Audience, type LiveNamespace, type LiveSocket } from './sockets.ts';
import { summaryPart } from './summary.ts';

const summaryMs = 1000;

/** What summaries are made of. */
export interface Shown {
  readonly floor: Floor;
  readonly board: Pick<Board, 'openOf'>;
}

export interface Summaries {
  /** Adds the socket to the audience of its scope, if it may see summaries. */
  add(socket: LiveSocket): void;
  close(): void;
}

interface Part extends Group {
  readonly by: 'zone' | 'park';
}
interface Listeners {
  readonly parts: readonly Part[];
  readonly audience: Audience;
}

export function createSummaries(namespace: LiveNamespace, plant: Plant, { floor, board }: Shown, clock: Clock): Summaries {
  const byName = new Map<string, Listeners>();

  const recordOf = (line: Line): LiveRecord => floor.record(line.id);
  const alarmsOf = (line: Line): readonly AlarmRecord[] => board.openOf(line.id);
  const stop = clock.every(summaryMs, () => {
    const at = clock.now();
    for (const { parts, audience } of byName.values()) {
      const told = parts.map(({ by, id, lines }) => summaryPart(by, id, lines, recordOf, alarmsOf, at));
      audience.reachable().emit('summary', { at, parts: told, ...staleness(floor) });
    }
  });

  return {
    add(socket) {
      const { caller } = socket.data;
      if (!may(caller, 'summary')) return;
      const parts = (['zone', 'park'] as const).flatMap((by) => visibleGroups(plant, caller, by).map((group) => ({ ...group, by })));
      const name = `summary:${parts.map(({ by, id }) => `${by}/${id}`).join(' ')}`;
      let listeners = byName.get(name);
      if (!listeners) {
        listeners = { parts, audience: createAudience(namespace, name, clock) };
        byName.set(name, listeners);
      }
      const { audience } = listeners;
      audience.add(socket);
      socket.on('disconnect', () => {
        audience.remove(socket);
        if (audience.size === 0) byName.delete(name);
      });
    },
    close: stop,
  };
}
