/**
 * A recorded CSV as readings: columns become context and metrics, local time stamps become instants.
 * Comes in: a file, streamed, `;` or `,` between its columns. Goes out: a reading or a named mistake for every row, in the
 * file's order; no row is left out in silence. State is not given: the type's rule decides, as for a live device.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { Temporal } from 'temporal-polyfill';
import type { EquipmentType } from '../contract/equipment.ts';
import { readingLimits, type ContextName } from '../contract/reading.ts';
import { UsageError } from './accounts.ts';
import type { Metrics, SentContext, SentReading } from './machine.ts';

export interface BadRow {
  /** The row's number in the file, the header being row 1. */
  readonly row: number;
  readonly reason: string;
}

export type RecordedRow = { readonly reading: SentReading; readonly bad: null } | { readonly reading: null; readonly bad: BadRow };

const timeColumns: readonly string[] = ['timestamp', 'ts', 'time'];
const contextColumns: Readonly<Record<string, ContextName>> = {
  campaign: 'order',
  order: 'order',
  batch: 'batch',
  code: 'product',
  product: 'product',
  design: 'design',
};
const metricName = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Reads a recording row by row. Throws a UsageError where the file cannot be read or its header cannot be used. */
export async function* readRecording(file: string, type: EquipmentType, timezone: string): AsyncGenerator<RecordedRow> {
  const header = await firstLine(file);
  const delimiter = header.split(';').length > header.split(',').length ? ';' : ',';
  const rows = createReadStream(file).pipe(
    parse({
      delimiter,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      info: true,
      max_record_size: 1_000_000,
    }),
  );
  let readRow: ((cells: readonly string[]) => SentReading | string) | null = null;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (readRow === null) {
        readRow = rowReader(file, record, type, timezone);
        continue;
      }
      const reading = readRow(record);
      yield typeof reading === 'string' ? { reading: null, bad: { row: info.lines, reason: reading } } : { reading, bad: null };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UsageError(`cannot use the recording ${file}: ${error.message}`);
    throw error;
  }
  if (readRow === null) throw new UsageError(`cannot use the recording ${file}: it is empty`);
}

/** How many rows follow the header: what a progress bar runs to. Throws a UsageError where the file cannot be read. */
export async function countRows(file: string): Promise<number> {
  let rows = 0;
  let inRow = false;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === 0x0a) {
          rows += Number(inRow);
          inRow = false;
        } else if (byte !== 0x0d) inRow = true;
      }
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  return Math.max(0, rows + Number(inRow) - 1);
}

async function firstLine(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024));
      return buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0] ?? '';
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new UsageError(`cannot read the recording ${file}: ${missing ? 'there is no such file' : String(error)}`);
}

function rowReader(
  file: string,
  columns: readonly string[],
  type: EquipmentType,
  timezone: string,
): (cells: readonly string[]) => SentReading | string {
  const timeAt = columns.findIndex((column) => timeColumns.includes(column));
  if (timeAt < 0) throw new UsageError(`cannot use the recording ${file}: its header has no column ${timeColumns.join(', ')}`);
  const unfit = columns.find((column, index) => index !== timeAt && !Object.hasOwn(contextColumns, column) && !metricName.test(column));
  if (unfit !== undefined) throw new UsageError(`cannot use the recording ${file}: its column "${unfit}" is no metric's name`);
  const instantOf = localTime(timezone);
  return (cells) => {
    if (cells.length !== columns.length) return `has ${String(cells.length)} cells, the header has ${String(columns.length)}`;
    const time = cells[timeAt] ?? '';
    const ts = instantOf(time);
    if (ts === null) return `"${time}" is no time such as 2019-09-06 04:08:23, nor milliseconds since 1970`;
    const context: SentContext = {};
    const m: Metrics = {};
    for (const [index, column] of columns.entries()) {
      const cell = cells[index] ?? '';
      if (index === timeAt) continue;
      const name = Object.hasOwn(contextColumns, column) ? contextColumns[column] : undefined;
      if (name !== undefined) {
        if (cell.length > readingLimits.contextCharacters)
          return `${column} is longer than ${String(readingLimits.contextCharacters)} characters`;
        context[name] = cell === '' ? null : cell;
      } else if (cell !== '') {
        const value = valueOf(cell, type.metrics[column]?.kind);
        if (value === null) return `${column} is no number: "${cell}"`;
        m[column] = value;
      }
    }
    return { ts, ...context, m };
  };
}

/** The value of a cell, or null where its metric counts or measures and the cell is no number. */
function valueOf(cell: string, kind: 'gauge' | 'counter' | 'text' | 'flag' | undefined): number | boolean | string | null {
  if (kind === 'text') return cell.slice(0, readingLimits.metricTextCharacters);
  if (cell === 'true' || cell === 'false') return cell === 'true';
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : NaN;
  if (Number.isFinite(number)) return number;
  return kind === undefined ? cell.slice(0, readingLimits.metricTextCharacters) : null;
}

/** Instants of local times; a minute is worked out once, since a recording has many rows in each. */
function localTime(timezone: string): (text: string) => number | null {
  let minute = '';
  let minuteAt = 0;
  return (text) => {
    if (/^\d{12,14}$/.test(text)) return Number(text);
    const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d):([0-5]\d)(?:\.(\d{1,3})\d*)?$/.exec(text);
    if (!match) return null;
    const [, date = '', time = '', seconds = '', fraction = ''] = match;
    if (minute !== `${date}T${time}`) {
      const at = instantOf(`${date}T${time}`, timezone);
      if (at === null) return null;
      minute = `${date}T${time}`;
      minuteAt = at;
    }
    return minuteAt + Number(seconds) * 1000 + Number(fraction.padEnd(3, '0'));
  };
}

function instantOf(local: string, timezone: string): number | null {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).epochMilliseconds;
  } catch {
    return null;
  }
}
