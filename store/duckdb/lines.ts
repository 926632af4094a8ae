/**
 * What the store knows of each line beside its rows: a small number to stand for its id, undeclared metric names seen, and
 * until when its readings have been dropped. Kept in memory whole; changes become visible here once they are committed.
 */
import { BIGINT, USMALLINT, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { appendRows, type Column } from './columns.ts';
import { rowsOf, type Transaction } from './database.ts';

interface Name {
  readonly code: number;
  readonly text: string;
}

const lineColumns: readonly Column<Name>[] = [
  { name: 'code', type: USMALLINT, value: ({ code }) => code },
  { name: 'line', type: VARCHAR, value: ({ text }) => text },
];
const undeclaredColumns: readonly Column<Name>[] = [
  { name: 'line', type: USMALLINT, value: ({ code }) => code },
  { name: 'metric', type: VARCHAR, value: ({ text }) => text },
];

const frozenColumns: readonly Column<readonly [code: number, until: number]>[] = [
  { name: 'line', type: USMALLINT, value: ([code]) => code },
  { name: 'until', type: BIGINT, value: ([, until]) => BigInt(until) },
];

export class Lines {
  readonly #codes = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #undeclared = new Map<number, Set<string>>();
  readonly #frozen = new Map<number, number>();

  async load(connection: DuckDBConnection): Promise<void> {
    for (const [code, line] of await rowsOf(connection, 'SELECT code, line FROM lines')) this.#add(Number(code), line as string);
    for (const [code, metric] of await rowsOf(connection, 'SELECT line, metric FROM undeclared')) {
      this.#see(Number(code), metric as string);
    }
    for (const [code, until] of await rowsOf(connection, 'SELECT line, until FROM frozen')) {
      this.#frozen.set(Number(code), Number(until));
    }
  }

  get count(): number {
    return this.#ids.length;
  }

  code(line: string): number | undefined {
    return this.#codes.get(line);
  }

  /** Codes of those lines that have any; sorted by line id. */
  codes(lines: readonly string[]): number[] {
    return [...new Set(lines)].sort().flatMap((line) => this.#codes.get(line) ?? []);
  }

  id(code: number): string {
    const id = this.#ids[code];
    if (id === undefined) throw new Error(`no line has the code ${String(code)}`);
    return id;
  }

  undeclared(): Map<string, string[]> {
    return new Map([...this.#undeclared].map(([code, names]) => [this.id(code), [...names]]));
  }

  /** Before this time rows derived from the line's readings can no longer be worked out anew: readings of that time are gone. */
  frozenUntil(code: number): number {
    return this.#frozen.get(code) ?? Number.NEGATIVE_INFINITY;
  }

  /** A code for every line, new ones written with the transaction. */
  async number(transaction: Transaction, lines: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const fresh: Name[] = [];
    const codes = new Map<string, number>();
    for (const line of lines) {
      if (codes.has(line)) continue;
      const code = this.#codes.get(line);
      codes.set(line, code ?? this.#ids.length + fresh.length);
      if (code === undefined) fresh.push({ code: this.#ids.length + fresh.length, text: line });
    }
    if (fresh.length > 0) {
      appendRows(await transaction.appender('lines'), lineColumns, fresh);
      transaction.committed(() => {
        for (const { code, text } of fresh) this.#add(code, text);
      });
    }
    return codes;
  }

  /** Writes down metric names that are new on a line; `others` are the undeclared ones of each reading. */
  async note(transaction: Transaction, others: Iterable<{ readonly code: number; readonly names: readonly string[] }>): Promise<void> {
    const fresh = new Map<string, Name>();
    for (const { code, names } of others) {
      for (const text of names) {
        if (!this.#undeclared.get(code)?.has(text)) fresh.set(`${String(code)} ${text}`, { code, text });
      }
    }
    if (fresh.size === 0) return;
    appendRows(await transaction.appender('undeclared'), undeclaredColumns, [...fresh.values()]);
    transaction.committed(() => {
      for (const { code, text } of fresh.values()) this.#see(code, text);
    });
  }

  /** Puts off for good what lies before those times, by line code. */
  async freeze(transaction: Transaction, untils: ReadonlyMap<number, number>): Promise<void> {
    const all = new Map(this.#frozen);
    for (const [code, until] of untils) all.set(code, Math.max(until, this.frozenUntil(code)));
    await transaction.connection.run('DELETE FROM frozen');
    appendRows(await transaction.appender('frozen'), frozenColumns, [...all]);
    transaction.committed(() => {
      for (const [code, until] of all) this.#frozen.set(code, until);
    });
  }

  #add(code: number, line: string): void {
    this.#codes.set(line, code);
    this.#ids[code] = line;
  }

  #see(code: number, metric: string): void {
    const names = this.#undeclared.get(code);
    if (names) names.add(metric);
    else this.#undeclared.set(code, new Set([metric]));
  }
}
