/**
 * Upkeep: seals what is full into sorted tables and drops what has been kept long enough.
 * Comes in: the time, every minute or so. Goes out: nothing but log lines. Sorting an hour of readings runs on a
 * connection of its own while writing goes on; only its last step, the commit, is one instant for everybody.
 */
import { BIGINT, INTEGER, USMALLINT } from '@duckdb/node-api';
import type { Logger } from 'pino';
import type { Clock } from '../../contract/clock.ts';
import type { Retention } from '../store.ts';
import { widen, type Catalog, type Span, type Table } from './catalog.ts';
import { appendRows, createTable, whole, type Column } from './columns.ts';
import type { Database } from './database.ts';
import type { DayRows } from './days.ts';
import { reachOf } from './derived.ts';
import type { Lines } from './lines.ts';
import { dayMs, dayOf, hourMs, monthOf, yearMs } from './periods.ts';
import { createRawTable } from './raw.ts';
import { rowCount } from './readings.ts';
import { minuteMs, minutesFamily } from './rows.ts';

/** A table that grows faster than this an hour is sealed sooner: sorting more at once takes more than the memory allowed. */
const openRows = 8_000_000;
/** Yesterday's minutes are sorted this long after midnight, when most of what is late has come. */
const lateMs = hourMs;

interface SpanRow extends Span {
  readonly table: number;
  readonly line: number;
}

const spanColumns: readonly Column<SpanRow>[] = [
  { name: 'table', type: INTEGER, value: ({ table }) => table },
  { name: 'line', type: USMALLINT, value: ({ line }) => line },
  { name: 'first', type: BIGINT, value: ({ first }) => BigInt(first) },
  { name: 'last', type: BIGINT, value: ({ last }) => BigInt(last) },
  { name: 'count', type: BIGINT, value: ({ count }) => BigInt(count) },
];

