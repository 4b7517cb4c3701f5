import { asFailure, backend, type Failure, type FileId, type Item, type Map as LibraryMap } from '../backend';
import { requestFor } from '../pure/request';
import { PreviewState } from './preview.svelte';

const PAGE = 60;
const PAUSE = 160;

/** The map of the library: points, groups, the group being read, and what is lit up. */
export class MapState {
  map = $state.raw<LibraryMap | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** The group whose items are listed. */
  chosen = $state<number | null>(null);
  items = $state.raw<Item[]>([]);
  itemsFailure = $state.raw<Failure | null>(null);
  moreItems = $state(false);
  query = $state('');
  /** Files that match what was typed; `null` when nothing was. */
  lit = $state.raw<ReadonlySet<FileId> | null>(null);
  litFailure = $state.raw<Failure | null>(null);
  preview = new PreviewState();
  #fetchedFor = -1;
  #asked = 0;
  #itemsAsked = 0;
  #litAsked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Fetches the map, unless that was done for this generation of the library. */
  async load(generation: number, again = false): Promise<void> {
    if (!again && this.#fetchedFor === generation) return;
    this.#fetchedFor = generation;
    const asked = ++this.#asked;
    this.busy = true;
    try {
      const map = await backend.map();
      if (asked !== this.#asked) return;
      this.failure = null;
      if (this.map && this.map.generation === map.generation && this.map.updating === map.updating) return;
      this.map = map;
      // Groups of another map are other groups.
      if (this.chosen !== null) this.leave();
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.failure = asFailure(thrown);
    } finally {
      if (asked === this.#asked) this.busy = false;
    }
  }

  async choose(cluster: number): Promise<void> {
    if (this.chosen !== cluster) this.items = [];
    this.chosen = cluster;
    await this.#fetchItems(cluster, 0);
  }

  async more(): Promise<void> {
    if (this.chosen !== null) await this.#fetchItems(this.chosen, this.items.length);
  }

  leave(): void {
    this.#itemsAsked += 1;
    this.chosen = null;
    this.items = [];
    this.itemsFailure = null;
    this.preview.close();
  }

  type(text: string): void {
    this.query = text;
    clearTimeout(this.#timer);
    if (text.trim() === '') {
      this.#litAsked += 1;
      this.lit = null;
      this.litFailure = null;
    } else this.#timer = setTimeout(() => void this.#light(text.trim()), PAUSE);
  }

  async #fetchItems(cluster: number, offset: number): Promise<void> {
    const asked = ++this.#itemsAsked;
    try {
      const items = await backend.clusterItems(cluster, offset, PAGE);
      if (asked !== this.#itemsAsked) return;
      this.items = offset === 0 ? items : [...this.items, ...items];
      this.moreItems = items.length === PAGE;
      this.itemsFailure = null;
    } catch (thrown) {
      if (asked === this.#itemsAsked) this.itemsFailure = asFailure(thrown);
    }
  }

  async #light(query: string): Promise<void> {
    const asked = ++this.#litAsked;
    try {
      const { hits } = await backend.search(requestFor(query, { limit: 500 }));
      if (asked !== this.#litAsked) return;
      this.lit = new Set(hits.map(({ file }) => file));
      this.litFailure = null;
    } catch (thrown) {
      if (asked === this.#litAsked) this.litFailure = asFailure(thrown);
    }
  }
}

export const libraryMap = new MapState();
