/**
 * Light or dark: as the system says until somebody chooses otherwise; the choice is remembered in this browser.
 * It only marks the document; colours themselves are the style sheet's matter.
 */
export const themes = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof themes)[number];

const memory = 'bobbin.theme';

export class Theme {
  name: ThemeName = $state.raw('system');
  /** Rises whenever colours may have changed, also by the system: what draws on a canvas draws anew. */
  version = $state.raw(0);
  readonly #storage: Storage;
  readonly #root: HTMLElement;

  constructor(storage: Storage, window: Window) {
    this.#storage = storage;
    this.#root = window.document.documentElement;
    this.name = themes.find((name) => name === storage.getItem(memory)) ?? 'system';
    this.#mark();
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.version += 1;
    });
  }

  choose(name: ThemeName): void {
    this.name = name;
    this.#storage.setItem(memory, name);
    this.#mark();
    this.version += 1;
  }

  #mark(): void {
    if (this.name === 'system') delete this.#root.dataset.theme;
    else this.#root.dataset.theme = this.name;
  }
}
