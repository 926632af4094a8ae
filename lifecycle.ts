/**
 * The life of a process of the product: its log, its parts started one after the other and stopped in the opposite order.
 * Comes in: settings and what to start. Goes out: a running process; at a signal an ordered end; at a fault a sentence, where
 * it is one that a person can mend. It knows no part by name.
 */
import { pino, type Logger } from 'pino';
import type { Clock } from './contract/clock.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { FolderError } from './datafolder.ts';
import { PlantFileError } from './plants/loader.ts';
import type { Settings } from './settings.ts';

export interface Life {
  readonly log: Logger;
  /** What has been started says how it ends; the newest ends first. */
  readonly onStop: (stop: () => unknown) => void;
}

/** A mistake in how the process was started, in words for who did. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** A part that does not end by itself is not waited for longer. */
const stopWithinMs = 20_000;
const retryMs = 1000;

/** Starts a process; `start` resolves once everything runs. */
export async function live(settings: Settings, clock: Clock, start: (life: Life) => Promise<void>): Promise<void> {
  const log = pino({ level: settings.logLevel });
  const stops: (() => unknown)[] = [];
  stopOnSignals(stops, clock, log);
  try {
    await start({ log, onStop: (stop) => stops.unshift(stop) });
  } catch (error) {
    const sentence = sentenceOf(error, settings);
    if (sentence === null) log.fatal({ err: error }, 'cannot start');
    else process.stderr.write(`${sentence}\n`);
    await stopAll(stops, log);
    process.exit(1);
  }
}

/** Tries until it works: what a process needs of others at its start may start after it. */
export async function untilThere<T>(what: string, action: () => Promise<T>, clock: Clock, log: Logger): Promise<T> {
  for (let told = ''; ;) {
    try {
      return await action();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) log.error({ err: error }, `cannot ${what}; trying again until it works`);
      told = reason;
      await new Promise<void>((resolve) => {
        clock.after(retryMs, resolve);
      });
    }
  }
}

/** Faults of the start that a person mends in the settings or beside them; null for all others. */
function sentenceOf(error: unknown, settings: Settings): string | null {
  if (error instanceof StartError || error instanceof PlantFileError || error instanceof FolderError) return error.message;
  if (!(error instanceof Error)) return null;
  if (error.name === 'UnfitRedisError') return `BOBBIN_JOURNAL: ${error.message}.`;
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === undefined || !(code in troubles) || port === undefined) return null;
  const places: [string, Endpoint | null][] = [
    ['BOBBIN_HTTP', settings.http],
    ['BOBBIN_MQTT', settings.mqtt],
    ['BOBBIN_MQTT_WS', settings.mqttWs],
    ['BOBBIN_METRICS', settings.metrics],
  ];
  const name = places.find(([, place]) => place?.port === port)?.[0] ?? 'the setting of that address';
  return `Cannot listen on ${address ?? ''}:${String(port)}: ${troubles[code as keyof typeof troubles]}. Set ${name} to another address, or make room for it.`;
}

const troubles = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not use that port',
} as const;

function stopOnSignals(stops: readonly (() => unknown)[], clock: Clock, log: Logger): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      clock.after(stopWithinMs, () => {
        log.error('something did not end in time; leaving anyway');
        process.exit(1);
      });
      void stopAll(stops, log).then(() => process.exit(0));
    });
  }
}

async function stopAll(stops: readonly (() => unknown)[], log: Logger): Promise<void> {
  for (const stop of stops) {
    try {
      await stop();
    } catch (error) {
      log.error({ err: error }, 'a part did not stop cleanly');
    }
  }
}
