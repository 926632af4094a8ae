/**
 * A workbook taken apart, as a spreadsheet program would: the ZIP's directory, its files, the cells of its sheets.
 * Comes in: the bytes of an XLSX. Goes out: sheets with their cells, and the XML for what else is to be looked at.
 */
import { inflateRawSync } from 'node:zlib';

export interface SheetRead {
  readonly name: string;
  readonly xml: string;
  /** Numbers as numbers, texts as texts; null for an empty cell. */
  readonly rows: (string | number | null)[][];
}

export function workbookOf(bytes: Buffer): { readonly sheets: SheetRead[]; readonly files: ReadonlyMap<string, string> } {
  const files = unzipped(bytes);
  const texts = [...(files.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>([\s\S]*?)<\/si>/g)].map(([, si = '']) => textOf(si));
  const names = [...(files.get('xl/workbook.xml') ?? '').matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(([, name = '']) => plain(name));
  const sheets = names.map((name, index) => {
    const xml = files.get(`xl/worksheets/sheet${String(index + 1)}.xml`) ?? '';
    return { name, xml, rows: rowsOf(xml, texts) };
  });
  return { sheets, files };
}

function rowsOf(xml: string, texts: readonly string[]): SheetRead['rows'] {
  return [...xml.matchAll(/<row [^>]*?(?:\/>|>([\s\S]*?)<\/row>)/g)].map(([, row = '']) => {
    const cells: (string | number | null)[] = [];
    for (const [, attributes = '', content = ''] of row.matchAll(/<c ([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const letters = /r="([A-Z]+)\d+"/.exec(attributes)?.[1] ?? 'A';
      const place = letters.split('').reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
      while (cells.length < place) cells.push(null);
      cells.push(valueOf(attributes, content, texts));
    }
    return cells;
  });
}

function valueOf(attributes: string, content: string, texts: readonly string[]): string | number | null {
  if (content.includes('<f')) throw new Error(`a formula: ${content}`);
  const value = /<v>([\s\S]*?)<\/v>/.exec(content)?.[1];
  if (attributes.includes('t="s"')) return texts[Number(value)] ?? null;
  if (attributes.includes('t="inlineStr"')) return textOf(content);
  return value === undefined ? null : Number(value);
}

function textOf(xml: string): string {
  return [...xml.matchAll(/<t[^>]*>([\s\S]*?)<\/t>/g)].map(([, text = '']) => plain(text)).join('');
}

function plain(xml: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', '#39': "'" };
  return xml.replaceAll(/&([^;]+);/g, (whole, name: string) => entities[name] ?? whole);
}

/** Files by path, by the directory at the end of the archive (PKWARE APPNOTE 4.3). */
function unzipped(bytes: Buffer): Map<string, string> {
  const files = new Map<string, string>();
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + size);
    files.set(bytes.toString('utf8', at + 46, at + 46 + nameLength), (method === 0 ? packed : inflateRawSync(packed)).toString('utf8'));
    at += 46 + nameLength + extra + comment;
  }
  return files;
}
