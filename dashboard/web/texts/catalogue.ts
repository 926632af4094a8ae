/**
 * The catalogue: looks texts up in the chosen language and fills them in. Comes in: a key and values. Goes out: text.
 * Keys are checked by the compiler; a key with plural forms is asked for without its ending.
 */
import { createInstance } from 'i18next';
import { languages, type Language } from './languages.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

type Key = keyof typeof zh;
export type TextKey = Key extends infer K ? (K extends `${infer Stem}_one` | `${infer Stem}_other` ? Stem : K) : never;
export type Values = Readonly<Record<string, string | number>>;

export type Translate = (key: TextKey, values?: Values) => string;

export function catalogueFor(language: Language): Translate {
  const catalogue = createInstance();
  void catalogue.init({
    lng: language,
    supportedLngs: [...languages],
    resources: { zh: { translation: zh }, en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    // Svelte escapes what it shows; escaping twice would spoil names such as "A & B".
    interpolation: { escapeValue: false },
  });
  return (key, values) => catalogue.t(key, { ...values });
}
