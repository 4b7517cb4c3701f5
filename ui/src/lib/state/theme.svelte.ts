import type { Theme } from '../backend';
import { resolve } from '../pure/theme';

const REMEMBERED = 'cairn-theme';

/** Light or dark. Remembered beside the settings too, so that the first frame is right. */
class Appearance {
  chosen = $state<Theme>('system');
  #system = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null;
  #systemIsDark = $state(this.#system?.matches ?? false);
  drawn = $derived(resolve(this.chosen, this.#systemIsDark));

  constructor() {
    this.#system?.addEventListener('change', ({ matches }) => {
      this.#systemIsDark = matches;
      this.#apply();
    });
    const remembered = localStorage.getItem(REMEMBERED);
    this.choose(remembered === 'light' || remembered === 'dark' ? remembered : 'system');
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    localStorage.setItem(REMEMBERED, theme);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = resolve(this.chosen, this.#systemIsDark);
  }
}

export const appearance = new Appearance();
