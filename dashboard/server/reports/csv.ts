/**
 * A report as CSV, the way Excel opens it: UTF-8 with its mark, CRLF, one table below the other. Comes in: tables. Goes out: bytes.
 * A text that a spreadsheet would take for a formula is marked as text; names come from a file that anybody may have written.
 */
import { stringify } from 'csv-stringify/sync';
import { plainText } from '../../../contract/spreadsheet.ts';
import type { Cell, Column, Table, Tables } from './tables.ts';

const rowsAtOnce = 200;

export function csvOf({ title, about, main, definitions, others }: Tables): Buffer {
  const tables = [main, ...others, definitions];
  return csvBytes([[title], ...about.map((line) => [line]), ...tables.flatMap(rowsOf)]);
}

/** Many rows, made a part at a time: a hundred thousand take a second, and devices wait for their acknowledgements in the same thread. */
export async function csvInParts(rows: Iterable<readonly Cell[]>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let part: (readonly Cell[])[] = [];
  const finish = (): void => {
    parts.push(csvBytes(part, { more: parts.length > 0 }));
    part = [];
  };
  for (const row of rows) {
    if (part.push(row) < rowsAtOnce) continue;
    finish();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  finish();
  return new Uint8Array(Buffer.concat(parts));
}

/** Rows as they are, made safe for spreadsheets; with `more`, they go on from others. */
export function csvBytes(rows: readonly (readonly Cell[])[], { more = false } = {}): Buffer {
  const safe = rows.map((row) => row.map(textOf));
  return Buffer.from(stringify(safe, { bom: !more, record_delimiter: 'windows', cast: { number: String } }));
}

function rowsOf({ title, columns, rows }: Table): Cell[][] {
  return [
    [],
    [title],
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map((cell, index) => valueOf(cell, columns[index]))),
  ];
}

function valueOf(cell: Cell, column: Column | undefined): Cell {
  return typeof cell === 'number' && column ? rounded(cell, column) : cell;
}

/** Ratios as percent; no more digits than are known. */
function rounded(value: number, { kind }: Column): number {
  switch (kind) {
    case 'ratio':
    case 'change':
      return Number((value * 100).toFixed(2));
    case 'hours':
      return Number(value.toFixed(2));
    case 'amount':
      return Number(value.toFixed(3));
    case 'count':
    case 'text':
      return value;
  }
}

function textOf(cell: Cell): string | number {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'number' ? cell : plainText(cell);
}
