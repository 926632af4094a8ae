/**
 * Deeds: what people do, on its way into the journal and back. Comes in: an action. Goes out: what became of it, once it is known. An action is
 * recorded before anything is said of it; one that nobody answers in time is recorded all the same, and worked off later.
 */
import type { Action, Outcome } from '../../../contract/actions.ts';
import type { Bus } from '../../../contract/bus.ts';
import type { Clock } from '../../../contract/clock.ts';
import { actionTopic, outcomeTopic } from '../../../contract/system.ts';

/** `unrecorded`: the journal did not take it in time, or refused; it may be sent again under the same id. `waiting`: it is safe there. */
export type Fate = { readonly outcome: Outcome } | 'unrecorded' | 'waiting';

export interface Deeds {
  perform(action: Action): Promise<Fate>;
  close(): void;
}

export async function openDeeds(bus: Bus, clock: Clock, patienceMs: number): Promise<Deeds> {
  /** Requests with the same id wait for the same outcome. */
  const waiting = new Map<string, Set<(outcome: Outcome) => void>>();
  const stop = await bus.subscribe(outcomeTopic, (_topic, payload) => {
    const outcome = read(payload);
    for (const resolve of waiting.get(outcome?.id ?? '') ?? []) if (outcome) resolve(outcome);
  });

  return {
    perform: (action) =>
      new Promise((resolve) => {
        let recorded = false;
        const listener = (outcome: Outcome): void => {
          end({ outcome });
        };
        const end = (fate: Fate): void => {
          stopWaiting();
          const listeners = waiting.get(action.id);
          listeners?.delete(listener);
          if (listeners?.size === 0) waiting.delete(action.id);
          resolve(fate);
        };
        const stopWaiting = clock.after(patienceMs, () => {
          end(recorded ? 'waiting' : 'unrecorded');
        });
        const listeners = waiting.get(action.id) ?? new Set();
        waiting.set(action.id, listeners.add(listener));
        bus.record(actionTopic, JSON.stringify(action)).then(
          () => {
            recorded = true;
          },
          () => {
            end('unrecorded');
          },
        );
      }),
    close: stop,
  };
}

/** Only the collector may publish there. */
function read(payload: Uint8Array): Outcome | null {
  try {
    return JSON.parse(Buffer.from(payload).toString()) as Outcome;
  } catch {
    return null;
  }
}
