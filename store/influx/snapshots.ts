/**
 * Snapshots of the alarm engine on InfluxDB: megabytes of text, in pieces that fit a field. Comes in: a snapshot. Goes out: the newest that is whole.
 * Two sets of pieces are written in turn, and the head, which says which of them is true, comes last: cut off anywhere, the one before is still there.
 */
import type { AlarmSnapshot } from '../alarmbook.ts';
import { pieces } from './moments.ts';
import { inParts } from './parallel.ts';
import type { Server } from './server.ts';
import { integer, point, stateTime, tagged, text, uncarried, whole } from './text.ts';
import type { Writer } from './writer.ts';

/** About a megabyte a request. */
const piecesAtOnce = 100;
/** Whoever reads while two snapshots are written finds pieces of neither, and asks again. */
const attempts = 3;

interface Head {
  readonly generation: number;
  readonly pieces: number;
  readonly position: number;
  readonly at: number;
}

export class AlarmSnapshots {
  readonly #server: Server;
  readonly #writer: Writer;
  readonly #database: string;
  /** Of the last one that was written from here; null before any. */
  #generation: number | null = null;

  constructor(server: Server, writer: Writer, database: string) {
    this.#server = server;
    this.#writer = writer;
    this.#database = database;
  }

  async write({ position, at, engine }: AlarmSnapshot): Promise<void> {
    const generation = (this.#generation ?? (await this.#head())?.generation ?? 0) + 1;
    const parts = pieces(engine);
    const points = parts.map((part, piece) =>
      point(
        'alarm_engine',
        { set: setOf(generation), piece: String(piece) },
        [
          ['generation', integer(generation)],
          ['text', text(part)],
        ],
        stateTime,
      ),
    );
    for (const some of inParts(points, piecesAtOnce)) await this.#writer.state(this.#database, some);
    const fields = Object.entries({ generation, pieces: parts.length, position, at }).map(
      ([name, value]) => [name, integer(value)] as const,
    );
    await this.#writer.state(this.#database, [point('alarm_engine_head', {}, fields, stateTime)]);
    this.#generation = generation;
  }

  async read(): Promise<AlarmSnapshot | null> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const head = await this.#head();
      if (!head) return null;
      const engine = await this.#engine(head);
      if (engine !== null) return { position: head.position, at: head.at, engine };
    }
    throw new Error('the snapshot of the alarm engine changes faster than it can be read');
  }

  async #head(): Promise<Head | null> {
    const statement = 'SELECT "generation", "pieces", "position", "at" FROM "alarm_engine_head"';
    const [series] = await this.#server.query(this.#database, statement);
    const row = series?.values.at(-1);
    if (!row) return null;
    const [, generation, count, position, at] = row.map(Number);
    return { generation: generation ?? 0, pieces: count ?? 0, position: position ?? 0, at: at ?? 0 };
  }

  /** Null where the pieces are another snapshot's by now. */
  async #engine({ generation, pieces: count }: Head): Promise<string | null> {
    const where = `${tagged('set', setOf(generation))} AND "generation" = ${whole(generation)}`;
    const found = await this.#server.query(this.#database, `SELECT "text" FROM "alarm_engine" WHERE ${where} GROUP BY "piece"`);
    const texts = new Map(found.map(({ tags, values }) => [Number(tags.piece), uncarried(String(values.at(-1)?.[1]))]));
    const parts = Array.from({ length: count }, (_, piece) => texts.get(piece));
    return parts.some((part) => part === undefined) ? null : parts.join('');
  }
}

function setOf(generation: number): string {
  return generation % 2 === 0 ? 'even' : 'odd';
}
