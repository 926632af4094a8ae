/**
 * Reclassifications on InfluxDB: what people said afterwards of stops. Comes in: records with the stretch of the journal they lie in. Goes out: those
 * of lines that touch a window, in the order in which they were made. A record stands at the start of its stop, told from others by its id; written
 * again it takes its own place. Those beyond the cursor are seen by nobody.
 */
import type { Reclassification } from '../../contract/reclassification.ts';
import { placed } from './moments.ts';
import { inParallel, inParts } from './parallel.ts';
import type { Server } from './server.ts';
import { anyOf, instant, integer, uncarried, whole } from './text.ts';
import type { Written } from './writer.ts';

const linesAtOnce = 400;
const questionsAtOnce = 4;

export function reclassificationPoint(record: Reclassification, position: number, index: number): Written {
  const { id, line, from, to } = record;
  const fields = [
    ['to', integer(to)],
    ['position', integer(position)],
    ['index', integer(index)],
  ] as const;
  return placed({ measurement: 'reclassifications', tags: { line }, id, ms: from, fields, body: record });
}

export interface ReclassificationsParts {
  readonly server: Server;
  readonly database: string;
  /** How far the store has come. */
  readonly position: () => number;
}

export class Reclassifications {
  readonly #parts: ReclassificationsParts;

  constructor(parts: ReclassificationsParts) {
    this.#parts = parts;
  }

  async of(lines: readonly string[], from: number, to: number): Promise<Reclassification[]> {
    const { server, database, position } = this.#parts;
    const committed = `"position" <= ${whole(position())}`;
    const answers = await inParallel(inParts(lines, linesAtOnce), questionsAtOnce, async (some) => {
      const where = `${anyOf('line', some)} AND time < ${instant(to)} AND "to" > ${whole(from)} AND ${committed}`;
      const [found] = await server.query(database, `SELECT "position", "index", "body" FROM "reclassifications" WHERE ${where}`);
      return (found?.values ?? []).map(([, position, index, body]) => ({
        order: [Number(position), Number(index)] as const,
        record: JSON.parse(uncarried(String(body))) as Reclassification,
      }));
    });
    return answers
      .flat()
      .sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1])
      .map(({ record }) => record);
  }
}
