/**
 * Keeping: finished batches outlive their readings. Comes in: history, which saves a finished batch's record when it is asked
 * for it. Goes out: that question, for every line, twice a day. It reads nothing of the answers.
 */
import type { Logger } from 'pino';
import type { Clock, Stop } from '../contract/clock.ts';
import type { History } from '../contract/history.ts';
import type { Plant } from '../contract/plant.ts';

const everyMs = 12 * 3_600_000;

export interface KeepingParts {
  readonly history: Pick<History, 'batches'>;
  readonly plant: Plant;
  readonly clock: Clock;
  readonly log: Logger;
}

export function keepBatches({ history, plant, clock, log }: KeepingParts): Stop {
  const keep = async (): Promise<void> => {
    for (const line of plant.lines.keys()) await history.batches(line);
  };
  return clock.every(everyMs, () => {
    keep().catch((error: unknown) => {
      log.error({ err: error }, 'records of finished batches could not be kept; they are tried again later');
    });
  });
}
