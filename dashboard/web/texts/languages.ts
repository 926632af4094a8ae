/**
 * The languages of the screen, and which one to begin with: the one chosen before, else the browser's, else English.
 * It knows no texts.
 */
import type { Language } from '../../../contract/api.ts';

export type { Language };
export const languages = ['zh', 'en'] as const satisfies readonly Language[];

/** How each language is offered, written in itself. */
export const languageSigns: Readonly<Record<Language, string>> = { zh: '中', en: 'EN' };

export const languageNames: Readonly<Record<Language, string>> = { zh: '中文', en: 'English' };

export function firstLanguage(chosen: string | null, browser: readonly string[]): Language {
  const remembered = languages.find((language) => language === chosen);
  if (remembered) return remembered;
  return (browser[0] ?? '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
