/**
 * Upkeep: sums the hours and days that are over, notes how far readings may be gone, asks how much room everything takes.
 * Comes in: the time, every minute or so. Goes out: what others ask about. The server drops by itself what has expired.
 */
import type { Retention } from '../store.ts';
import { dayMs, type Rollup } from './rollup.ts';
import type { Server } from './server.ts';
import type { Databases, Generation } from './setup.ts';
import { integer, point, stateTime } from './text.ts';
import type { Writer } from './writer.ts';

export interface UpkeepParts {
  readonly server: Server;
  readonly writer: Writer;
  readonly databases: Databases;
  readonly retention: Retention;
  readonly hours: Rollup;
  readonly days: Rollup;
  readonly generation: Generation;
}

export class Upkeep {
  /** What both databases take on the server's disk; null where it does not tell. */
  sizeBytes: number | null = null;
  readonly #parts: UpkeepParts;
  #frozenUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Before this time readings may have been dropped, by the retention of today or by a shorter one of the past. */
  frozenUntil(): number {
    return this.#frozenUntil;
  }

  async load(now: number): Promise<void> {
    const { server, databases } = this.#parts;
    const [frozen] = await server.query(databases.kept, 'SELECT "until" FROM "frozen"');
    const row = frozen?.values.at(-1);
    if (row) this.#frozenUntil = Number(row[1]);
    await this.#freeze(now);
    this.sizeBytes = await this.#size();
  }

  async run(now: number): Promise<void> {
    await this.#freeze(now);
    await this.#parts.hours.settle(now);
    await this.#parts.days.settle(now);
    this.sizeBytes = await this.#size();
  }

  async #freeze(now: number): Promise<void> {
    const { writer, databases, retention } = this.#parts;
    const until = now - retention.rawDays * dayMs;
    if (until <= this.#frozenUntil) return;
    await writer.state(databases.kept, [point('frozen', {}, [['until', integer(until)]], stateTime)]);
    this.#frozenUntil = until;
  }

  /** InfluxDB 1 alone tells, a shard at a time. */
  async #size(): Promise<number | null> {
    const { server, databases, generation } = this.#parts;
    if (generation !== 1) return null;
    const own = new Set([databases.kept, databases.raw]);
    let bytes = 0;
    for (const { tags, columns, values } of await server.query(databases.kept, `SHOW STATS FOR 'shard'`)) {
      if (own.has(tags.database ?? '')) bytes += Number(values[0]?.[columns.indexOf('diskBytes')] ?? 0);
    }
    return bytes;
  }
}
