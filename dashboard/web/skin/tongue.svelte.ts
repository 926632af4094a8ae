/**
 * The chosen language, reactive: texts, names and number formats of the screen follow it at once.
 * The choice is remembered in this browser; before any choice the browser's own language decides.
 */
import type { Text } from '../../../contract/text.ts';
import { Format } from '../core/format.ts';
import { catalogueFor, type TextKey, type Translate, type Values } from '../texts/catalogue.ts';
import { firstLanguage, type Language } from '../texts/languages.ts';

const memory = 'bobbin.language';

export class Tongue {
  language: Language = $state.raw('zh');
  timezone = $state.raw('Asia/Shanghai');
  readonly #storage: Storage;
  readonly #translate: Translate = $derived(catalogueFor(this.language));
  readonly format: Format = $derived(new Format(this.language, this.timezone));

  constructor(storage: Storage, browser: readonly string[]) {
    this.#storage = storage;
    this.language = firstLanguage(storage.getItem(memory), browser);
  }

  readonly t = (key: TextKey, values?: Values): string => this.#translate(key, values);

  /** A text with a number in it, in the right plural form and with its digits grouped. */
  readonly count = (key: TextKey, count: number): string => this.#translate(key, { count, formatted: this.format.whole(count) });

  readonly name = (text: Text): string => text[this.language];

  choose(language: Language): void {
    this.language = language;
    this.#storage.setItem(memory, language);
  }
}
