/**
 * Dirty marks: stretches of a line's time whose derived rows no longer follow from its readings.
 * Comes in: marks with what is written, patches with what is derived anew. Goes out: what is still owed, after any crash.
 */
import { BIGINT, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
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
    const changed = new Map<string, readonly Dirty[]>();
    for (const mark of marks) changed.set(mark.line, joined([...(changed.get(mark.line) ?? this.#marks.get(mark.line) ?? []), mark]));
    await this.#replace(transaction, changed);
  }

  /** Takes `[from, to)` of a line out of its marks. */
  async clear(transaction: Transaction, patches: readonly Dirty[]): Promise<void> {
    const changed = new Map<string, readonly Dirty[]>();
    for (const { line, from, to } of patches) {
      const marks = changed.get(line) ?? this.#marks.get(line);
      if (!marks?.some((mark) => mark.from < to && mark.to >= from)) continue;
      const left = marks.flatMap((mark) => [
        { line, from: mark.from, to: Math.min(mark.to, from - 1) },
        { line, from: Math.max(mark.from, to), to: mark.to },
      ]);
      changed.set(line, joined(left.filter((mark) => mark.from <= mark.to)));
    }
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

/** Overlapping and adjoining marks made one, oldest first. */
function joined(marks: readonly Dirty[]): Dirty[] {
  const result: Dirty[] = [];
  for (const mark of marks.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && mark.from <= last.to + 1) result[result.length - 1] = { ...last, to: Math.max(last.to, mark.to) };
    else result.push(mark);
  }
  return result;
}
