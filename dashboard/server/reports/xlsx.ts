/**
 * A report as a workbook: the overview, the definitions, then growth, stop reasons and workshops, a sheet each. Comes in: tables.
 * Goes out: bytes. Numbers are numbers with a format, texts are texts and never formulas; title and headings stay in sight.
 */
import writeXlsxFile, { type CellObject, type Sheet } from 'write-excel-file/node';
import type { Cell, Column, ColumnKind, Table, Tables } from './tables.ts';

const formats: Readonly<Record<Exclude<ColumnKind, 'text'>, string>> = {
  count: '#,##0',
  amount: '#,##0.##',
  hours: '#,##0.0',
  ratio: '0.0%',
  change: '+0.0%;-0.0%;0.0%',
};
/** Control characters and halves of pairs: XML 1.0 has no way to say these. */
const unsayable = /[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu;

export async function xlsxOf({ title, about, main, definitions, others }: Tables): Promise<Buffer> {
  const sheets = [main, definitions, ...others].map((table) => sheetOf(table, title, about));
  return writeXlsxFile(sheets, { fontFamily: 'Microsoft YaHei', fontSize: 10 }).toBuffer();
}

function sheetOf(table: Table, title: string, about: readonly string[]): Sheet<Buffer> {
  const { columns, rows } = table;
  const head: CellObject[][] = [
    [textCell(`${title} · ${table.title}`, { fontWeight: 'bold', fontSize: 14 })],
    [textCell(about.join(' · '), { textColor: '#5b6574' })],
    columns.map(({ heading, kind }) =>
      textCell(heading, {
        ...{ fontWeight: 'bold', backgroundColor: '#eef0f3', wrap: true, alignVertical: 'center', bottomBorderStyle: 'thin' },
        align: kind === 'text' ? 'left' : 'right',
      }),
    ),
  ];
  return {
    data: [...head, ...rows.map((row) => columns.map((column, index) => cellOf(row[index], column)))],
    sheet: table.title,
    columns: columns.map((column, index) => ({ width: widthOf(column, rows, index) })),
    stickyRowsCount: head.length,
    orientation: 'landscape',
  };
}

function cellOf(cell: Cell, { kind }: Column): CellObject | null {
  if (cell === undefined || cell === '') return null;
  // Nothing known is said, so that nobody takes an empty cell for a zero.
  if (cell === null) return textCell('–', { align: 'right' });
  if (typeof cell === 'string') return textCell(cell, { wrap: true, alignVertical: 'top' });
  return { value: cell, type: Number, format: kind === 'text' ? '0' : formats[kind], alignVertical: 'top' };
}

function textCell(value: string, style: Partial<CellObject> = {}): CellObject {
  return { ...style, value: value.replaceAll(unsayable, ' '), type: String };
}

/** As wide as its longest text, within reason; a Chinese character takes two. */
function widthOf({ heading, kind }: Column, rows: readonly (readonly Cell[])[], index: number): number {
  if (kind !== 'text') return Math.max(11, Math.min(16, widthOfText(heading)));
  const longest = rows.reduce((width, row) => Math.max(width, widthOfText(String(row[index] ?? ''))), widthOfText(heading));
  return Math.max(8, Math.min(80, longest + 2));
}

function widthOfText(text: string): number {
  return text.length + text.replaceAll(/[^\u2e80-\uffff]/g, '').length;
}
