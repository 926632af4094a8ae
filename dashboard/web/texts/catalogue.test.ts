/** Both languages say everything, with the same placeholders, and every text is used. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogueFor } from './catalogue.ts';
import { en } from './en.ts';
import { firstLanguage } from './languages.ts';
import { zh } from './zh.ts';

const web = join(import.meta.dirname, '..');
const sources = readdirSync(web, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(svelte|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => !/[/\\](dist|texts)[/\\]/.test(file));
const code = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
const stemOf = (key: string): string => key.replace(/_(one|other)$/, '');
const holesOf = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, hole]) => hole ?? '').sort();

describe('the catalogues', () => {
  it('have exactly the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it('have the same holes to fill in each text', () => {
    for (const [key, text] of Object.entries(zh)) expect([key, holesOf(en[key as keyof typeof zh])]).toEqual([key, holesOf(text)]);
  });

  it('leave no text empty', () => {
    expect([...Object.values(zh), ...Object.values(en)].filter((text) => text.trim() === '')).toEqual([]);
  });

  it('hold nothing that the screen does not use', () => {
    const patterns = [...code.matchAll(/[`']([a-zA-Z]+(?:\.[\w-]+)*\.)\$\{/g)].map(([, stem]) => stem ?? '');
    const isUsed = (key: string): boolean => {
      const stem = stemOf(key);
      return code.includes(`'${stem}'`) || patterns.some((pattern) => stem.startsWith(pattern));
    };
    expect(Object.keys(zh).filter((key) => !isUsed(key))).toEqual([]);
  });

  it('are the only place where the screen speaks Chinese', () => {
    const speaking = sources.filter((file) => {
      const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|\/\/.*$/gm, '');
      return /\p{Script=Han}/u.test(text);
    });
    expect(
      speaking.map((file) => file.slice(web.length + 1)).filter((file) => !/^core[/\\](format|samples\.suite)\.ts$/.test(file)),
    ).toEqual([]);
  });
});

describe('a text', () => {
  it('is filled in, in the right form', () => {
    const t = catalogueFor('en');
    expect(t('line.batch', { batch: '<7>' })).toBe('Batch <7>');
    expect([t('board.lines', { count: 1, formatted: '1' }), t('board.lines', { count: 62, formatted: '62' })]).toEqual([
      '1 line',
      '62 lines',
    ]);
    expect(catalogueFor('zh')('board.lines', { count: 1, formatted: '1' })).toBe('1 条产线');
  });
});

describe('the first language', () => {
  it('is the one chosen before, else Chinese where the browser says so, else English', () => {
    expect(firstLanguage('en', ['zh-CN'])).toBe('en');
    expect(firstLanguage(null, ['zh-TW', 'en'])).toBe('zh');
    expect(firstLanguage(null, ['de-DE', 'zh-CN'])).toBe('en');
    expect(firstLanguage('fr', [])).toBe('en');
  });
});
