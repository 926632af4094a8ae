/**
 * Dirty marks: stretches of a line's time whose derived rows no longer follow from its readings.
 * Comes in: marks with what is written, patches with what is derived anew. Goes out: what is still owed, after any crash.
 */
import { BIGINT, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { cleared, marked } from '../marks.ts';
import type { Dirty } from '../store.ts';
import { appendRows, type Column } from './columns.ts';
import { rowsOf, type Transaction } from './database.ts';

const columns: readonly Column<Dirty>[] = [
  { name: 'line', type: VARCHAR, value: ({ line }) => line },
  { name: 'from', type: BIGINT, value: ({ from }) => BigInt(from) },
  { name: 'to', type: BIGINT, value: ({ to }) => BigInt(to) },
];

export class DirtyMarks {
  readonly #marks = new Map<string, readonly Dirty[]>();

  async load(connection: DuckDBConnection): Promise<void> {
    for (const [line, from, to] of await rowsOf(connection, 'SELECT line, "from", "to" FROM dirty')) {
      const mark = { line: line as string, from: Number(from), to: Number(to) };
      this.#marks.set(mark.line, [...(this.#marks.get(mark.line) ?? []), mark]);
    }
  }

  all(): Dirty[] {
    return [...this.#marks.values()].flat();
  }

  async add(transaction: Transaction, marks: readonly Dirty[]): Promise<void> {
    await this.#replace(transaction, marked(this.#marks, marks));
  }

  /** Takes `[from, to)` of a line out of its marks. */
  async clear(transaction: Transaction, patches: readonly Dirty[]): Promise<void> {
    const changed = cleared(this.#marks, patches);
    if (changed.size > 0) await this.#replace(transaction, changed);
  }

  async #replace(transaction: Transaction, changed: ReadonlyMap<string, readonly Dirty[]>): Promise<void> {
    const lines = [...changed.keys()].filter((line) => this.#marks.has(line));
    if (lines.length > 0) {
      await transaction.connection.run('DELETE FROM dirty WHERE line IN (SELECT unnest($1::VARCHAR[]))', [listValue(lines)]);
    }
    appendRows(await transaction.appender('dirty'), columns, [...changed.values()].flat());
    transaction.committed(() => {
      for (const [line, marks] of changed) {
        if (marks.length > 0) this.#marks.set(line, marks);
        else this.#marks.delete(line);
      }
    });
  }
}
