/**
 * One YAML document taken apart with distrust: comes in as text, goes out as plain data or as a list of mistakes with line and column.
 * Only mappings, lists and scalars are data: aliases, anchors, tags, a second document, a key used twice, and names that
 * JavaScript objects have by themselves are refused. It never reads a file and never judges what the data means.
 */
import { isPair, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { Mistake } from '../contract/plant.ts';

/** No file of ours comes near this; a larger one is a mistake, and parsing it would only take time and memory. */
const documentLimitCharacters = 4 * 1024 * 1024;

export type DocumentResult = { readonly data: unknown; readonly mistakes: null } | { readonly data: null; readonly mistakes: Mistake[] };

export function parseYaml(text: string): DocumentResult {
  if (text.length > documentLimitCharacters) {
    return failed([{ path: '', reason: `is longer than ${String(documentLimitCharacters)} characters` }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const mistakes = [...document.errors, ...document.warnings].map(({ pos, message }) => at(lines, pos[0], message));
  if (mistakes.length === 0) mistakes.push(...forbidden(document, lines));
  if (mistakes.length > 0) return failed(mistakes);
  if (document.contents === null) return failed([{ path: '', reason: 'is empty' }]);
  return { data: document.toJS({ maxAliasCount: 0 }), mistakes: null };
}

/** What is lawful YAML but has no place in a file of ours. */
function forbidden(document: Document.Parsed, lines: LineCounter): Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Alias: (_, node) => {
      mistakes.push(at(lines, node.range?.[0], `Aliases are not allowed: *${node.source}`));
    },
    Node: (_, node) => {
      const [anchor, tag] = [node.anchor, node.tag];
      if (anchor !== undefined) mistakes.push(at(lines, node.range?.[0], `Anchors are not allowed: &${anchor}`));
      if (tag !== undefined) mistakes.push(at(lines, node.range?.[0], `Tags are not allowed: ${tag}`));
    },
    Pair: (_, pair) => {
      if (!isPair(pair) || !isScalar(pair.key)) return;
      const name = String(pair.key.value);
      if (name in Object.prototype) mistakes.push(at(lines, pair.key.range?.[0], `This name is not allowed: "${name}"`));
    },
  });
  return mistakes;
}

function at(lines: LineCounter, offset: number | undefined, reason: string): Mistake {
  const { line, col } = lines.linePos(offset ?? 0);
  return { path: `line ${String(line)}, column ${String(col)}`, reason };
}

function failed(mistakes: Mistake[]): DocumentResult {
  return { data: null, mistakes };
}
