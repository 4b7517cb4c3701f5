import { VIEWS, type View } from '../pure/keys';

const parse = (hash: string): { view: View; section: string } => {
  const [view = '', section = ''] = hash.replace(/^#\/?/, '').split('/');
  return { view: (VIEWS as readonly string[]).includes(view) ? (view as View) : 'search', section };
};

/** Which view is on screen; the address after `#` is the truth, so Back and Forward work. */
class Navigation {
  #place = $state.raw(parse(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.#place = parse(location.hash)));
  }

  get view(): View {
    return this.#place.view;
  }

  /** A part of the view: `models` of `settings`. */
  get section(): string {
    return this.#place.section;
  }

  go(view: View, section = ''): void {
    const hash = section ? `#/${view}/${section}` : `#/${view}`;
    this.#place = { view, section };
    if (location.hash !== hash) location.hash = hash;
  }
}

export const nav = new Navigation();
