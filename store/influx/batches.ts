/**
 * Saved batches: records of batches that are over, so that they outlive the readings they were made of.
 * Comes in: records, and patches that make some of them untrue. Goes out: a line's records, newest first. A record stands at
 * the time its batch began, with what people look for as fields of their own; one that is dropped is an empty text.
 */
import type { BatchRecord } from '../../contract/figures.ts';
import { Editions } from '../editions.ts';
import type { Dirty } from '../store.ts';
import type { Server } from './server.ts';
import { float, integer, point, tagged, text, uncarried, unspelled } from './text.ts';
import type { Writer, Written } from './writer.ts';

export class SavedBatches {
  readonly editions = new Editions();
  readonly #server: Server;
  readonly #writer: Writer;
  readonly #database: string;
  /** When each line's last saved batch ended: a minute written later touches none. */
  readonly #ends = new Map<string, number>();

  constructor(server: Server, writer: Writer, database: string) {
    this.#server = server;
    this.#writer = writer;
    this.#database = database;
  }

  async load(): Promise<void> {
    for (const { tags, values } of await this.#server.query(this.#database, 'SELECT max("to") FROM "batches" GROUP BY "line"')) {
      this.#ends.set(unspelled(tags.line ?? ''), Number(values[0]?.[1]));
    }
  }

  async save(record: BatchRecord, edition?: number): Promise<void> {
    const { line, batch, product, from, to } = record;
    if (edition !== undefined && edition !== this.editions.of(line)) return;
    const earlier = (await this.of(line)).filter((one) => one.batch === batch && one.from !== from);
    const fields: [string, string][] = [
      ['batch', text(batch)],
      ['product', text(product ?? '')],
      ['to', integer(to)],
      ['runningSeconds', float(record.runningSeconds)],
      ['stoppedSeconds', float(record.stoppedSeconds)],
      ['unknownSeconds', float(record.unknownSeconds)],
      ['record', text(JSON.stringify(record))],
    ];
    const points: Written[] = [
      { text: point('batches', { line }, fields, from), line, time: from, subject: record },
      ...earlier.map(dropped),
    ];
    await this.#writer.write(this.#database, points);
    this.#ends.set(line, Math.max(to, this.#ends.get(line) ?? to));
  }

  async of(line: string): Promise<BatchRecord[]> {
    const where = `${tagged('line', line)} AND "record" != ''`;
    const [series] = await this.#server.query(this.#database, `SELECT "record" FROM "batches" WHERE ${where} ORDER BY time DESC`);
    return (series?.values ?? []).map(([, record]) => JSON.parse(uncarried(String(record))) as BatchRecord);
  }

  /** Drops the records that a patch `[from, to)` touches, unless readings they were made of may be gone. */
  async drop(patches: readonly Dirty[], frozenUntil: number): Promise<void> {
    for (const { line, from, to } of patches) {
      if ((this.#ends.get(line) ?? Number.NEGATIVE_INFINITY) < from) continue;
      const untrue = (await this.of(line)).filter((one) => one.from < to && one.to >= from && one.from >= frozenUntil);
      await this.#writer.write(this.#database, untrue.map(dropped));
    }
  }
}

function dropped({ line, from }: BatchRecord): Written {
  return {
    text: point(
      'batches',
      { line },
      [
        ['to', integer(0)],
        ['record', text('')],
      ],
      from,
    ),
    line,
    time: from,
    subject: null,
  };
}
