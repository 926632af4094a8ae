/**
 * Saved batches: records of batches that are over, so that they outlive the readings they were made of.
 * Comes in: records, and patches that make some of them untrue. Goes out: a line's records, newest first.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BatchRecord } from '../../contract/figures.ts';
import type { Dirty } from '../store.ts';
import { Editions } from '../editions.ts';
import { rowsOf, type Database, type Transaction } from './database.ts';

export class SavedBatches {
  readonly editions = new Editions();
  readonly #database: Database;
  /** When each line's last saved batch ended: a minute written later touches none. */
  readonly #ends = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  async load(connection: DuckDBConnection): Promise<void> {
    for (const [line, end] of await rowsOf(connection, 'SELECT line, max("to") FROM batches GROUP BY line')) {
      this.#ends.set(line as string, Number(end));
    }
  }

  async save(record: BatchRecord, edition?: number): Promise<void> {
    const { line, batch, from, to } = record;
    await this.#database.write('readings', async ({ connection, committed }) => {
      if (edition !== undefined && edition !== this.editions.of(line)) return;
      await connection.run('DELETE FROM batches WHERE line = $1 AND batch = $2', [line, batch]);
      await connection.run('INSERT INTO batches VALUES ($1, $2, $3, $4, $5)', [line, batch, from, to, JSON.stringify(record)]);
      committed(() => this.#ends.set(line, Math.max(to, this.#ends.get(line) ?? to)));
    });
  }

  of(line: string): Promise<BatchRecord[]> {
    return this.#database.read(async (connection) => {
      const rows = await rowsOf(connection, 'SELECT record FROM batches WHERE line = $1 ORDER BY "from" DESC', [line]);
      return rows.map(([record]) => JSON.parse(record as string) as BatchRecord);
    });
  }

  /** Drops the records that a patch `[from, to)` touches, unless readings they were made of are gone. */
  async drop({ connection, committed }: Transaction, patches: readonly Dirty[], frozenUntil: (line: string) => number): Promise<void> {
    committed(() => {
      this.editions.replace(patches);
    });
    for (const { line, from, to } of patches) {
      if ((this.#ends.get(line) ?? Number.NEGATIVE_INFINITY) < from) continue;
      const frozen = Math.max(frozenUntil(line), 0);
      await connection.run('DELETE FROM batches WHERE line = $1 AND "from" < $2 AND "to" >= $3 AND "from" >= $4', [line, to, from, frozen]);
    }
  }
}