export interface UpkeepParts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly lines: Lines;
  readonly days: DayRows;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  #under: Promise<void> | null = null;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** One at a time: a call while another is under way waits for that one. */
  run(now: number): Promise<void> {
    this.#under ??= this.#all(now).finally(() => {
      this.#under = null;
    });
    return this.#under;
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await this.#under?.catch(() => undefined);
  }

  async #all(now: number): Promise<void> {
    await this.#close(now);
    for (const table of this.#parts.catalog.of('raw')) if (table.phase === 'full') await this.#sealReadings(table);
    for (const table of this.#parts.catalog.of('minutes')) {
      if (table.phase === 'open' && reachOf(table)[1] + lateMs <= now) await this.#sealMinutes(table);
    }
    await this.#sumUp();
    await this.#expire(now);
    await this.#sweep();
    await this.#shrink();
  }

  /** Tables whose hour of arrival is over, or that are large, take no more rows. */
  async #close(now: number): Promise<void> {
    const { catalog, database } = this.#parts;
    const hour = Math.floor(now / hourMs) * hourMs;
    const full = (table: Table): boolean => table.phase === 'open' && (table.oldest < hour || rowCount(table) > openRows);
    if (!catalog.of('raw').some(full)) return;
    await database.write('readings', async (transaction) => {
      for (const table of catalog.of('raw').filter(full)) await catalog.note(transaction, table, { phase: 'full', newest: table.newest });
    });
  }

  /** Adds a full table's readings, sorted, to the table of their type and day of arrival. */
  async #sealReadings(table: Table): Promise<void> {
    const { catalog, database, clock, log } = this.#parts;
    const begun = clock.now();
    const { type, metrics } = table;
    const period = dayOf(table.newest);
    await database.write('upkeep', async (transaction) => {
      const into =
        catalog.find({ kind: 'raw', phase: 'sealed', type, period }, metrics) ??
        (await catalog.begin(transaction, { kind: 'raw', type, period, metrics, phase: 'sealed', newest: 0 }, (name) =>
          createRawTable(name, metrics, true),
        ));
      const run = into.run + 1;
      await transaction.connection.run(`INSERT INTO ${into.name} SELECT *, ${whole(run)} FROM ${table.name} ORDER BY line, ts`);
      const spans = new Map([...into.spans].map(([line, span]) => [line, { ...span }]));
      for (const [line, span] of table.spans) widen(spans, line, span);
      await transaction.connection.run(`DELETE FROM spans WHERE "table" = ${whole(into.id)}`);
      const rows = [...spans].map(([line, span]) => ({ table: into.id, line, ...span }));
      appendRows(await transaction.appender('spans'), spanColumns, rows);
      await catalog.note(transaction, into, { run, newest: Math.max(into.newest, table.newest) });
      await catalog.note(transaction, table, { phase: 'gone' });
      transaction.committed(() => {
        for (const [line, span] of spans) into.spans.set(line, span);
      });
    });
    log.info({ type, readings: rowCount(table), ms: clock.now() - begun }, 'readings sealed');
  }

  /** Adds a day's minutes, sorted, to those of their month, and their sums. Minutes are few: writing waits meanwhile. */
  async #sealMinutes(table: Table): Promise<void> {
    const { catalog, database, days, clock, log } = this.#parts;
    const begun = clock.now();
    const period = monthOf(reachOf(table)[0]);
    await database.write('readings', async (transaction) => {
      const found = catalog.find({ kind: 'minutes', phase: 'sealed', period });
      const into =
        found ??
        (await catalog.begin(
          transaction,
          { kind: 'minutes', type: '', period, metrics: new Map(), phase: 'sealed', newest: table.newest },
          (name) => createTable(name, minutesFamily.columns),
        ));
      const sums = found ? days.of(found) : await days.begin(transaction, into);
      const run = into.run + 1;
      await transaction.connection.run(
        `INSERT INTO ${into.name} SELECT * REPLACE (${whole(run)} AS run) FROM ${table.name} ORDER BY line, minute`,
      );
      if (sums) {
        const [from, to] = reachOf(table);
        // The day before was cut in two by midnight in UTC. Whoever plans with its halves plans by yesterday's catalog.
        await days.replace(transaction, sums, { minutes: into, codes: null, from: from - dayMs, to: from - dayMs + 1 });
        const ofRun = sums.days.run + 1;
        await days.sum(transaction, sums, { minutes: table, codes: null, from, to }, ofRun);
        for (const one of [sums.days, sums.stops]) await catalog.note(transaction, one, { run: ofRun });
      }
      await catalog.note(transaction, into, { run, newest: Math.max(into.newest, table.newest) });
      await catalog.note(transaction, table, { phase: 'gone' });
    });
    log.info({ ms: clock.now() - begun }, 'minutes of a day sealed');
  }

  /** Sums up months that have no sums yet: those of an older layout, or of another time zone. */
  async #sumUp(): Promise<void> {
    const { catalog, database, days, log } = this.#parts;
    const strangers = days.strangers();
    if (strangers.length > 0) await this.#drop(strangers, 'another time zone');
    for (const minutes of catalog.of('minutes')) {
      if (minutes.phase !== 'sealed' || days.of(minutes)) continue;
      const [from, to] = reachOf(minutes);
      await database.write('readings', async (transaction) => {
        const sums = await days.begin(transaction, minutes);
        await days.sum(transaction, sums, { minutes, codes: null, from, to }, sums.days.run);
      });
      log.info({ month: minutes.period }, 'days of a month summed up');
    }
  }

  async #expire(now: number): Promise<void> {
    const { catalog, days, retention } = this.#parts;
    const before = (ms: number) => (table: Table) => table.newest < now - ms;
    const sealed = catalog.of('raw').filter(({ phase }) => phase === 'sealed');
    await this.#drop(sealed.filter(before(retention.rawDays * dayMs)), 'age');
    const checkpoints = catalog.of('checkpoints').filter(before(retention.rawDays * dayMs));
    const figures = [...catalog.of('minutes'), ...catalog.of('contexts')].filter(before(retention.minuteYears * yearMs));
    const sums = figures.flatMap((table) => Object.values(days.of(table) ?? {}) as Table[]);
    await this.#drop([...checkpoints, ...figures, ...sums], 'age');
  }

  /** Drops the oldest days of readings until the store is as small as it has to be. */
  async #shrink(): Promise<void> {
    const { catalog, database, retention } = this.#parts;
    while (!catalog.waiting && (await database.sizeBytes()) > retention.rawBytes) {
      const sealed = catalog.of('raw').filter(({ phase }) => phase === 'sealed');
      const oldest = Math.min(...sealed.map(({ period }) => period));
      await this.#drop(
        sealed.filter(({ period }) => period === oldest),
        'size',
      );
      // Where nothing is left to drop there is nothing to sweep; where somebody still reads it, the next round is soon enough.
      if (!(await this.#sweep())) return;
    }
  }

  /** Takes tables out of use. What readings made of derived rows stays as it is from then on. */
  async #drop(tables: readonly Table[], reason: 'age' | 'size' | 'another time zone'): Promise<void> {
    if (tables.length === 0) return;
    const { catalog, database, lines, log } = this.#parts;
    const untils = new Map<number, number>();
    for (const { spans } of tables) {
      for (const [line, { last }] of spans) untils.set(line, Math.max(untils.get(line) ?? 0, Math.floor(last / minuteMs + 1) * minuteMs));
    }
    await database.write('readings', async (transaction) => {
      if (untils.size > 0) await lines.freeze(transaction, untils);
      for (const table of tables) await catalog.note(transaction, table, { phase: 'gone' });
    });
    log.info({ reason, tables: tables.map(({ name }) => name) }, 'tables dropped that have been kept long enough');
  }

  /** Drops what nobody can be reading any more, and gives its space back. */
  async #sweep(): Promise<boolean> {
    const { catalog, database } = this.#parts;
    if (!(await catalog.sweep(database))) return false;
    await database.checkpoint();
    return true;
  }
}
