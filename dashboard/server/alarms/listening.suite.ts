/** Who listens to live events of alarms in tests. Comes in: a visitor who is signed in. Goes out: a socket, and what it hears. */
import { expect, vi } from 'vitest';
import type { AlarmRecord } from '../../../contract/alarm.ts';
import type { Stage } from '../stage.suite.ts';
import { watch, type Visitor } from '../visitor.suite.ts';

type Listener = ReturnType<Visitor['socket']>;

/** A socket that is in, and what it hears. */
export async function listening(visitor: Visitor): Promise<{ socket: Listener; heard: AlarmRecord[] }> {
  const socket = visitor.socket();
  const heard: AlarmRecord[] = [];
  socket.on('alarm', (record) => heard.push(record));
  await watch(socket);
  return { socket, heard };
}

/** Lets what waits for the moment go out. */
export async function told(stage: Stage, heard: readonly AlarmRecord[], count: number): Promise<void> {
  await vi.waitFor(
    () => {
      stage.clock.advance(50);
      expect(heard.length).toBeGreaterThanOrEqual(count);
    },
    { timeout: 5000, interval: 10 },
  );
}
