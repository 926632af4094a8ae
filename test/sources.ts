/**
 * The files of the checkout, for tests that read code as text. Comes in: nothing but the folder this lies in.
 * Goes out: paths relative to the root, with "/" between their parts; what is built, installed or recorded is left out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

const leftOut = new Set(['node_modules', '.git', 'dist', 'coverage', '.cache', '.env']);

export function sourceFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (leftOut.has(entry.name) || path === 'data' || entry.name.endsWith('.log')) return [];
    return entry.isDirectory() ? sourceFiles(path) : [path];
  });
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
