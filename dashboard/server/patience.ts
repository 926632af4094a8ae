/**
 * Patience: how long an answer from elsewhere is waited for. Comes in: a promise of the store, perhaps in another thread.
 * Goes out: its value, or null once it failed or took too long; the reason goes to the log, the caller gets on with it.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../contract/clock.ts';

export type Patience = <T>(answer: Promise<T>) => Promise<{ readonly value: T } | null>;

export function createPatience(clock: Clock, log: Logger, milliseconds: number): Patience {
  return (answer) =>
    new Promise((resolve) => {
      const stop = clock.after(milliseconds, () => {
        log.warn({ milliseconds }, 'no answer in time');
        resolve(null);
      });
      answer.then(
        (value) => {
          stop();
          resolve({ value });
        },
        (error: unknown) => {
          stop();
          log.warn({ err: error }, 'no answer');
          resolve(null);
        },
      );
    });
}
