/**
 * The demo's past: on a new data folder the simulators also tell what their lines did in the last 30 days. Comes in: which lines
 * have told theirs, and how far the store is. Goes out: what share is stored, and a file in the data folder by which a start in
 * the middle goes on with the lines that are left. The simulators are asked for as much as the store takes; it sends nothing itself.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HealthAnswer } from './contract/api.ts';
import type { Clock } from './contract/clock.ts';
import type { Settings } from './settings.ts';

const pastDays = 30;
const lookEveryMs = 500;
/** So many lines at once tell their past, some 25,000 readings, and the next ones when no more than so many wait for the store. */
const linesAtOnce = 20;
const waitingAtMost = 20_000;
/** Lines that cannot tell at the moment are not waited for longer than so many looks. */
const patientLooks = 60;

interface Standing {
  /** When the past ends: the first start of the data folder. The same end tells the same past. */
  readonly end: number;
  /** Lines of which all of it is stored. */
  readonly stored: readonly string[];
  readonly finished: boolean;
}

/** Lines that had told their past when this many readings had been received. */
interface Waiting {
  readonly lines: readonly string[];
  readonly received: number;
}

export class DemoPast {
  readonly #folder: string;
  readonly #end: number;
  readonly #stored: Set<string>;
  #fresh: string[] = [];
  /** Lines asked to tell that have not done so yet. */
  #asked = 0;
  #looks = 0;
  /** How the simulators are asked for more. */
  ask: (lines: number) => void = () => undefined;
  #waiting: Waiting[] = [];
  #finished: boolean;

  private constructor(folder: string, { end, stored, finished }: Standing) {
    this.#folder = folder;
    this.#end = end;
    this.#stored = new Set(stored);
    this.#finished = finished;
  }

  /**
   * To be called before anything else opens the data folder, since only a new one is given a past. Null where there is none
   * to tell, or no longer. An InfluxDB is spared: it has no short way to keep minutes that are alike.
   */
  static open({ dataFolder, simulate, store }: Pick<Settings, 'dataFolder' | 'simulate' | 'store'>, now: number): DemoPast | null {
    if (!simulate || store !== 'duckdb') return null;
    const file = standingFile(dataFolder);
    if (existsSync(file)) {
      const standing = JSON.parse(readFileSync(file, 'utf8')) as Standing;
      return standing.finished ? null : new DemoPast(dataFolder, standing);
    }
    return existsSync(join(dataFolder, 'store')) ? null : new DemoPast(dataFolder, { end: now, stored: [], finished: false });
  }

  /** What the simulators are told of it. */
  options(): string[] {
    this.#save();
    return [
      '--past-days',
      String(pastDays),
      '--past-end',
      String(this.#end),
      '--past-on-request',
      '--past-except',
      standingFile(this.#folder),
    ];
  }

  /** All of these lines' past is with the broker. */
  told(lines: readonly string[]): void {
    this.#fresh.push(...lines);
    this.#asked -= lines.length;
  }

  /** What share of the lines' past is stored; null once all of it is. */
  share(lines: number): number | null {
    return this.#finished ? null : this.#stored.size / lines;
  }

  /** Looks at the store every second until all lines' past is stored; what it gives back ends that. */
  follow(lines: number, health: () => Promise<Pick<HealthAnswer, 'readings'>>, clock: Clock, onFinished: () => void): () => void {
    let asking = false;
    const stop = clock.every(lookEveryMs, () => {
      if (asking) return;
      asking = true;
      health()
        .then(
          ({ readings }) => {
            this.#look(readings);
            this.#finished ||= this.#stored.size >= lines;
            if (!this.#finished) return;
            stop();
            this.#save();
            onFinished();
          },
          // Whoever is asked has stopped, or cannot answer at the moment.
          () => undefined,
        )
        .finally(() => (asking = false));
    });
    return () => {
      stop();
      this.#save();
    };
  }

  /** The store works in order: what had been received a look ago is stored once that much is settled, and then there is room for more. */
  #look({ received, pending }: HealthAnswer['readings']): void {
    const settled = received - pending;
    for (const { lines } of this.#waiting.filter((one) => one.received <= settled)) for (const line of lines) this.#stored.add(line);
    this.#waiting = this.#waiting.filter((one) => one.received > settled);
    this.#looks += 1;
    if (pending <= waitingAtMost && (this.#asked <= 0 || this.#looks >= patientLooks)) {
      this.#looks = 0;
      this.#asked = linesAtOnce;
      this.ask(linesAtOnce);
    }
    if (this.#fresh.length === 0) return;
    this.#waiting.push({ lines: this.#fresh, received });
    this.#fresh = [];
    this.#save();
  }

  #save(): void {
    const file = standingFile(this.#folder);
    const standing: Standing = { end: this.#end, stored: [...this.#stored], finished: this.#finished };
    writeFileSync(`${file}.new`, JSON.stringify(standing));
    renameSync(`${file}.new`, file);
  }
}

function standingFile(folder: string): string {
  return join(folder, 'demo-past.json');
}
